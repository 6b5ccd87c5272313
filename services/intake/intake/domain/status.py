"""What the sender may know of its report, from the events of other services."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.cases import CaseAccepted, CaseReturned, ResourcesLinked
from contracts.decisions import DecisionMade, Outcome, ReviewRequested, UnitId
from contracts.event import Event


class Status(StrEnum):
    """Where a report is, in the sender's words."""

    RECEIVED = "received"
    UNDER_REVIEW = "under_review"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    OUTCOME = "outcome"


class Teller(StrEnum):
    """Which topic told a step; at the same instant the later of these is the further step."""

    REVIEW = "review"
    DECISION = "decision"
    CASE = "case"


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


def step_of(event: Event) -> Step | None:
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
    """The step that holds now: the latest of all tellers."""
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


def _in_case(
    report_id: str, at: datetime, status: Status, kind: str | None = None, *, outcome: str | None = None
) -> Step:
    # A report may move to another case, whose versions start over: only time orders these.
    return Step(report_id, Teller.CASE, int(at.timestamp() * 1000), at, status, kind, outcome)
