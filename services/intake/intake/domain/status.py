"""What the sender may know of its report, from the events of other services."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.cases import CaseAccepted, CaseAssessed, CaseClosed, CaseReturned, ResourcesLinked
from contracts.decisions import DecisionMade, Outcome, ReviewRequested, UnitId
from contracts.event import Event
from contracts.referrals import SERVED, AdviceGiven, ReferralDone, ReferralRefused, ReferralSent


class Status(StrEnum):
    """Where a report is, in the sender's words."""

    RECEIVED = "received"
    UNDER_REVIEW = "under_review"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    OUTCOME = "outcome"


class Service(StrEnum):
    """What the unit made of it. That a closed case was opened again is somebody else's report, and stays untold.

    Where no unit was sent: that the family was advised or referred, and whether the service served it; not which.
    """

    OPENED = "opened"
    NOT_OPENED = "not_opened"
    CLOSED = "closed"
    ADVISED = "advised"
    REFERRED = "referred"
    SERVED = "served"
    NOT_SERVED = "not_served"


class Teller(StrEnum):
    """Which topic told a step; at the same instant the later of these is the further step."""

    REVIEW = "review"
    DECISION = "decision"
    CASE = "case"
    SERVICE = "service"
    LINKING = "linking"


@dataclass(frozen=True)
class Step:
    """One step of a report. Among steps of one teller the highest `order` holds, however late an older one arrives."""

    report_id: str
    teller: Teller
    order: int
    at: datetime
    status: Status
    to_unit_kind: str | None = None
    outcome: str | None = None
    service: str | None = None


def steps_of(event: Event) -> tuple[Step, ...]:
    """The steps an event tells: what becomes of a case is a step of each of its reports."""
    match event:
        case CaseAssessed(assessed_at=at, opened=opened):
            return _served(event, at, Service.OPENED if opened else Service.NOT_OPENED)
        case CaseClosed(closed_at=at):
            return _served(event, at, Service.CLOSED)
        case AdviceGiven() | ReferralSent() | ReferralRefused() | ReferralDone():
            return _linked(event)
    return (step,) if (step := _step_of(event)) else ()


def _step_of(event: Event) -> Step | None:
    """The step an event tells, or None when it says nothing that the sender may know."""
    match event:
        case ReviewRequested():
            return Step(event.report_id, Teller.REVIEW, event.version, event.requested_at, Status.UNDER_REVIEW)
        case DecisionMade():
            return _decided(event)
        case CaseAccepted():
            return _in_case(event.report_id, event.accepted_at, Status.ACCEPTED, unit_kind(event.unit))
        case CaseReturned():
            return _in_case(event.report_id, event.returned_at, Status.UNDER_REVIEW)
        case ResourcesLinked():
            return _in_case(event.report_id, event.linked_at, Status.OUTCOME, outcome=Outcome.NO_DISPATCH)
    return None


def latest(steps: Iterable[Step]) -> Step | None:
    """The step that holds now: the latest of all tellers. What was served may be entered before the acceptance is."""
    every = list(steps)
    linking = _last(step for step in every if step.teller is Teller.LINKING)
    known = [step for step in every if step.teller is not Teller.LINKING]
    last = _last(known)
    decision, service = (
        _last(step for step in known if step.teller is each) for each in (Teller.DECISION, Teller.SERVICE)
    )
    # A referral of a family goes on after a unit was sent to it after all: then the unit is what holds.
    if last and linking and last.outcome == Outcome.NO_DISPATCH:
        return linking
    if last and service and last.status is Status.ACCEPTED and (decision is None or service.at >= decision.at):
        return service
    return last


def _last(steps: Iterable[Step]) -> Step | None:
    rank = list(Teller)
    return max(steps, key=lambda step: (step.at, rank.index(step.teller)), default=None)


def unit_kind(unit: UnitId) -> str:
    """`welfare_centre` of `chiayi-county/welfare_centre.minxiong`: the kind is told, the unit is not."""
    return unit.rpartition("/")[2].partition(".")[0]


def _decided(event: DecisionMade) -> Step:
    dispatched = event.outcome in (Outcome.PROTECTION, Outcome.WELFARE_CENTRE)
    return Step(
        event.report_id,
        Teller.DECISION,
        event.version,
        event.decided_at,
        Status.DISPATCHED if dispatched else Status.OUTCOME,
        to_unit_kind=(unit_kind(event.unit) if event.unit else event.outcome.value) if dispatched else None,
        outcome=None if dispatched else event.outcome.value,
    )


def _served(event: CaseAssessed | CaseClosed, at: datetime, service: Service) -> tuple[Step, ...]:
    kind, order = unit_kind(event.unit), _order(at)
    return tuple(
        Step(each, Teller.SERVICE, order, at, Status.ACCEPTED, kind, service=service.value) for each in event.reports
    )


def _linked(event: AdviceGiven | ReferralSent | ReferralRefused | ReferralDone) -> tuple[Step, ...]:
    """What became of a report to which no unit was sent; of a case its sender hears from the case."""
    match event:
        case AdviceGiven(given_at=at):
            return (_link(event.report_id, at, Service.ADVISED),)
        case ReferralSent(sent_at=at):
            kind = Service.REFERRED
        case ReferralRefused(refused_at=at):
            kind = Service.NOT_SERVED
        case ReferralDone(done_at=at):
            kind = Service.SERVED if event.outcome in SERVED else Service.NOT_SERVED
    return (_link(event.report_id, at, kind),) if event.report_id and event.case_id is None else ()


def _link(report_id: str, at: datetime, kind: Service) -> Step:
    outcome = Outcome.NO_DISPATCH.value
    return Step(
        report_id, Teller.LINKING, _order(at), at, Status.OUTCOME, outcome=outcome, service=kind.value
    )  # fmt: skip


def _in_case(
    report_id: str, at: datetime, status: Status, kind: str | None = None, *, outcome: str | None = None
) -> Step:
    return Step(report_id, Teller.CASE, _order(at), at, status, kind, outcome)


def _order(at: datetime) -> int:
    """A report may move to another case, whose versions start over: only time orders what cases tell."""
    return int(at.timestamp() * 1000)
