"""Which events answer what a unit was asked, or make it needless, by whatever channel the answer came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseContacted,
    CaseJoined,
    CaseMerged,
    CaseOpened,
    CaseReturned,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadTaken,
)
from contracts.decisions import DecisionMade, ReviewRequested
from contracts.event import Event

from notify.domain.escalation import Run
from notify.domain.notices import window_of

OF_WINDOW = ("returned", "review")
"""What the window is asked: a new decision answers it."""
BESIDE = ("hospital_emergency",)
"""What a group of another purpose is asked: whoever leads answers it too."""


def asks(run: Run | None, voided_at: datetime | None, acknowledged_at: datetime | None) -> bool:
    """Whether a message still asks for someone who answers by name: nobody has, and nothing made it needless."""
    return bool(run and run.is_open) and voided_at is None and acknowledged_at is None


@dataclass(frozen=True)
class Ending:
    """Ends the escalation of messages with these fields, asked at an earlier `version` of the case, or `before`."""

    of: Mapping[str, str]
    at: datetime
    state: Literal["answered", "ended"] = "ended"
    by: str | None = None
    version: int | None = None
    before: datetime | None = None
    templates: tuple[str, ...] = field(default=())


def asked(event: Event, now: datetime) -> tuple[datetime, int]:
    """When an event asked for someone, and at which version of its case or report."""
    match event:
        case ReviewRequested(requested_at=at) | CaseReturned(returned_at=at):
            return at, event.version
        case _:
            return now, getattr(event, "version", 1)


def endings_of(event: Event) -> tuple[Ending, ...]:
    """What an event ends: what the unit was asked, and what a group beside it was asked about the same report."""
    ending = _ending_of(event)
    return tuple(each for each in (ending, _beside(event)) if each)


def _beside(event: Event) -> Ending | None:
    """Whoever leads has taken the report on by name: its hospital's group need not be asked any more."""
    if not isinstance(event, CaseAccepted):
        return None
    of = {"report_id": event.report_id}
    return Ending(of, event.accepted_at, "answered", event.accepted_by, templates=BESIDE)


@dataclass(frozen=True)
class Work:
    """What shows that a message was not only taken on: work by one of `units` (of all, if none) on what `of` names.

    It counts for what was asked at an earlier `version` of the case or, where that tells nothing, before `at`.
    """

    of: Mapping[str, str]
    at: datetime
    units: tuple[str, ...] = ()
    version: int | None = None


def work_of(event: Event) -> Work | None:
    """The work that an event shows: whatever was asked before it is not forgotten."""
    match event:
        case CaseContacted(recorded_at=at):
            work = Work({"case_id": event.case_id}, at, (event.unit, *event.units), event.version)
        case CaseAssessed(unit=unit, assessed_at=at) | CollaboratorReleased(unit=unit, released_at=at):
            work = Work({"case_id": event.case_id}, at, (unit,), event.version)
        case CaseReturned(unit=unit, returned_at=at) | LeadTaken(from_unit=unit, taken_at=at):
            work = Work({"case_id": event.case_id}, at, (unit,), event.version)
        case CaseClosed(closed_at=at):
            work = Work({"case_id": event.case_id}, at, version=event.version)
        case CaseMerged(other_case_id=other, merged_at=at):
            work = Work({"case_id": other}, at)
        case DecisionMade(decided_at=at):
            work = Work({"report_id": event.report_id}, at, (window_of(event.county),))
        case _:
            return None
    return work


def _ending_of(event: Event) -> Ending | None:
    match event:
        case CaseAccepted():
            of = {"case_id": event.case_id, "report_id": event.report_id, "unit": event.unit}
            return Ending(of, event.accepted_at, "answered", event.accepted_by, event.version)
        case CaseReturned():
            of = {"case_id": event.case_id, "report_id": event.report_id, "unit": event.unit}
            return Ending(of, event.returned_at, "answered", event.returned_by, event.version)
        case DecisionMade():
            of = {"report_id": event.report_id}
            at, by = event.decided_at, event.decided_by
            return Ending(of, at, "answered", by, before=at, templates=OF_WINDOW)
        case CaseOpened() | CaseJoined():
            # Somebody has decided, whom the decision names where it comes first: there is no need to ask any more.
            at = event.opened_at if isinstance(event, CaseOpened) else event.joined_at
            return Ending({"report_id": event.report_id}, at, before=at, templates=OF_WINDOW)
        case _:
            return _later(event)


def _later(event: Event) -> Ending | None:
    match event:
        case CollaboratorJoined(unit=unit, joined_by=by, joined_at=at):
            ending = Ending({"case_id": event.case_id, "unit": unit}, at, "answered", by, event.version)
        case CollaboratorDeclined(unit=unit, declined_by=by, declined_at=at):
            ending = Ending({"case_id": event.case_id, "unit": unit}, at, "answered", by, event.version)
        case CollaboratorReleased(unit=unit, released_at=at) | LeadTaken(from_unit=unit, taken_at=at):
            ending = Ending({"case_id": event.case_id, "unit": unit}, at, version=event.version)
        case CaseClosed(closed_at=at):
            ending = Ending({"case_id": event.case_id}, at, version=event.version)
        case CaseMerged(other_case_id=other, merged_at=at):
            ending = Ending({"case_id": other}, at)
        case _:
            return None
    return ending
