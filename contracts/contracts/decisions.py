"""What dispatch decides about a report, and why."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.event import BlindIndex, Code, Codes, Event, Model, Sealed
from contracts.people import Sex
from contracts.reports import CaseType, CrisisGrade, ReportId, SourceUnit

UnitId = Annotated[str, Field(min_length=1, max_length=80)]
"""`<county>/<unit>`, such as `chiayi-county/welfare_centre.minxiong`."""


class Outcome(StrEnum):
    """The five outcomes that a county's statistics are counted in: exhaustive and exclusive."""

    DUPLICATE = "duplicate"
    TRANSFERRED = "transferred"
    WELFARE_CENTRE = "welfare_centre"
    PROTECTION = "protection"
    NO_DISPATCH = "no_dispatch"


SERVED = (Outcome.PROTECTION, Outcome.WELFARE_CENTRE)
"""The outcomes by which a unit serves the family, the most protective first."""


class Because(Model):
    """One row of a decision table that matched, in words for the sender, with the facts it used.

    Not `decided`: it matched too, but another row protects more.
    """

    row: str
    zh: str
    en: str
    facts: dict[str, str] = {}
    decided: bool = True


class Clock(Model):
    """A time by which something must be done; `source` is the statute or the county setting behind it.

    `span` is its length, such as `24h`, `10d`, `3wd` (working days) or `1mo`; none where a person named the time.
    """

    id: str
    started_at: datetime
    due_at: datetime
    source: str
    verified: bool = True
    span: str | None = None


class TableVersion(Model):
    """Which decision table decided: its county, the day it took effect, and who answers for it."""

    county: str
    in_force_from: str
    author: str


class PersonKey(Model):
    """Who a report names, without a name: equal keys are one person. Nothing here says who that is.

    `role` and `relation` are codes of the report; `birth_year` alone is left of the day of birth. `also`: other keys
    under which the same person is known everywhere. `home` and `phones`: equal for one house and one number; many may
    share them.
    """

    key: BlindIndex
    role: Code
    relation: Code | None = None
    birth_year: Annotated[int, Field(ge=1850, le=2200)] | None = None
    sex: Sex | None = None
    also: Annotated[tuple[BlindIndex, ...], Field(max_length=10)] = ()
    home: BlindIndex | None = None
    phones: Annotated[tuple[BlindIndex, ...], Field(max_length=10)] = ()


class DecisionMade(Event):
    """A report has its outcome. A later version replaces an earlier one; `decided_by` is a table or a person.

    `family` are the keys by which it may join a case, `people` those whom the report names; `apart` and `together`
    name reports that it must never share a case with, or belongs to the case of, because a person or clear facts say
    so. `until_accepted`: it is transferred to a county that must accept it here; until that county decides, whoever
    serves the family goes on. `village` lies in `township`: where it happened, else where the subject lives. `kinds`
    and `crisis_grade` are codes of the report, of which only known ones are told.
    """

    type: Literal["decision.made"] = "decision.made"
    report_id: ReportId
    version: int = 1
    county: str
    agency_id: str
    source_unit: SourceUnit
    case_type: CaseType
    outcome: Outcome
    priority: Annotated[int, Field(ge=1, le=4)]
    unit: UnitId | None = None
    collaborators: tuple[UnitId, ...] = ()
    duplicate_of: ReportId | None = None
    transferred_to: str | None = None
    until_accepted: bool = False
    because: tuple[Because, ...] = ()
    table: TableVersion | None = None
    clocks: tuple[Clock, ...] = ()
    resources: tuple[str, ...] = ()
    needs: Codes = ()
    kinds: Codes = ()
    crisis_grade: CrisisGrade | None = None
    township: str | None = None
    village: str | None = None
    family: tuple[BlindIndex, ...] = ()
    people: Annotated[tuple[PersonKey, ...], Field(max_length=50)] = ()
    apart: tuple[ReportId, ...] = ()
    together: tuple[ReportId, ...] = ()
    sealed: dict[str, Sealed] = {}
    received_at: datetime
    decided_at: datetime
    decided_by: str


class ReviewRequested(Event):
    """A report waits for a duty officer: the table does not let this outcome stand without one."""

    type: Literal["review.requested"] = "review.requested"
    report_id: ReportId
    version: int = 1
    county: str
    agency_id: str
    source_unit: SourceUnit | None = None
    case_type: CaseType
    suggested: Outcome
    priority: Annotated[int, Field(ge=1, le=4)]
    because: tuple[Because, ...] = ()
    clocks: tuple[Clock, ...] = ()
    received_at: datetime
    requested_at: datetime


class SenderAsked(Event):
    """An officer asks the sender something about its report. Words in free text may name someone: they are sealed."""

    type: Literal["sender.asked"] = "sender.asked"
    report_id: ReportId
    county: str
    agency_id: str
    question: Code | None = None
    question_sealed: Sealed | None = None
    asked_at: datetime
    due_at: datetime


class SenderAnswered(Event):
    """What the sender was asked is answered, by telephone or by an amendment."""

    type: Literal["sender.answered"] = "sender.answered"
    report_id: ReportId
    county: str
    agency_id: str
    answered_at: datetime


class Shortcoming(Model):
    """What was wrong or missing at one place of a report: `at` is a JSON pointer (RFC 6901), `code` says how."""

    at: Annotated[str, Field(max_length=200)]
    code: Code


class ReportFoundImproper(Event):
    """An officer found a report incomplete or wrong (不良通報); told to the sender as teaching, never as refusal."""

    type: Literal["report.found_improper"] = "report.found_improper"
    report_id: ReportId
    county: str
    agency_id: str
    source_unit: SourceUnit
    shortcomings: Annotated[tuple[Shortcoming, ...], Field(min_length=1, max_length=50)]
    found_at: datetime
