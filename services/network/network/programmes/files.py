"""A file of rows, as a bank, a ministry or a court sends it: CSV or XLSX, with headings in either language."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kit.problems import Problem, TooLarge, Unprocessable
from rules.workbooks import BROKEN, Sheet, Unusable, Workbook

MOST_BYTES = 2 * 2**20
MOST_UNPACKED = 16 * 2**20
MOST_ROWS = 5_000
MOST_SIGNS = 4 * 2**20
"""Of all cells together. In a workbook a long text is written once, and may stand in every cell."""
HEADINGS: Mapping[str, str] = {
    "enrolment_id": "enrolment_id", "方案編號": "enrolment_id",
    "national_id": "national_id", "身分證字號": "national_id", "name": "name", "姓名": "name",
    "birth_date": "birth_date", "出生日期": "birth_date", "date": "date", "日期": "date", "入帳日": "date",
    "reference": "reference", "序號": "reference", "案號": "reference",
}  # fmt: skip
_NO_LIST = "Send a CSV file (UTF-8 or Big5) or an XLSX workbook.", "請提供 CSV（UTF-8 或 Big5）或 XLSX 檔。"


@dataclass(frozen=True)
class Line:
    """One row by the number that a spreadsheet shows beside it; `cells` by what their heading means."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def lines(content: bytes, more: Mapping[str, str] | None = None) -> list[Line]:
    """The rows below the headings; `more` are further headings. Raises TooLarge, Unprocessable."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"Send at most {MOST_BYTES} bytes.", f"最多 {MOST_BYTES} 位元組。")
    try:
        found = _workbook(content) if content.startswith(b"PK") else _csv(content)
        rows = [*islice(_few(found), MOST_ROWS + 2)]  # with the headings, and one by which too many are known
    except Unusable as error:
        raise _unusable(error) from None
    except (*BROKEN, csv.Error):
        raise _refused(*_NO_LIST) from None
    known = {**HEADINGS, **(more or {})}
    heads = [known.get(cell.strip().lstrip("\ufeff")) for cell in (rows[0][1] if rows else [])]
    if not {"enrolment_id", "national_id", "name"} & {*heads}:
        names = ", ".join(known)
        raise _refused(f"The first row must name the columns, of {names}.", f"第一列須為欄名，可用：{names}。")
    if len(rows) - 1 > MOST_ROWS:
        raise TooLarge(f"Send at most {MOST_ROWS} rows at once.", f"一次最多 {MOST_ROWS} 列。")
    return [
        Line(number, {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head and cell.strip()})
        for number, cells in rows[1:]
        if any(cell.strip() for cell in cells)
    ]


def _few(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows, of which none is kept beyond `MOST_SIGNS`. Raises TooLarge."""
    signs = 0
    for number, cells in rows:
        signs += sum(map(len, cells))
        if signs > MOST_SIGNS:
            raise TooLarge(
                f"Send at most {MOST_SIGNS} characters in all cells.", f"所有儲存格合計最多 {MOST_SIGNS} 字。"
            )
        yield number, cells


def _csv(content: bytes) -> Iterable[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp950")
    return enumerate(csv.reader(io.StringIO(text, newline="")), 1)


def _workbook(content: bytes) -> Iterable[tuple[int, list[str]]]:
    book = Workbook(io.BytesIO(content), MOST_UNPACKED)
    return book.rows(_shown(book))


def _shown(book: Workbook) -> Sheet:
    """The first sheet that a person sees. Raises Unusable."""
    for sheet in book.sheets:
        if not sheet.hidden:
            return sheet
    raise Unusable("no_sheet")


def _unusable(error: Unusable) -> Problem:
    if error.code == "workbook_too_large":
        return TooLarge(
            f"Send the list alone: one sheet without pictures, of at most {MOST_UNPACKED} bytes unpacked.",
            f"請只提供名單：一張工作表、不含圖片，解壓縮後最多 {MOST_UNPACKED} 位元組。",
        )
    return _refused(*_NO_LIST)


def _refused(en: str, zh: str) -> Unprocessable:
    return Unprocessable(en, zh, errors=[{"at": "/body/file", "code": "file", "en": en, "zh": zh}])
