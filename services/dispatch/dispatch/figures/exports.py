"""Figures as files for a spreadsheet: CSV and XLSX, in which no text can run as a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Annotated, Literal

from contracts.reports import SourceUnit
from fastapi import Depends, Query, Request, Response
from kit.mongo import Document
from kit.problems import language
from openpyxl import Workbook  # type: ignore[import-untyped]

from dispatch.site import words

Format = Literal["json", "csv", "xlsx"]
Cell = str | int | float
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SHARES = ("welfare_centre", "protection", "no_dispatch", "pending")


@dataclass(frozen=True)
class Sheet:
    """A table to be written: `name` is the file's without its ending; the first row is the head."""

    name: str
    rows: Sequence[Sequence[Cell]]


def wanted(
    request: Request, format: Annotated[Format | None, Query(description="Before the header `Accept`.")] = None
) -> Format:
    """What a request asks for: `?format=`, or else the kind of file that `Accept` names."""
    accepted = request.headers.get("accept", "")
    return format or ("csv" if "text/csv" in accepted else "xlsx" if XLSX in accepted else "json")


@dataclass(frozen=True)
class Asked:
    """In which format, and `lang`: 0 for English, 1 for zh-TW."""

    format: Format
    lang: int


def asked(format: Annotated[Format, Depends(wanted)], request: Request) -> Asked:
    return Asked(format, language(request))


def as_file(sheet: Sheet, format: Literal["csv", "xlsx"]) -> Response:
    """The sheet to be saved: CSV in UTF-8 with the mark that Excel wants, or XLSX."""
    body = as_csv(sheet.rows) if format == "csv" else as_xlsx(sheet.rows)
    disposition = f'attachment; filename="{sheet.name}.{format}"'
    headers = {"Content-Disposition": disposition, "Vary": "Accept, Accept-Language", "Cache-Control": "no-store",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return Response(body, media_type=_TYPES[format], headers=headers)


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    out = StringIO("\ufeff")
    out.seek(0, 2)
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def as_xlsx(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Written row by row, so that a large table is never held as cells."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    for row in rows:
        sheet.append([_safe(cell) for cell in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(cell: Cell) -> Cell:
    """Spreadsheets run a text that begins like a formula; an apostrophe makes it text. Numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    plain = _NOT_XML.sub("", cell)
    return f"'{plain}" if plain.lstrip().startswith(tuple("=+-@＝＋－＠|%")) else plain


def labelled(value: str, zh: str, en: str, lang: int) -> str:
    """A head or a name: in zh-TW with its code, by which machines know it; in English as people say it."""
    return en if lang == 0 else zh if value == zh else f"{zh} {value}"


def outcomes(days: tuple[str, str, str], rows: Sequence[Document], total: Document, lang: int) -> Sheet:
    """The published table: case type by outcome, with shares in percent."""
    counted = [name for name in total if name not in ("case_type", "shares")]
    head = [
        _said("case_type", lang),
        *(_said(name, lang) for name in counted),
        *(f"{_said(n, lang)} %" for n in _SHARES),
    ]
    lines = [
        [_said(row["case_type"], lang), *(row[name] for name in counted), *(_percent(row, name) for name in _SHARES)]
        for row in (*rows, total)
    ]
    return Sheet(f"outcomes-{'-'.join(days)}", [head, *lines])


def sources(days: tuple[str, str, str], rows: Sequence[Document], total: Document, lang: int) -> Sheet:
    """The published table: case type by source unit."""
    units = (*map(str, SourceUnit), "total")
    head = [_said("case_type", lang), *(_said(unit, lang) for unit in units)]
    lines = [[_said(row["case_type"], lang), *(row[unit] for unit in units)] for row in (*rows, total)]
    return Sheet(f"sources-{'-'.join(days)}", [head, *lines])


def _percent(row: Document, name: str) -> float:
    share: float = row["shares"][name]
    return round(100 * share, 2)


def _said(name: str, lang: int) -> str:
    zh, en = (words.word(name, each) for each in words.LANGUAGES)
    return labelled(name, zh, en, lang)
