"""From the bytes of a file to its rows, one after another, in bounded memory: CSV and NDJSON, and XLSX made CSV."""

import codecs
import csv
import io
import zipfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import IO

from kit.problems import Problem, Unprocessable, UnsupportedMedia

LONGEST_ROW = 256 * 1024
LONGEST_RECORD = 64 * 1024
WIDE = 8
MOST_UNPACKED = 512 * 1024**2
"""A workbook that unpacks to more is a zip bomb, or not a list of reports."""
_QUOTE = '"'
_LOST = "\ufffd"


class Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Row:
    """The `number`th row after the headings: its cells or its JSON text; or the code of why it cannot be read."""

    number: int
    cells: Sequence[str] = ()
    text: str = ""
    wrong: str | None = None


TYPES = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
}


def format_of(content_type: str) -> Format:
    """The format that a Content-Type names. Raises UnsupportedMedia."""
    found = TYPES.get(content_type.partition(";")[0].strip().lower())
    if found is None:
        raise UnsupportedMedia(
            f"Send Content-Type: one of {', '.join(TYPES)}.", f"Content-Type 請用下列其中之一：{'、'.join(TYPES)}。"
        )
    return found


async def lines(parts: AsyncIterator[bytes], encoding: str) -> AsyncIterator[str]:
    """The lines of a text, with their ends; what is not valid in the encoding becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    async for part in parts:
        whole = io.StringIO(rest + decoder.decode(part), newline="")
        found = list(whole)
        rest = found.pop() if found else ""
        for line in found:
            yield line
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


async def headings_of(parts: AsyncIterator[bytes], encoding: str) -> list[str]:
    """The cells of the first row. Raises Unprocessable when there is none."""
    async for cells in _records(lines(parts, encoding), width=0):
        return list(cells) if not isinstance(cells, str) else []
    raise Unprocessable("The file is empty: send headings and rows.", "檔案是空的：請填標題列與資料列。")


async def csv_rows(parts: AsyncIterator[bytes], encoding: str, headings: int) -> AsyncGenerator[Row, None]:
    """The rows below the headings, without empty ones."""
    number = -1
    async for cells in _records(lines(parts, encoding), width=headings):
        if not isinstance(cells, str) and not any(cell.strip() for cell in cells):
            continue
        number += 1
        if number == 0:
            continue
        if isinstance(cells, str):
            yield Row(number, wrong=cells)
        else:
            yield Row(number, cells, wrong=_fault(cells, headings))


async def ndjson_rows(parts: AsyncIterator[bytes]) -> AsyncGenerator[Row, None]:
    """A report in each line; empty lines are skipped."""
    number = 0
    async for line in lines(parts, "utf-8-sig"):
        if text := line.strip():
            number += 1
            yield Row(number, text=text, wrong="not_in_encoding" if _LOST in text else None)


def _fault(cells: Sequence[str], headings: int) -> str | None:
    if any(_LOST in cell for cell in cells):
        return "not_in_encoding"
    return "too_many_cells" if any(cell.strip() for cell in cells[headings:]) else None


async def _records(lines: AsyncIterator[str], width: int) -> AsyncIterator[Sequence[str] | str]:
    """Each record's cells, or the code of what is wrong with it.

    A quotation mark left open would swallow the rows below it into one cell, and nobody would miss them. So a record
    that holds a line as wide as a row is refused by its first line alone, and the rows below are read as rows.
    """
    held: list[str] = []
    async for line in lines:
        for each in _settled(held, deque([line]), width):
            yield each
    while held:
        # The end, and a quotation mark is open: its line is wrong, and what follows is read again.
        yield "quotation_marks"
        following, held = deque(held[1:]), []
        for each in _settled(held, following, width):
            yield each


def _settled(held: list[str], following: deque[str], width: int) -> Iterator[Sequence[str] | str]:
    """Every record that is whole; `held` keeps the lines of one that is not."""
    while following:
        held.append(following.popleft())
        cells = _cells(held)
        if cells is None and sum(map(len, held)) <= LONGEST_RECORD and not _swallows(held, width):
            continue
        if isinstance(cells, list) and not _swallows(held, width):
            yield cells
        else:
            following.extendleft(reversed(held[1:]))
            yield "quotation_marks"
        held.clear()


def _cells(held: Sequence[str]) -> list[str] | str | None:
    """The cells of one whole record; None when a quotation mark is still open, a text when one is misplaced."""
    try:
        return next(iter(csv.reader(held, strict=True)), [])
    except csv.Error as error:
        return None if "end of data" in str(error) else "quotation_marks"


def _swallows(held: Sequence[str], width: int) -> bool:
    """Whether a line inside a record is as wide as a row, which nobody writes into a cell of a wide file."""
    # The last line of a first cell has all the row's other cells after it.
    inside = held[1:-1] if held[0].startswith(_QUOTE) else held[1:]
    return width >= WIDE and any(line.count(",") >= width - 1 for line in inside)


def from_xlsx(file: IO[bytes]) -> Iterator[bytes]:
    """The first sheet of a workbook as CSV in UTF-8. Raises Unprocessable for anything else."""
    # Imported here alone: CSV and NDJSON work without the library.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(file) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise _no_workbook()
        file.seek(0)
        sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
    except (zipfile.BadZipFile, CalamineError):
        raise _no_workbook() from None
    for row in sheet.iter_rows():
        out = io.StringIO()
        csv.writer(out).writerow([_text(cell) for cell in row])
        yield out.getvalue().encode()


def _no_workbook() -> Problem:
    return Unprocessable(
        "This is not an XLSX workbook: save the sheet as XLSX or CSV again.",
        "不是有效的 XLSX：請重新另存為 XLSX 或 CSV。",
    )


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
