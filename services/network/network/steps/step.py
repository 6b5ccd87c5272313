"""One step of another service: when, what, by whom; a decision with the row of its table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.decisions import DecisionMade, UnitId
from contracts.deliveries import DeliveryAcknowledged, DeliveryEscalated, DeliveryFailed, DeliverySent
from contracts.event import Event

NOBODY = "nobody"
"""Whom a step of an escalation asked that found nobody to ask."""
Service = Literal["intake", "dispatch", "network", "notify"]


@dataclass(frozen=True)
class Rule:
    """The row of a decision table that decided, in its county's words."""

    row: str
    zh: str
    en: str


@dataclass(frozen=True)
class Step:
    """`what` is a code; `by` an officer, a worker or a table; `id` that of the event, which marks it as seen."""

    id: str
    service: Service
    what: str
    at: datetime
    report_id: str | None = None
    case_id: str | None = None
    unit: UnitId | None = None
    by: str | None = None
    reason: str | None = None
    rule: Rule | None = None


def step_of(event: Event, id: str) -> Step | None:
    """The step that an event tells; None for one that is no step of a case."""
    match event:
        case DecisionMade():
            decided = next((Rule(each.row, each.zh, each.en) for each in event.because if each.decided), None)
            return Step(
                id, "dispatch", f"decided.{event.outcome}", event.decided_at, event.report_id, unit=event.unit,
                by=event.decided_by, rule=decided,
            )  # fmt: skip
        case DeliverySent():
            return _delivery(event, id, f"sent.{event.template}", event.sent_at)
        case DeliveryFailed():
            return _delivery(event, id, f"failed.{event.reason}", event.failed_at)
        case DeliveryAcknowledged():
            return _delivery(event, id, "acknowledged", event.acknowledged_at, event.acknowledged_by)
        case DeliveryEscalated():
            return _delivery(event, id, f"asked_next.{event.whom if event.found else NOBODY}", event.escalated_at)
        case _:
            return None


def _delivery(
    event: DeliverySent | DeliveryFailed | DeliveryAcknowledged | DeliveryEscalated,
    id: str,
    what: str,
    at: datetime,
    by: str | None = None,
) -> Step:
    return Step(id, "notify", what, at, event.report_id, event.case_id, event.unit, by)
