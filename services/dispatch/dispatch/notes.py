"""What became of a report after it was decided, as one line of its history and the fields it sets."""

from datetime import datetime, timedelta

from contracts.cases import CaseAccepted, CaseJoined, CaseOpened, CaseReturned, ResourcesLinked
from contracts.deliveries import DeliveryAcknowledged, DeliveryFailed, DeliverySent
from contracts.event import Event
from kit.mongo import Document

from dispatch.deadlines import promise
from dispatch.records import entry
from dispatch.stages import UNDECIDED
from dispatch.store import Note

SKEW = timedelta(minutes=1)
"""How far the clocks of two services may differ."""
DECIDE_AGAIN_WITHIN = timedelta(hours=4)
"""For a report that a unit gave back: a county setting like `unit.accept`, not law."""


def note_of(cause: str, event: Event, now: datetime) -> Note | None:
    """The note of an event of the network or of notify; `cause` is its id. None for what says nothing of a report."""
    changed: Document = {"changed_at": now}
    match event:
        case CaseAccepted() | CaseReturned():
            return _answer(cause, event, changed)
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


def _answer(cause: str, event: CaseAccepted | CaseReturned, changed: Document) -> Note:
    """A unit's answer; one to a decision that was replaced since says nothing of the one in force."""
    if isinstance(event, CaseAccepted):
        at, stage, promised = event.accepted_at, "accepted", None
        answer = {"by": event.accepted_by, "unit": event.unit, "case_id": event.case_id}
    else:
        at, stage = event.returned_at, "returned"
        promised = promise("decide_again", at, DECIDE_AGAIN_WITHIN)
        answer = {"by": event.returned_by, "unit": event.unit, "reason": event.reason}
    sets = {"accepted": None, "returned": None, "stage": stage, stage: answer | {"at": at}} | _promised(promised)
    happened = entry(cause, at, _what(event), who=answer["by"], unit=event.unit, reason=answer.get("reason"))
    in_force = {"decision.decided_at": {"$lte": at + SKEW}, "stage": {"$nin": list(UNDECIDED)}}
    return Note(event.report_id, happened, changed | sets, in_force)


def _promised(promised: Document | None) -> Document:
    times = {"breach_at": promised["due_at"], "breach_since": promised["started_at"]} if promised else {}
    return {"promise": promised, "breach_at": None, "breach_since": None} | times


def _what(event: Event) -> str:
    return event.type.replace(".", "_")
