"""From the bytes of a file to its rows, one after another, in bounded memory: CSV, NDJSON, and what a workbook told."""

import codecs
import csv
import io
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from enum import StrEnum

from kit.problems import UnsupportedMedia

from intake.batches.headings import LOOKED_INTO, Line

LONGEST_ROW = 256 * 1024
LONGEST_RECORD = 64 * 1024
WIDE = 8
_QUOTE = '"'
_LOST = "\ufffd"


class Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


@dataclass(frozen=True)
class File:
    """What the sender says of a file."""

    format: Format
    charset: str = ""


@dataclass(frozen=True)
class Row:
    """The `number`th row after the headings: its cells or its JSON text; or the code of why it cannot be read."""

    number: int
    cells: Sequence[str] = ()
    text: str = ""
    line: int = 0
    """Where its sender sees it: the row of a sheet, or the record of a text, headings and blank ones counted."""
    wrong: str | None = None


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written: its encoding, what parts its cells, and where its headings stand and how many."""

    encoding: str
    separator: str = ","
    line: int = 1
    width: int = 0


TYPES = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
}


def file_of(content_type: str) -> File:
    """What a Content-Type says of a file. Raises UnsupportedMedia."""
    message = EmailMessage()
    message["Content-Type"] = content_type or "application/octet-stream"
    format = TYPES.get(message.get_content_type())
    if format is None:
        raise UnsupportedMedia(
            f"Send Content-Type: one of {', '.join(TYPES)}.", f"Content-Type 請用下列其中之一：{'、'.join(TYPES)}。"
        )
    return File(format, message.get_content_charset(""))


async def lines(parts: AsyncIterator[bytes], encoding: str) -> AsyncIterator[str]:
    """The lines of a text, with their ends; what is not valid in the encoding becomes U+FFFD.

    Of a line longer than any row only the beginning is kept, which is still too long.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    async for part in parts:
        whole = io.StringIO(rest + decoder.decode(part), newline="")
        found = list(whole)
        rest = _begun(found.pop()) if found else ""
        for line in found:
            yield line
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


def _begun(line: str) -> str:
    return line if line.endswith(("\r", "\n")) else line[: LONGEST_ROW + 1]


async def first_records(parts: AsyncIterator[bytes], encoding: str, separator: str) -> list[Line]:
    """The records among which headings are looked for, by number."""
    found: list[Line] = []
    async for cells in _records(lines(parts, encoding), Layout(encoding, separator)):
        found.append((len(found) + 1, () if isinstance(cells, str) else cells))
        if len(found) == LOOKED_INTO:
            break
    return found


async def csv_rows(parts: AsyncIterator[bytes], layout: Layout) -> AsyncGenerator[Row, None]:
    """The rows below the headings; empty records are skipped."""
    number = line = 0
    async for cells in _records(lines(parts, layout.encoding), layout):
        line += 1
        if line <= layout.line or not (isinstance(cells, str) or any(cell.strip() for cell in cells)):
            continue
        number += 1
        if isinstance(cells, str):
            yield Row(number, line=line, wrong=cells)
        else:
            yield Row(number, cells, line=line, wrong=_fault(cells, layout.width))


async def sheet_rows(parts: AsyncIterator[bytes], width: int) -> AsyncGenerator[Row, None]:
    """The rows of a workbook, as `intake.batches.sheets` told them."""
    number = 0
    async for text in lines(parts, "utf-8"):
        number += 1
        row = Row(number, **json.loads(text))
        yield row if row.wrong else replace(row, wrong=_fault(row.cells, width))


async def ndjson_rows(parts: AsyncIterator[bytes]) -> AsyncGenerator[Row, None]:
    """A report in each line; empty lines are skipped."""
    number = line = 0
    async for each in lines(parts, "utf-8-sig"):
        line += 1
        if text := each.strip():
            number += 1
            yield Row(number, text=text, line=line, wrong="not_in_encoding" if _LOST in text else None)


def _fault(cells: Sequence[str], headings: int) -> str | None:
    if any(_LOST in cell for cell in cells):
        return "not_in_encoding"
    return "too_many_cells" if any(cell.strip() for cell in cells[headings:]) else None


async def _records(lines: AsyncIterator[str], layout: Layout) -> AsyncIterator[Sequence[str] | str]:
    """Each record's cells, or the code of what is wrong with it.

    A quotation mark left open would swallow the rows below it into one cell, and nobody would miss them. So a record
    that holds a line as wide as a row is refused by its first line alone, and the rows below are read as rows.
    """
    held: list[str] = []
    async for line in lines:
        for each in _settled(held, deque([line]), layout):
            yield each
    while held:
        # The end, and a quotation mark is open: its line is wrong, and what follows is read again.
        yield "quotation_marks"
        following, held = deque(held[1:]), []
        for each in _settled(held, following, layout):
            yield each


def _settled(held: list[str], following: deque[str], layout: Layout) -> Iterator[Sequence[str] | str]:
    """Every record that is whole; `held` keeps the lines of one that is not."""
    while following:
        held.append(following.popleft())
        if len(held[-1]) > LONGEST_ROW:
            yield "row_too_long"
            held.clear()
            continue
        cells = _cells(held, layout.separator)
        if cells is None and sum(map(len, held)) <= LONGEST_RECORD and not _swallows(held, layout):
            continue
        if isinstance(cells, list) and not _swallows(held, layout):
            yield cells
        else:
            following.extendleft(reversed(held[1:]))
            yield "quotation_marks"
        held.clear()


def _cells(held: Sequence[str], separator: str) -> list[str] | str | None:
    """The cells of one whole record; None when a quotation mark is still open, a text when one is misplaced."""
    try:
        return next(iter(csv.reader(held, delimiter=separator, strict=True)), [])
    except csv.Error as error:
        return None if "end of data" in str(error) else "quotation_marks"


def _swallows(held: Sequence[str], layout: Layout) -> bool:
    """Whether a line inside a record is as wide as a row, which no one writes into a cell of a wide file."""
    # The last line of a first cell has all the row's other cells after it.
    inside = held[1:-1] if held[0].startswith(_QUOTE) else held[1:]
    return layout.width >= WIDE and any(line.count(layout.separator) >= layout.width - 1 for line in inside)
