"""What intake answers. Fields that a newer intake adds are ignored here and break nothing."""

from datetime import date, datetime

from contracts.event import Model
from contracts.reports import Duty, Flag, ReportId
from pydantic import AliasChoices, Field


class Numbers(Model):
    """Numbers that never came, from the first to the last of them."""

    first: int = Field(validation_alias=AliasChoices("first", "from"))
    last: int = Field(validation_alias=AliasChoices("last", "to"))


class Receipt(Model):
    """A report is durable. `duty` is None when none binds the sender; `flags` name what a person will check.

    `gap` are the sender's own numbers (`sequence`) missing when this report came: send those, if they exist.
    """

    report_id: ReportId
    serial: str
    received_at: datetime
    status: str = "received"
    duty: Duty | None = None
    flags: tuple[Flag, ...] = ()
    gap: Numbers | None = None


class Question(Model):
    """What the window asks about a report: answer by telephone, or with an amendment."""

    asked_at: datetime
    due_at: datetime
    question: str | None = None
    words: str | None = None
    answered_at: datetime | None = None


class ReportStatus(Receipt):
    """What became of a report, as its sender may know it."""

    version: int = 1
    amended_at: datetime | None = None
    since: datetime
    to_unit_kind: str | None = None
    outcome: str | None = None
    service: str | None = None
    questions: tuple[Question, ...] = ()


class Line(Model):
    """One report of a list; `stage` is `missing` for one that never came."""

    sender_ref: str | None = None
    sequence: int | None = None
    stage: str
    report_id: ReportId | None = None
    serial: str | None = None


class Reconciled(Model):
    """A day's list against what was received: send again what `missing` and `gaps` name."""

    day: date
    listed: int
    stages: dict[str, int]
    missing: tuple[str, ...] = ()
    gaps: tuple[Numbers, ...] = ()
    repeated: tuple[str, ...] = ()
    unlisted: tuple[ReportId, ...] = ()
    reports: tuple[Line, ...] = ()


class Batch(Model):
    """A file in progress. When it is done: rows = accepted + refused + repeated, always."""

    batch_id: str
    state: str
    kind: str = "reports"
    roster: str | None = None
    rows: int | None = None
    done: int
    accepted: int
    refused: int
    repeated: int

    @property
    def is_done(self) -> bool:
        return self.state == "done"


class WrongCell(Model):
    """What to correct in a row, and in which column."""

    at: str
    code: str
    detail: str
    column: str | None = None


class Row(Model):
    """The answer to one row, counted from 1 below the headings."""

    row: int
    state: str
    report_id: ReportId | None = None
    serial: str | None = None
    entry_id: str | None = None
    flags: tuple[Flag, ...] = ()
    errors: tuple[WrongCell, ...] = ()


class Rows(Model):
    """A page of rows; `next` is where the next one begins, None at the end of what is done."""

    rows: tuple[Row, ...]
    next: int | None = None
