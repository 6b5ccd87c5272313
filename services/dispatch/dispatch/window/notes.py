"""What became of a report after it was decided, as one line of its history and the fields it sets."""

from datetime import datetime, timedelta

from contracts.cases import CaseAccepted, CaseJoined, CaseOpened, CaseReturned, ResourcesLinked
from contracts.deliveries import DeliveryAcknowledged, DeliveryFailed, DeliverySent
from contracts.event import Event
from kit.mongo import Document

from dispatch.window.deadlines import promise
from dispatch.window.records import SERVED, entry
from dispatch.window.stages import ACCEPTED, RETURNED, UNDECIDED
from dispatch.window.store import Note
from dispatch.window.supervisors import Supervisors

SKEW = timedelta(minutes=1)
"""How far the clocks of two services may differ."""
DECIDE_AGAIN_WITHIN = timedelta(hours=4)
"""For a report that a unit gave back: a county setting like `unit.accept`, not law."""
_ASKS_A_UNIT: Document = {"decision.outcome": {"$in": [str(each) for each in SERVED]}}
_ASKS_NOBODY: Document = {"decision.outcome": {"$nin": [str(each) for each in SERVED]}}
SUPERVISED_FROM = 2
"""The return from which a supervisor decides: a county setting."""


def notes_of(cause: str, event: Event, now: datetime, supervisors: Supervisors) -> tuple[Note, ...]:
    """The notes of an event of the network or of notify; `cause` is its id. None for what says nothing of a report.

    Of several the first that fits the report counts: each carries the line of history that marks the event as seen.
    """
    match event:
        case CaseAccepted():
            return _accepted(cause, event, now)
        case CaseReturned():
            return _returned(cause, event, now, supervisors.of(event.county))
        case _:
            note = _told(cause, event, now)
            return (note,) if note else ()


def _told(cause: str, event: Event, now: datetime) -> Note | None:
    changed: Document = {"changed_at": now}
    match event:
        case CaseOpened(opened_at=at) | CaseJoined(joined_at=at):
            happened = entry(cause, at, _what(event), who="network", unit=event.lead, case_id=event.case_id)
            changed |= {"case_id": event.case_id}
        case ResourcesLinked(linked_at=at):
            happened = entry(cause, at, _what(event), who="network")
        case DeliverySent(sent_at=at) | DeliveryFailed(failed_at=at):
            reason = getattr(event, "reason", None)
            happened = entry(cause, at, _what(event), who="notify", unit=event.unit, reason=reason)
        case DeliveryAcknowledged(acknowledged_by=by, acknowledged_at=at):
            happened = entry(cause, at, _what(event), who=by, unit=event.unit)
        case _:
            return None
    return Note(event.report_id, happened, changed)


def _accepted(cause: str, event: CaseAccepted, now: datetime) -> tuple[Note, ...]:
    """A unit took the report on: only now it answers for it, and the window no more."""
    at, answer = event.accepted_at, {"by": event.accepted_by, "unit": event.unit, "case_id": event.case_id}
    sets = {"accepted": answer | {"at": at}, "returned": None, "stage": ACCEPTED, "promise": None, "breach_at": None}
    happened = entry(cause, at, _what(event), who=event.accepted_by, unit=event.unit)
    return (
        Note(event.report_id, happened, sets | {"breach_since": None, "changed_at": now}, _in_force(at)),
        Note(event.report_id, happened, {"changed_at": now}, _ASKS_NOBODY),
    )


def _returned(cause: str, event: CaseReturned, now: datetime, supervisor: Document) -> tuple[Note, ...]:
    """A unit gave the report back: the window must decide again, from the second time on a supervisor by name."""
    at, answer = event.returned_at, {"by": event.returned_by, "unit": event.unit, "reason": event.reason}
    again = promise("decide_again", at, DECIDE_AGAIN_WITHIN)
    sets = {"accepted": None, "returned": answer | {"at": at}, "stage": RETURNED, "promise": again, "changed_at": now,
            "breach_at": again["due_at"], "breach_since": at}  # fmt: skip
    happened = entry(cause, at, _what(event), who=event.returned_by, unit=event.unit, reason=event.reason)
    twice = {"$gte": SUPERVISED_FROM - 1}
    # Fewer first: the number only grows, so of two returns at once the later meets one of the two.
    return (
        Note(event.report_id, happened, sets, _in_force(at) | {"returns": {"$not": twice}}, {"returns": 1}),
        Note(
            event.report_id,
            happened,
            sets | {"assignee": supervisor},
            _in_force(at) | {"returns": twice},
            {"returns": 1},
        ),
        Note(event.report_id, happened, {"changed_at": now}, _ASKS_NOBODY),
    )


def _in_force(at: datetime) -> Document:
    """An answer to a decision that was replaced says nothing of the one in force, nor of one that asks no unit."""
    return _ASKS_A_UNIT | {"decision.decided_at": {"$lte": at + SKEW}, "stage": {"$nin": list(UNDECIDED)}}


def _what(event: Event) -> str:
    return event.type.replace(".", "_")
