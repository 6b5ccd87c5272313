"""The report a partner agency posts, and the events intake makes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, NewType
from uuid import UUID

from pydantic import AfterValidator, Field

from contracts.event import Code, Codes, Event, Model, Personal, Sealed
from contracts.people import Person, Place, Reporter, Role, ToldBy
from contracts.times import Instant

ReportId = NewType("ReportId", str)


class CaseType(StrEnum):
    """The six case types of the national form."""

    ADULT_PROTECTION = "adult_protection"
    CHILD_PROTECTION = "child_protection"
    SEXUAL_ASSAULT_ADULT = "sexual_assault_adult"
    SEXUAL_ASSAULT_MINOR = "sexual_assault_minor"
    CONSULTATION_ADULT = "consultation_adult"
    CONSULTATION_MINOR = "consultation_minor"

    @property
    def is_for_minors(self) -> bool:
        """Whether the form is the one for somebody under 18."""
        match self:
            case CaseType.CHILD_PROTECTION | CaseType.SEXUAL_ASSAULT_MINOR | CaseType.CONSULTATION_MINOR:
                return True
            case CaseType.ADULT_PROTECTION | CaseType.SEXUAL_ASSAULT_ADULT | CaseType.CONSULTATION_ADULT:
                return False


class SourceUnit(StrEnum):
    """What kind of agency reports: belongs to its key, never to the body."""

    POLICE = "police"
    MEDICAL = "medical"
    SOCIAL_AFFAIRS = "social_affairs"
    HOTLINE_113 = "hotline_113"
    CIVIL_AFFAIRS = "civil_affairs"
    JUDICIAL = "judicial"
    INSTITUTION = "institution"
    EDUCATION = "education"
    OTHER = "other"


CrisisGrade = Literal["ideation", "plan", "act"]
"""How far somebody who may harm themselves has gone (意念、計劃、行動), as schools grade it."""


class Occurrence(Model):
    """What happened, when and where; `crisis_grade` of a report of self-harm."""

    occurred_at: Instant | None = None
    place: Place | None = None
    kinds: Codes = ()
    danger_signs: Codes = ()
    crisis_grade: CrisisGrade | None = None
    narrative: Annotated[Annotated[str, Field(min_length=1, max_length=20_000)] | None, Personal()] = None


class Assessment(Model):
    """The result of a structured danger assessment; its items stay with the agency that holds the rights to them."""

    tool: Code
    score: Annotated[int, Field(ge=0, le=100)]


class Report(Model):
    """A report of harm or need. Its personal fields are absent where the report is sealed."""

    case_type: CaseType
    county: Annotated[str, Field(min_length=1, max_length=40)]
    sender_ref: Annotated[
        Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")] | None, Personal("sender")
    ] = None
    sequence: Annotated[int, Field(ge=0, le=2**53)] | None = None
    known_at: Instant | None = None
    event: Occurrence = Occurrence()
    people: Annotated[tuple[Person, ...], Field(max_length=50)] = ()
    assessments: Annotated[tuple[Assessment, ...], Field(max_length=20)] = ()
    needs: Codes = ()
    reporter: Reporter | None = None
    told_by: ToldBy | None = None
    oral: Annotated[
        bool, Field(description="Made by telephone or in person (言詞通報): the written form follows as an amendment.")
    ] = False


def _with_a_subject(people: tuple[Person, ...]) -> tuple[Person, ...]:
    if not any(person.role is Role.SUBJECT for person in people):
        raise ValueError("no_subject")
    return people


def _that_says_something(event: Occurrence) -> Occurrence:
    if not (event.narrative and event.narrative.strip()) and not event.kinds:
        raise ValueError("nothing_happened")
    return event


class Submission(Report):
    """What an agency may post: a report with at least one subject, and a narrative or a kind."""

    # Checked field by field, so that a sender learns of everything that is wrong at once.
    event: Annotated[Occurrence, AfterValidator(_that_says_something), Field(validate_default=True)] = Occurrence()
    people: Annotated[tuple[Person, ...], Field(min_length=1, max_length=50), AfterValidator(_with_a_subject)]


class Flag(Model):
    """Something in a report that a person must check; `at` is a JSON pointer (RFC 6901) into the report."""

    at: str
    reason: Literal[
        "unknown_code", "unknown_place", "unclear_place", "national_id_check_digit", "national_id_sample",
        "phone_unrecognised", "date_unlikely", "lost_glyph", "unclear_name",
    ]  # fmt: skip


class Duty(Model):
    """The reporting duty that applies; `law` is PCode and article in the national law database.

    After an oral report the written form is due by `written_due_at`, as `written_law` says; it came at `written_at`.
    """

    law: str
    known_at: datetime | None = None
    due_at: datetime | None = None
    met: bool | None = None
    written_law: str | None = None
    written_due_at: datetime | None = None
    written_at: datetime | None = None


class ReportReceived(Event):
    """A report is durable at intake; its personal data is in `sealed`, one token per scope."""

    type: Literal["report.received"] = "report.received"
    report_id: ReportId
    version: int = 1
    serial: str
    agency_id: str
    source_unit: SourceUnit
    received_at: datetime
    report: Report
    sealed: dict[str, Sealed]
    flags: tuple[Flag, ...] = ()
    duty: Duty | None = None
    written_by: str | None = None
    """The unit that wrote down what somebody told, who counts as the source."""


class ReportAmended(Event):
    """The sender corrected a report (通報表資訊更正): the whole new version, and why."""

    type: Literal["report.amended"] = "report.amended"
    report_id: ReportId
    version: int
    agency_id: str
    source_unit: SourceUnit
    amended_at: datetime
    reason_sealed: Sealed
    report: Report
    sealed: dict[str, Sealed]
    flags: tuple[Flag, ...] = ()


class ReportsCounted(Event):
    """How many reports intake accepted for a county on a day, and those left unanswered too long.

    A snapshot by which dispatch proves that it received everything; a later one replaces it.
    """

    type: Literal["reports.counted"] = "reports.counted"
    subject_field: ClassVar[str] = "county"
    county: str
    day: str
    received: int
    unanswered: tuple[ReportId, ...] = ()
    counted_at: datetime


class SilentSender(Model):
    """A sender silent longer than its own rhythm: `expected` is how many reports it would have sent since."""

    agency_id: str
    source_unit: SourceUnit
    last_at: datetime
    expected: float


class SendersHeard(Event):
    """Which senders of a county are silent now; an empty list says that all were heard.

    A snapshot: a later one replaces it.
    """

    type: Literal["senders.heard"] = "senders.heard"
    subject_field: ClassVar[str] = "county"
    county: str
    silent: tuple[SilentSender, ...] = ()
    heard: int = 0
    listened_at: datetime


def new_report_id(event_id: UUID) -> ReportId:
    return ReportId(str(event_id))
