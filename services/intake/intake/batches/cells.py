"""What a cell says, by the kind of its column: as people type it, and as spreadsheets and databases write it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from contracts.times import TAIWAN, read_day, read_time

from intake.rules import data

Words = Mapping[str, Any]
Convert = Callable[[str, Words], Any]

_ERRORS = re.compile(r"#(?:N/A|NAME\?|(?:REF|VALUE|DIV/0|NUM|NULL|SPILL|CALC|FIELD|CONNECT|BUSY)!|GETTING_DATA|#+)")
_QUOTED = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"=(?!=|.=).*", re.DOTALL)
_SEPARATORS = re.compile(r"[、,;|\n]|或")
_LOST_ZERO = re.compile(r"9\d{8}")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_BOX = re.compile(r"(?:\[\s*(\S?)\s*\]|\(\s*(\S?)\s*\)|([■☑☒✓✔√●◉□☐○◯]))\s*(是|否|有|無)")
_TICKED = frozenset("■☑☒✓✔√ˇ●◉vx")


def value_of(text: str, kind: str, words: Words) -> Any:
    """The value of a cell that is not empty; None where it says that nobody knows.

    Raises ValueError whose first word is the code of what is wrong.
    """
    if _ERRORS.fullmatch(text.upper()):
        raise ValueError("cell_error")
    said = quoted[1] if (quoted := _QUOTED.fullmatch(text)) else text
    if _FORMULA.fullmatch(said):
        raise ValueError("formula")
    if kind == "text":
        return said.strip() or None
    said = said.removeprefix("'").strip()
    if kind not in ("choice", "codes") and fold(said) in _unknown() - words.keys():
        return None
    return _CONVERT[kind](said, words)


def fold(text: str) -> str:
    """A word without its width, case, blanks and the two ways of writing 臺."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\ufe0f", "")
    return "".join(plain.split()).replace("臺", "台")


@cache
def _unknown() -> frozenset[str]:
    """What stands in a cell whose answer nobody knows: it is left out, as an empty one is."""
    return frozenset(data("words")["unknown"])


def _whole(text: str, _: Words) -> int:
    digits = re.sub(r"\.0*$", "", fold(text))
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not re.fullmatch(r"-?\d{1,18}", digits):
        raise ValueError("not_a_whole")
    return int(digits)


def _flag(text: str, words: Words) -> bool:
    folded = fold(text)
    boxes = [words[word] for *marks, word in _BOX.findall(folded) if _TICKED & set(marks)]
    told = words.get(folded, boxes[0] if len(boxes) == 1 else None)
    if not isinstance(told, bool):
        raise ValueError("not_a_flag")
    return told


def _phones(text: str, words: Words) -> list[str]:
    return [_phone(each, words) for part in _parts(text) for each in _numbers(part)]


def _numbers(part: str) -> Sequence[str]:
    """Two numbers parted by a stroke; 05-2267890/91 is one with its last digits said twice."""
    pieces = part.split("/")
    return pieces if all(sum(map(str.isdigit, piece)) >= 7 for piece in pieces) else [part]


def _phone(text: str, _: Words) -> str:
    # A spreadsheet takes a mobile number for a number, drops its zero, and may add a fraction.
    plain = re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", text).strip().removeprefix("'"))
    return f"0{plain}" if _LOST_ZERO.fullmatch(plain) else plain


def _choice(text: str, words: Words) -> Any:
    return words.get(fold(text), text)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _SEPARATORS.split(text.translate(_WIDE)) if part.strip()]


_WIDE = str.maketrans("，；｜", ",;|")
_CONVERT: Mapping[str, Convert] = {
    "id": lambda text, _: text,
    "whole": _whole,
    "time": lambda text, _: read_time(text, TAIWAN).isoformat(),
    "day": lambda text, _: read_day(text).isoformat(),
    "flag": _flag,
    "phone": _phone,
    "phones": _phones,
    "choice": _choice,
    "codes": lambda text, words: [_choice(part, words) for part in _parts(text)],
}
