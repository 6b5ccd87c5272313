"""Tables as files for a spreadsheet: CSV and XLSX, in which no text can run as a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from kit.problems import NO_STORE, Unprocessable
from rules.periods import is_fixed, latest
from rules.spreadsheets import harmless

Format = Literal["json", "csv", "xlsx"]
FileFormat = Literal["csv", "xlsx"]
Value = str | int | float
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_IN_A_CELL = 32_767
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def must_be_fixed(first: date, last: date, today: date) -> None:
    """Raises Unprocessable for days that are not told to whoever may not open what is counted, nor to a file."""
    if not is_fixed(first, last, today):
        usual = latest(today)
        en = "These counts are told for a whole quarter, half-year or year that has ended, such as {} to {}."
        zh = "此類統計限已結束之整季、半年或全年，例如 {} 至 {}（重疊期間可相減而得個案數）。"
        en, zh = en.format(usual.first, usual.last), zh.format(usual.first, usual.last)
        raise Unprocessable(en, zh, errors=[{"at": "/query/from", "code": "not_fixed", "en": en, "zh": zh}])


@dataclass(frozen=True)
class Grid:
    """Lines to be written to a file: `name` is the file's without its ending; the first line is the head."""

    name: str
    lines: Sequence[Sequence[Value]]


def wanted(
    request: Request, format: Annotated[Format | None, Query(description="Before the header `Accept`.")] = None
) -> Format:
    """What a request asks for: `?format=`, or else the kind of file that `Accept` names."""
    accepted = request.headers.get("accept", "")
    return format or ("csv" if "text/csv" in accepted else "xlsx" if XLSX in accepted else "json")


def as_file(grid: Grid, format: FileFormat) -> Response:
    """The grid to be saved: CSV in UTF-8 with the mark that Excel wants, or XLSX."""
    body = as_csv(grid.lines) if format == "csv" else as_xlsx(grid.lines)
    disposition = named("attachment", f"{grid.name}.{format}")
    told = {"Content-Disposition": disposition, "Vary": "Accept, Accept-Language", "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type=_TYPES[format], headers=NO_STORE | told)


def named(how: Literal["attachment", "inline"], name: str) -> str:
    """A Content-Disposition: whatever a query brought into a file's name, what a header cannot hold is a dash."""
    return f'{how}; filename="{_NOT_IN_A_NAME.sub("-", name)}"'


def as_csv(lines: Iterable[Sequence[Value]]) -> bytes:
    out = StringIO("\ufeff")
    out.seek(0, 2)
    csv.writer(out).writerows([_safe(value) for value in line] for line in lines)
    return out.getvalue().encode()


def as_xlsx(lines: Iterable[Sequence[Value]]) -> bytes:
    """Written line by line, so that a large table is never held as cells."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    for line in lines:
        sheet.append([_fitting(_safe(value)) for value in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fitting(value: Value) -> Value:
    """A text that says where it ends too soon: no cell holds more, and the library cuts it in silence."""
    return f"{value[: MOST_IN_A_CELL - 1]}…" if isinstance(value, str) and len(value) > MOST_IN_A_CELL else value


def _safe(value: Value) -> Value:
    """A text that cannot run; numbers stay numbers."""
    return harmless(_NOT_XML.sub("", value)) if isinstance(value, str) else value
