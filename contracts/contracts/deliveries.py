"""Messages that reached a unit's LINE group, and the person there who accepted the task.

What concerns a case as a whole, or a task, names no report.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, NewType, TypeAlias

from pydantic import Field

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Code, Codes, Event
from contracts.reports import ReportId

DeliveryId = NewType("DeliveryId", str)
PressedAnswer: TypeAlias = Literal["accepted", "refused", "waiting"]
"""What a unit says to a referral by a button: taken on, not taken on, no room until a day."""


class DeliverySent(Event):
    """LINE accepted the message: accepted, not read (a group may have blocked us)."""

    type: Literal["delivery.sent"] = "delivery.sent"
    subject_field: ClassVar[str] = "delivery_id"
    delivery_id: DeliveryId
    report_id: ReportId | None = None
    case_id: CaseId | None = None
    unit: UnitId
    template: str
    sent_at: datetime


class DeliveryFailed(Event):
    """LINE will not accept the message: a person must reach the unit another way."""

    type: Literal["delivery.failed"] = "delivery.failed"
    subject_field: ClassVar[str] = "delivery_id"
    delivery_id: DeliveryId
    report_id: ReportId | None = None
    case_id: CaseId | None = None
    unit: UnitId
    template: str
    reason: Literal["quota", "refused", "unknown_group", "expired"]
    failed_at: datetime


class DeliveryEscalated(Event):
    """Nobody answered in time, so the next one was asked, or a step found nobody (`found` false) and the next followed.

    `step` counts from 1. Of the policy in force and of whom it found, the delivery itself tells more.
    """

    type: Literal["delivery.escalated"] = "delivery.escalated"
    subject_field: ClassVar[str] = "delivery_id"
    delivery_id: DeliveryId
    report_id: ReportId | None = None
    case_id: CaseId | None = None
    unit: UnitId
    template: str
    step: Annotated[int, Field(ge=1)]
    whom: Code
    by: Codes = ()
    found: bool
    escalated_at: datetime


class DeliveryAcknowledged(Event):
    """A member of the group accepted the task.

    `acknowledged_by` is the name of the colleague's account if `bound`, else the one that the LINE user chose.
    """

    type: Literal["delivery.acknowledged"] = "delivery.acknowledged"
    subject_field: ClassVar[str] = "delivery_id"
    delivery_id: DeliveryId
    report_id: ReportId
    case_id: CaseId | None = None
    unit: UnitId
    acknowledged_by: str
    bound: bool = False
    acknowledged_at: datetime


class DeliveryAnswered(Event):
    """A member of the group that was asked pressed an answer to a referral; whoever keeps it says whether it counts.

    A refusal has a `reason`, what waits the day that room is `expected_on`. Of one message the last answer counts; only
    one that waits is followed by another. `answered_by` as of an acknowledgement.
    """

    type: Literal["delivery.answered"] = "delivery.answered"
    subject_field: ClassVar[str] = "delivery_id"
    delivery_id: DeliveryId
    referral_id: Annotated[str, Field(min_length=1, max_length=64)]
    unit: UnitId
    answer: PressedAnswer
    reason: Code | None = None
    expected_on: date | None = None
    answered_by: str
    bound: bool = False
    answered_at: datetime
