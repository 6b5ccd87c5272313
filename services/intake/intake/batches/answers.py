"""What intake answers about a batch, as OpenAPI describes it."""

from datetime import datetime
from typing import Literal

from contracts.event import Model
from contracts.reports import Flag, ReportId
from contracts.rosters import EntryId, Roster
from pydantic import Field

State = Literal["accepted", "refused", "repeated"]


class BatchShown(Model):
    """A file in progress. When `state` is done: rows = accepted + refused + repeated, always."""

    batch_id: str
    rows_at: str = Field(description="Where the answer to each row is.", examples=["/v1/batches/0d9f4f60/rows"])
    kind: Literal["reports", "roster"] = "reports"
    roster: Roster | None = Field(None, description="Which roster the file is.")
    state: Literal["waiting", "working", "done"]
    format: Literal["csv", "ndjson", "xlsx"]
    encoding: str = Field(examples=["utf-8-sig", "utf-16", "cp950"])
    sheet: int | None = Field(None, description="Which sheet of a workbook was read, from 1.")
    rows: int | None = Field(None, description="How many rows the file has; null until they are counted.")
    done: int
    accepted: int
    refused: int
    repeated: int
    created_at: datetime
    finished_at: datetime | None = None


class MendCell(Model):
    """What to correct in a row: the field as in a report, the column of the template, a stable code, and how."""

    at: str
    code: str
    detail: str
    column: str | None = None
    cell: str | None = Field(None, description="Where it is in the file.", examples=["E7"])


class RowShown(Model):
    """The answer to one row, counted from 1 below the headings."""

    row: int
    line: int | None = Field(None, description="Where the row is: in the sheet, or among the records of a text.")
    state: State
    report_id: ReportId | None = None
    serial: str | None = None
    entry_id: EntryId | None = Field(None, description="Of a roster's row.")
    flags: tuple[Flag, ...] = ()
    errors: tuple[MendCell, ...] = ()


class RowsShown(Model):
    """Answers in the order of the file; `next` is the `after` of the next page, null at the end of what is done."""

    rows: tuple[RowShown, ...]
    next: int | None = None
