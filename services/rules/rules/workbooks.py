"""Reads an XLSX cell by cell, as a stream: what no cell holds costs nothing, however far apart the others lie."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from xml.parsers import expat

MOST_UNPACKED = 512 * 1024**2
MOST_COLUMNS = 256
MOST_MERGED = 200_000
MOST_PARTS = 1_000
MOST_CODE = 255
"""Signs of a number format, as Excel itself has it."""
MOST_AT_ONCE = 256 * 1024
"""Bytes. A ZIP lists the files in it in one piece, each in 46 or more; a thousand with long names take half of this."""
_PIECE = 64 * 1024
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNSEEN = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]|general|e[+-]|am/pm|a/p|上午/下午')
_ZEROS = re.compile(r"0{1,255}")
_DAYS = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58})
_CLOCKS = frozenset({18, 19, 20, 21, 22, *range(32, 36), 45, 46, 47, 55, 56})
"""The numbers of formats that every workbook has without saying how they look; from 27 on Taiwan's (ECMA-376)."""
_LAST_DAY = 2_958_466
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""As workbooks are. Of any other, zipfile bounds what goes in at once and not what comes out."""

BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    RuntimeError,
    EOFError,
    OverflowError,
)
"""What the libraries raise, beside `Unusable`, for a file that is no sound workbook, or lies of itself."""

Event = tuple[str, Mapping[str, str] | None, str]
"""An element that begins (with its attributes), or ends (with its text)."""


class Unusable(Exception):
    """A workbook that cannot be read: the code of why, and where."""

    def __init__(self, code: str, **where: str) -> None:
        super().__init__(code)
        self.code, self.where = code, where


@dataclass(frozen=True)
class Sheet:
    """A sheet by its place in the workbook, from 1."""

    number: int
    path: str
    hidden: bool


@dataclass(frozen=True)
class Shown:
    """What the format of a cell makes of its number."""

    day: bool = False
    clock: bool = False
    digits: int = 0


class _InPieces:
    """A file that gives little at once: a ZIP's list is read in one piece, as long as the ZIP says that it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Raises Unusable."""
        piece = self._file.read(MOST_AT_ONCE + 1 if size < 0 else min(size, MOST_AT_ONCE + 1))
        if len(piece) > MOST_AT_ONCE:
            raise Unusable("workbook_too_large")
        return piece


def unzipped(file: IO[bytes], most: int) -> zipfile.ZipFile:
    """A ZIP that somebody sent, with at most so many bytes in it. Its files are to be read in pieces.

    Raises BadZipFile, and Unusable for one that holds too much.
    """
    # Not by its own record of how much it lists: that may lie, and each zipfile looks for it elsewhere.
    found = zipfile.ZipFile(_InPieces(file))
    if len(found.infolist()) > MOST_PARTS or sum(each.file_size for each in found.infolist()) > most:
        raise Unusable("workbook_too_large")
    if not {each.compress_type for each in found.infolist()} <= _PACKED:
        raise zipfile.BadZipFile
    return found


class Workbook:
    """The sheets of a workbook, which has at most so many bytes unpacked. Raises Unusable."""

    def __init__(self, file: IO[bytes], most: int = MOST_UNPACKED) -> None:
        try:
            self._zip = unzipped(file, most)
        except zipfile.BadZipFile:
            raise Unusable(_what_else(file)) from None
        self._path = next(iter(self._related("", "/officeDocument").values()), "")
        self._from_1904 = any(_is_on(each.get("date1904")) for each in self._all(self._path, "workbookPr"))
        self._strings = list(_strings(self._events(self._beside("/sharedStrings"))))
        self._shown = self._formats(self._beside("/styles"))
        self.sheets = list(self._sheets())

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
        """The rows that hold something, by number. A cell merged down says its text in each of them."""
        merged = self._merged(sheet)
        carried: dict[int, tuple[int, str]] = {}
        for number, cells in self._cells(sheet):
            carried |= {at: (merged[number, at], text) for at, text in cells.items() if (number, at) in merged}
            down = {at: text for at, (last, text) in carried.items() if number <= last}
            whole = down | cells
            yield number, [whole.get(place, "") for place in range(1, max(whole) + 1)]

    def _cells(self, sheet: Sheet) -> Iterator[tuple[int, dict[int, str]]]:
        number = place = 0
        cells: dict[int, str] = {}
        kind: Mapping[str, str] = {}
        formula: str | None = None
        value: str | None = None
        for name, begins, text in self._events(sheet.path):
            match name:
                case "row" if begins is not None:
                    number, place, cells = int(begins.get("r") or number + 1), 0, {}
                case "row":
                    if cells:
                        yield number, cells
                case "c" if begins is not None:
                    kind, formula, value = begins, None, None
                    place = _column(begins["r"]) if "r" in begins else place + 1
                case "f" if begins is None:
                    formula = text
                case "v" | "t" if begins is None:
                    value = (value or "") + text if name == "t" else text
                case "c":
                    said = self._text(kind, formula, value)
                    if said if kind.get("t") == "s" else said.strip():  # a shared one was looked at once
                        cells[_near(place, number)] = said

    def _text(self, kind: Mapping[str, str], formula: str | None, value: str | None) -> str:
        """What a cell says. A formula whose result is not stored says the formula: its result is not known."""
        if value is None:
            return "" if formula is None else f"={formula}"
        match kind.get("t", "n"):
            case "s":
                return self._strings[int(value)]
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case "n":
                return _number(value, self._shown.get(int(kind.get("s", 0)), Shown()), from_1904=self._from_1904)
        return _ESCAPED.sub(_unescaped, value)

    def _merged(self, sheet: Sheet) -> Mapping[tuple[int, int], int]:
        """Of cells merged down: the last row, by row and column of the first. They are told behind all the cells."""
        found: dict[tuple[int, int], int] = {}
        rest = b""
        with self._zip.open(sheet.path) as part:
            while piece := part.read(_PIECE):
                rest += piece
                for first, last in _MERGED.findall(rest):
                    (from_, column), (to, _) = _place(first), _place(last)
                    found |= {(from_, column): to} if to > from_ else {}
                if len(found) > MOST_MERGED:
                    raise Unusable("workbook_too_large")
                rest = rest[max(rest.rfind(b"<"), len(rest) - _PIECE) :]
        return found

    def _sheets(self) -> Iterator[Sheet]:
        paths = self._related(self._path, "/worksheet")
        for number, each in enumerate(self._all(self._path, "sheet"), 1):
            path = paths.get(next((value for name, value in each.items() if name.endswith(":id")), ""))
            if path:
                yield Sheet(number, path, each.get("state", "visible") != "visible")

    def _formats(self, path: str) -> Mapping[int, Shown]:
        codes: dict[str, str] = {}
        looks: dict[str, Shown] = {}
        shown: dict[int, Shown] = {}
        inside = False
        for name, begins, _ in self._events(path):
            if name == "cellXfs":
                inside = begins is not None
            elif name == "numFmt" and begins:
                codes[begins["numFmtId"]] = begins["formatCode"][:MOST_CODE]
            elif name == "xf" and inside and begins is not None:
                format = begins.get("numFmtId", "0")
                if format not in looks:
                    looks[format] = _shown(int(format), codes.get(format))
                shown[len(shown)] = looks[format]
        return shown

    def _beside(self, kind: str) -> str:
        return next(iter(self._related(self._path, kind).values()), "")

    def _related(self, path: str, kind: str) -> Mapping[str, str]:
        """The parts of a kind that a part names, by the id it gives them."""
        folder, _, name = path.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels".removeprefix("/")
        return {each["Id"]: _resolved(folder, each["Target"])
                for each in self._all(rels, "Relationship") if each["Type"].endswith(kind)}  # fmt: skip

    def _all(self, path: str, name: str) -> Iterator[Mapping[str, str]]:
        return (begins for each, begins, _ in self._events(path) if each == name and begins is not None)

    def _events(self, path: str) -> Iterator[Event]:
        if path not in self._zip.namelist():
            return
        with self._zip.open(path) as part:
            yield from _events(part)


def _what_else(file: IO[bytes]) -> str:
    """Why a file without a ZIP in it cannot be read: a workbook with a password, or of before 2007, is another kind."""
    file.seek(0)
    return "locked_workbook" if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" else "no_workbook"


def _events(part: IO[bytes]) -> Iterator[Event]:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    found: list[Event] = []
    text: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        text.clear()
        found.append((name.rpartition(":")[2], attributes, ""))

    def end(name: str) -> None:
        found.append((name.rpartition(":")[2], None, "".join(text)))
        text.clear()

    def doctype(*_: object) -> None:
        raise Unusable("no_workbook")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text.append, doctype
    given = 0
    while piece := part.read(_PIECE):
        parser.Parse(piece, False)
        given += len(piece)
        if given - parser.CurrentByteIndex > MOST_AT_ONCE:
            raise Unusable("no_workbook")  # a tag or remark without an end, which is read anew with each piece
        yield from found
        found.clear()
    parser.Parse(b"", True)
    yield from found


def _strings(events: Iterator[Event]) -> Iterator[str]:
    """The texts that cells share, without how they are pronounced."""
    whole: list[str] = []
    spoken = False
    for name, begins, text in events:
        if name == "rPh":
            spoken = begins is not None
        elif begins is None and name == "t" and not spoken:
            whole.append(text)
        elif begins is None and name == "si":
            said = _ESCAPED.sub(_unescaped, "".join(whole))
            yield said if said.strip() else ""  # once, and not for each of its cells
            whole = []


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _resolved(folder: str, target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") or not folder else f"{folder}/{target}"


def _is_on(value: str | None) -> bool:
    return value in ("1", "true", "on")


def _near(column: int, row: int) -> int:
    """A column within bounds. Raises Unusable that names the cell."""
    if column > MOST_COLUMNS:
        raise Unusable("far_cell", cell=f"{letters(column)}{row}")
    return column


def letters(column: int) -> str:
    """A column as spreadsheets name it: 1 is A, 28 is AB."""
    name = ""
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def _column(cell: str) -> int:
    name = cell.rstrip("0123456789")
    if len(name) > len("XFD"):
        raise Unusable("no_workbook")
    number = 0
    for sign in name:
        number = number * 26 + ord(sign) - ord("A") + 1
    return number


def _place(cell: bytes) -> tuple[int, int]:
    name = cell.decode()
    return int(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), _column(name)


def _shown(number: int, code: str | None) -> Shown:
    if code is None:
        return Shown(number in _DAYS, number in _CLOCKS)
    if _ZEROS.fullmatch(code):
        return Shown(digits=len(code))
    seen = _UNSEEN.sub("", code.lower().partition(";")[0])
    clock = any(sign in seen for sign in "hs")
    return Shown(any(sign in seen for sign in "yed") or ("m" in seen and not clock), clock)


def _number(written: str, shown: Shown, *, from_1904: bool) -> str:
    try:
        value = float(written)
    except ValueError:
        return written
    if (shown.day or shown.clock) and 0 <= value < _LAST_DAY:
        return _moment(value + 1462 * from_1904, shown)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value)).zfill(shown.digits)
    return repr(value)


def _moment(serial: float, shown: Shown) -> str:
    """A day, an hour or both: midnight is said where the cell shows hours, and hours where it hides them."""
    # Until 28 February 1900 serials count a day that never was.
    since = datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001 -- spreadsheets know no zone
    at = since + timedelta(seconds=round(serial * 86_400))
    if serial < 1 and not shown.day:
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d %H:%M:%S}" if shown.clock or at.time() != at.min.time() else f"{at:%Y-%m-%d}"
