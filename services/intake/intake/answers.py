"""What intake answers, as OpenAPI describes it."""

from datetime import datetime
from typing import Literal

from contracts.event import Model
from contracts.reports import Duty, Flag, ReportId, SourceUnit
from pydantic import Field

from intake.asking import Question
from intake.domain.status import Service, Status


class Missing(Model):
    """Numbers of the sender that never came, from the first to the last of them."""

    first: int = Field(alias="from", examples=[1040])
    last: int = Field(alias="to", examples=[1041])


class Receipt(Model):
    """A report is durable. `duty` is null when none binds the sender; `flags` name what a person will check."""

    report_id: ReportId
    serial: str = Field(examples=["CYI-1151122-0041"])
    received_at: datetime
    status: Literal["received"] = "received"
    duty: Duty | None = None
    flags: tuple[Flag, ...] = ()
    gap: Missing | None = Field(
        None, description="Your numbers (`sequence`) missing when this report came: send those reports, if they exist."
    )


class ReportStatus(Receipt):
    """The receipt, and what the sender may know of its report since."""

    status: Status  # type: ignore[assignment]
    version: int = 1
    amended_at: datetime | None = None
    since: datetime = Field(description="Since when the report has had this status, and its service this state.")
    to_unit_kind: str | None = Field(
        None, description="When dispatched or accepted: the kind of unit.", examples=["welfare_centre"]
    )
    outcome: str | None = Field(None, description="What became of a report for which no unit was dispatched.")
    service: Service | None = Field(
        None,
        description="When accepted: whether the unit opened the case (開案), and whether it closed it (結案). Where no "
        "unit was sent: that the family was advised or referred, and whether it was served; never by whom.",
    )
    questions: tuple[Question, ...] = Field((), description="What the window asked, and when the answer is due.")


class AgencyShown(Model):
    """Whose key it is."""

    agency_id: str
    source_unit: SourceUnit
    counties: tuple[str, ...] = Field(description="County codes, or * for all.")
    sandbox: bool = Field(False, description="Its reports are answered like any other, and reach no duty officer.")


class WrongField(Model):
    """One field to correct: where (JSON pointer), what is wrong (a stable code), and how to correct it."""

    at: str
    code: str
    detail: str


class ProblemShown(Model):
    """A problem as RFC 9457 defines it, in English or zh-TW by Accept-Language. It never repeats what was sent."""

    type: str = Field(examples=["urn:safetynet:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[WrongField, ...] = ()
