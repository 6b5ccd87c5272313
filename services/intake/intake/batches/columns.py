"""From the cells of a row to a report as an agency would post it: headings and words in Chinese, or the codes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from contracts.codes import names

from intake.rules import data

REPORTS, ROSTER = "reports", "roster"
"""What the rows of a file are."""
Convert = Callable[[str, Mapping[str, str]], Any]

TAIWAN = "+08:00"
SUBJECT, OTHER = "subject", "alleged_perpetrator"
TOOL = "tipvda"
_SHORT = {"event.": "", "people.0": SUBJECT, "people.1": OTHER, "assessments.0": TOOL}
_ROC_OFFSET = 1911
_SEPARATORS = re.compile(r"[、,，;；|]")
_DAY = r"(\d{2,4})[/.\-年](\d{1,2})[/.\-月](\d{1,2})日?"
_TIME = re.compile(_DAY + r"[ T　]*(\d{1,2})[:時](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?(Z|[+-]\d\d:?\d\d)?")
_ONLY_DAY = re.compile(_DAY + r"(?:[ T]00:00(?::00)?)?")
_LOST_ZERO = re.compile(r"9\d{8}")


@dataclass(frozen=True)
class Column:
    """Where a cell goes, and how it is read."""

    path: tuple[str, ...]
    kind: str
    words: Mapping[str, str]
    headings: tuple[str, ...]

    @property
    def at(self) -> str:
        return "/" + "/".join(self.path)


@cache
def columns(kind: str = REPORTS) -> tuple[Column, ...]:
    """Every column that a file of a kind may have, in the template's order."""
    return tuple(
        Column(tuple(row["path"].split(".")), row["kind"], _words(row.get("of", row["kind"])),
               (*row["zh"], *dict.fromkeys((row["path"], _flat(row["path"])))))
        for row in data("roster_columns" if kind == ROSTER else "columns")
    )  # fmt: skip


def _flat(path: str) -> str:
    """A path as a database would name its column: `subject_name` for `people.0.name`."""
    for long, short in _SHORT.items():
        path = path.replace(long, short)
    return path.replace(".", "_")


def headed(headings: Sequence[str], kind: str = REPORTS) -> tuple[list[Column], list[int]]:
    """The columns that a file's headings name, and the positions (from 1) of those that are unknown or repeated."""
    known = {heading: column for column in columns(kind) for heading in column.headings}
    found = [known.get(_plain(heading)) for heading in headings]
    wrong = [place for place, column in enumerate(found, 1) if column is None or column in found[: place - 1]]
    return [column for column in found if column], wrong


def report_of(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, Any]:
    """The report in a row. Empty cells are left out; there is always a subject, known or not."""
    tree: dict[str, Any] = {"people": {"0": {"role": SUBJECT}}}
    for column, cell in zip(columns, cells, strict=False):
        if text := cell.strip():
            _put(tree, column.path, _CONVERT[column.kind](text, column.words))
    if other := tree["people"].get("1"):
        other["role"] = OTHER
    tree["people"] = [tree["people"][place] for place in sorted(tree["people"])]
    if score := tree.get("assessments"):
        tree["assessments"] = [{"tool": TOOL} | score["0"]]
    return tree


def entry_of(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, Any]:
    """The roster entry in a row. Empty cells are left out."""
    tree: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=False):
        if text := cell.strip():
            _put(tree, column.path, _CONVERT[column.kind](text, column.words))
    return tree


def column_at(pointer: str, kind: str = REPORTS) -> str | None:
    """The template's heading of the column that a JSON pointer into a row leads to."""
    best = max((each for each in columns(kind) if (pointer + "/").startswith(each.at + "/")), default=None, key=_depth)
    return best.headings[0] if best else None


def _depth(column: Column) -> int:
    return len(column.path)


def _put(tree: dict[str, Any], path: Sequence[str], value: object) -> None:
    *way, last = path
    for step in way:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _words(of: str) -> Mapping[str, str]:
    if of in (words := data("words")):
        found: Mapping[str, str] = words[of]
        return found
    known = {zh: code for code, zh in names(of, date.max).items()} if of in _LISTS else {}
    return known | {zh.replace("臺", "台"): code for zh, code in known.items()}


_LISTS = ("care_load", "counties", "kinds", "danger_signs", "conditions", "needs", "relations")


def _plain(heading: str) -> str:
    return re.sub(r"[\s　*＊]+|[（(].*[)）]$", "", heading.strip("\ufeff"))


def _whole(text: str, _: Mapping[str, str]) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _time(text: str, _: Mapping[str, str]) -> str:
    match = _TIME.fullmatch(text)
    if not match:
        return text
    hour, minute, second = (int(part or 0) for part in match.groups()[3:6])
    return f"{_iso(match)}T{hour:02d}:{minute:02d}:{second:02d}{match[7] or TAIWAN}"


def _day(text: str, _: Mapping[str, str]) -> str:
    match = _ONLY_DAY.fullmatch(text)
    return _iso(match) if match else text


def _iso(match: re.Match[str]) -> str:
    year, month, day = (int(part) for part in match.groups()[:3])
    return f"{year if year > _ROC_OFFSET else year + _ROC_OFFSET:04d}-{month:02d}-{day:02d}"


def _phones(text: str, _: Mapping[str, str]) -> list[str]:
    # A spreadsheet reads a mobile number as a number and drops its leading zero.
    return ["0" + each if _LOST_ZERO.fullmatch(each) else each for each in _parts(text)]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


_CONVERT: Mapping[str, Convert] = {
    "text": lambda text, _: text,
    "whole": _whole,
    "time": _time,
    "day": _day,
    "flag": lambda text, words: words.get(text, text),
    "phones": _phones,
    "choice": lambda text, words: words.get(text, text),
    "codes": lambda text, words: [words.get(part, part) for part in _parts(text)],
}
