"""Enrolments (方案服務): somebody in a programme, from stage to stage; codes, numbers and times, nobody's name."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Code, Codes, Event
from contracts.reports import ReportId


class _OfEnrolment(Event):
    """What every event of an enrolment says: which version of which programme, and whose it is."""

    subject_field: ClassVar[str] = "enrolment_id"
    enrolment_id: str
    county: str
    programme: Code
    version: int
    unit: UnitId
    case_id: CaseId | None = None


class _OfStage(_OfEnrolment):
    """A stage entered. `calls` are the units that must hear of it at once, `due_at` when the first thing is due in it.

    `priority` is a report's, 1 the gravest; of an enrolment that began or went on by itself, `rule` names the rule of
    its programme, and `report_id` the report that it heard of.
    """

    stage: Code
    calls: tuple[UnitId, ...] = ()
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    due_at: datetime | None = None
    rule: Code | None = None
    report_id: ReportId | None = None


class EnrolmentBegun(_OfStage):
    """Somebody entered a programme: by a referral, an application, a list, a rule, or a case that was closed."""

    type: Literal["enrolment.begun"] = "enrolment.begun"
    entered_by: Code
    begun_at: datetime


class EnrolmentAdvanced(_OfStage):
    """Another stage, by an answer; `told` are those who heard of it."""

    type: Literal["enrolment.advanced"] = "enrolment.advanced"
    answer: Code
    told: Codes = ()
    advanced_at: datetime


class EnrolmentHeard(_OfStage):
    """What made somebody enter happened again while they are in it; the stage stays as it is."""

    type: Literal["enrolment.heard"] = "enrolment.heard"
    heard_at: datetime


class EnrolmentContacted(_OfEnrolment):
    """A contact of the programme (`what`), or a try at one."""

    type: Literal["enrolment.contacted"] = "enrolment.contacted"
    what: Code
    kind: Code
    reached: bool
    contacted_at: datetime


class EnrolmentGranted(_OfEnrolment):
    """So many TWD granted of an item; `cut_by` names the cap that left no more than this."""

    type: Literal["enrolment.granted"] = "enrolment.granted"
    grant_id: str
    item: Code
    amount: int
    cut_by: Code | None = None
    granted_at: datetime


class EnrolmentPaid(_OfEnrolment):
    """What was granted has been paid."""

    type: Literal["enrolment.paid"] = "enrolment.paid"
    grant_id: str
    item: Code
    amount: int
    paid_at: datetime


class EnrolmentPaused(_OfEnrolment):
    """Its clocks stand still from one time until another."""

    type: Literal["enrolment.paused"] = "enrolment.paused"
    reason: Code
    paused_from: datetime
    paused_until: datetime


class EnrolmentEnded(_OfEnrolment):
    """Over: by an answer of the programme, or by a person for another reason."""

    type: Literal["enrolment.ended"] = "enrolment.ended"
    reason: Code
    told: Codes = ()
    ended_at: datetime
