"""Referrals (轉介): a family sent to a service of another, answered, begun, done; codes and times, nobody's name."""

from datetime import datetime
from typing import ClassVar, Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Code, Codes, Event
from contracts.reports import ReportId

SEALED = "sealed"
"""What an event says of a service whose name would tell what happened to a person; it names nobody who is asked."""
SERVED = frozenset(
    {"served", "goals_met", "collected", "at_work", "in_training", "back_at_school", "matched", "visited"}
)
"""Outcomes that say that the person got something: what the person says of it is another fact."""


class _OfReferral(Event):
    """What every event of a referral says: which service, who asked, and of whom (`unit`)."""

    subject_field: ClassVar[str] = "referral_id"
    referral_id: str
    county: str
    service: Code
    unit: UnitId
    from_unit: UnitId
    case_id: CaseId | None = None
    report_id: ReportId | None = None


class ReferralSent(_OfReferral):
    """Asked; an answer is owed by `answer_due_at`."""

    type: Literal["referral.sent"] = "referral.sent"
    answer_due_at: datetime
    sent_at: datetime


class ReferralWaiting(_OfReferral):
    """There is no room yet; expected at about a time."""

    type: Literal["referral.waiting"] = "referral.waiting"
    expected_at: datetime
    told_at: datetime


class ReferralAccepted(_OfReferral):
    """Taken on; `channel` is how the answer came (system, link, telephone...)."""

    type: Literal["referral.accepted"] = "referral.accepted"
    answer: Code
    channel: Code
    accepted_at: datetime


class ReferralRefused(_OfReferral):
    """Not taken on, for a reason; `answer` is how the service counts it."""

    type: Literal["referral.refused"] = "referral.refused"
    answer: Code
    reason: Code
    channel: Code
    refused_at: datetime


class ReferralStarted(_OfReferral):
    """The service began."""

    type: Literal["referral.started"] = "referral.started"
    started_at: datetime


class ReferralDone(_OfReferral):
    """Ended, with what came of it; whether the person got what they came for is another fact."""

    type: Literal["referral.done"] = "referral.done"
    outcome: Code
    done_at: datetime


class ReferralConfirmed(_OfReferral):
    """The person was asked: `got_it` or not."""

    type: Literal["referral.confirmed"] = "referral.confirmed"
    got_it: bool
    confirmed_at: datetime


class ReferralNoted(_OfReferral):
    """Between its steps: a kind that was asked is done or refused, a session was held, what was got still holds."""

    type: Literal["referral.noted"] = "referral.noted"
    what: Code
    noted_at: datetime


class AdviceGiven(Event):
    """No unit was sent, and somebody told the family where to turn; `family_agrees` null where nobody asked."""

    type: Literal["advice.given"] = "advice.given"
    report_id: ReportId
    county: str
    advised: Codes
    family_agrees: bool | None = None
    given_at: datetime


class ReferralWithdrawn(_OfReferral):
    """Asked no more by who sent it."""

    type: Literal["referral.withdrawn"] = "referral.withdrawn"
    reason: Code
    withdrawn_at: datetime
