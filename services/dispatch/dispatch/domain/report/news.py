"""What became of a report after it was decided: told by the network and by notify, as one line and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseEvent,
    CaseJoined,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    CaseSplit,
    LeadTaken,
    ResourcesLinked,
)
from contracts.deliveries import DeliveryAcknowledged, DeliveryEscalated, DeliveryFailed, DeliverySent
from contracts.event import Event
from rules.counties import settings_of

from dispatch.domain.report.deadlines import promise
from dispatch.domain.report.history import Line, Reason, line
from dispatch.domain.report.report import Accepted, Assignee, Escalated, Returned
from dispatch.domain.report.service import Service
from dispatch.domain.report.stages import Stage

SKEW = timedelta(minutes=1)
"""How far the clocks of two services may differ."""


@dataclass(frozen=True)
class News:
    """One line for a report's history and the fields that it changes, where the report is as the rest says.

    `asks`: its decision asks a unit, or asks none. `decided_by`: that decision is in force and was made until then.
    `returned`: a unit gives it back, and with this one it was given back `seldom`, or `often` enough for a supervisor:
    `often_from` times. `taken_from`: that unit answers for it. With `case_id` it is told of every report of that case
    that has not heard of a later version.
    """

    report_id: str
    line: Line
    changes: Mapping[str, Any] = field(default_factory=dict)
    asks: Literal["a_unit", "nobody"] | None = None
    decided_by: datetime | None = None
    returned: Literal["seldom", "often"] | None = None
    often_from: int = 1
    taken_from: str | None = None
    case_id: str | None = None
    case_version: int = 0


def news_of(cause: str, event: Event, supervisor: Assignee) -> tuple[News, ...]:
    """The news of an event of the network or of notify, whose id is `cause`; empty for what says nothing of a report.

    Of several the first that fits the report counts: each carries the line that marks the event as seen.
    """
    match event:
        case CaseAccepted():
            return _accepted(cause, event)
        case CaseReturned():
            return _returned(cause, event, supervisor)
        case CaseAssessed() | CaseClosed() | CaseReopened():
            return _serving(cause, event)
        case CaseMerged() | CaseSplit():
            return _moved(cause, event)
        case LeadTaken():
            return _taken(cause, event)
        case _:
            news = _told(cause, event)
            return (news,) if news else ()


def _told(cause: str, event: Event) -> News | None:
    what = _what(event)
    match event:
        case CaseOpened(opened_at=at) | CaseJoined(joined_at=at):
            happened = line(cause, at, what, "network", unit=event.lead, case_id=event.case_id)
            again = isinstance(event, CaseJoined) and event.decided_again
            return News(event.report_id, happened, {"case_id": event.case_id} | ({} if again else {"service": None}))
        case ResourcesLinked(linked_at=at):
            return News(event.report_id, line(cause, at, what, "network"))
        case _:
            return _of_message(cause, event)


def _of_message(cause: str, event: Event) -> News | None:
    what = _what(event)
    match event:
        case DeliverySent(report_id=str(id), sent_at=at):
            return News(id, line(cause, at, what, "notify", unit=event.unit))
        case DeliveryFailed(report_id=str(id), failed_at=at):
            return News(id, line(cause, at, what, "notify", Reason(event.reason), unit=event.unit))
        case DeliveryEscalated(report_id=str(id)):
            return _escalated(cause, event, id)
        case DeliveryAcknowledged(acknowledged_by=by, acknowledged_at=at):
            return News(event.report_id, line(cause, at, what, by, unit=event.unit))
        case _:
            return None


def _escalated(cause: str, event: DeliveryEscalated, report_id: str) -> News:
    """Nobody in the unit answered: the window still waits for it, and knows who else was asked."""
    asked = Escalated(event.whom if event.found else "nobody", event.escalated_at)
    happened = line(cause, asked.at, _what(event), "notify", Reason(f"asked_next.{asked.whom}"), unit=event.unit)
    return News(report_id, happened, {"escalated": asked}, "a_unit", decided_by=asked.at + SKEW)


def _accepted(cause: str, event: CaseAccepted) -> tuple[News, ...]:
    """A unit took the report on: only now it answers for it, and the window no more."""
    at, by = event.accepted_at, event.accepted_by
    changes = {"accepted": Accepted(by, event.unit, event.case_id, at), "returned": None, "stage": Stage.ACCEPTED,
               "promise": None, "breach_at": None, "breach_since": None}  # fmt: skip
    happened = line(cause, at, _what(event), by, unit=event.unit)
    return (
        News(event.report_id, happened, changes, "a_unit", decided_by=at + SKEW),
        News(event.report_id, happened, asks="nobody"),
    )


def _taken(cause: str, event: LeadTaken) -> tuple[News, ...]:
    """Another unit leads the case: it answers for what the old one took on. Inside one unit nothing changes here."""
    if event.unit == event.from_unit:
        return ()
    at, by = event.taken_at, event.taken_by
    changes = {"accepted.unit": event.unit, "accepted.by": by}
    happened = line(cause, at, _what(event), by, unit=event.unit)
    return (News("", happened, changes, taken_from=event.from_unit, case_id=event.case_id, case_version=event.version),)


def _returned(cause: str, event: CaseReturned, supervisor: Assignee) -> tuple[News, ...]:
    """A unit gave the report back: the window must decide again, after too many returns a supervisor by name."""
    at, by, county = event.returned_at, event.returned_by, settings_of(event.county)
    again = promise("decide_again", at, county.decided_again_within)
    changes = {"accepted": None, "returned": Returned(by, event.unit, event.reason, at), "stage": Stage.RETURNED,
               "promise": again, "breach_at": again.due_at, "breach_since": at}  # fmt: skip
    happened = line(cause, at, _what(event), by, Reason(event.reason), unit=event.unit)
    seldom = News(
        event.report_id, happened, changes, "a_unit", at + SKEW, "seldom", often_from=county.supervisor_from_return
    )
    # Seldom first: the number only grows, so of two returns at once the later meets one of the two.
    often = replace(seldom, changes=changes | {"assignee": supervisor}, returned="often")
    return seldom, often, News(event.report_id, happened, asks="nobody")


def _service(event: CaseAssessed | CaseClosed) -> Service:
    if isinstance(event, CaseClosed):
        return Service(
            "closed", event.unit, event.closed_at, event.version, event.approved_by, event.reason, event.watched_until
        )
    state: Literal["opened", "not_opened"] = "opened" if event.opened else "not_opened"
    until = event.watched_until
    return Service(state, event.unit, event.assessed_at, event.version, event.assessed_by, event.reason, until)


def _serving(cause: str, event: CaseAssessed | CaseClosed | CaseReopened) -> tuple[News, ...]:
    if isinstance(event, CaseReopened):
        return _reopened(cause, event)
    return (_served(cause, event, _service(event)),)


def _served(cause: str, event: CaseEvent, service: Service) -> News:
    """The unit opened the case, or its service ended, or begins again: so it is with every report of the case."""
    what, why = "case_assessed" if service.state == "opened" else f"case_{service.state}", Reason(service.reason)
    happened = line(cause, service.at, what, service.by or "network", why, unit=service.unit)
    return News("", happened, {"service": service}, case_id=event.case_id, case_version=event.version)


def _reopened(cause: str, event: CaseReopened) -> tuple[News, ...]:
    """A report opened a case again: those of old are served again, and it says so of itself."""
    at, unit = event.reopened_at, event.unit
    happened = line(cause, at, "case_reopened_by", "network", unit=unit, case_id=event.case_id)
    return (
        News(event.report_id, happened),
        _served(cause, event, Service("reopened", unit, at, event.version)),
    )


def _moved(cause: str, event: CaseMerged | CaseSplit) -> tuple[News, ...]:
    if isinstance(event, CaseMerged):
        case_id, at = event.case_id, event.merged_at
    else:
        case_id, at = event.other_case_id, event.split_at
    happened = line(cause, at, _what(event), "network", case_id=case_id)
    return tuple(News(each, happened, {"case_id": case_id, "service": None}) for each in event.reports)


def _what(event: Event) -> str:
    return event.type.replace(".", "_")
