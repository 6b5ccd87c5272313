"""The events notify publishes, each under an id derived from its delivery."""

from collections.abc import Mapping
from datetime import datetime

from contracts.deliveries import (
    DeliveryAcknowledged,
    DeliveryAnswered,
    DeliveryEscalated,
    DeliveryFailed,
    DeliveryId,
    DeliverySent,
)
from contracts.event import Envelope, Event, derived_id
from contracts.topics import DELIVERIES
from kit.outbox import Outgoing

from notify.domain.attempts import Reason
from notify.domain.escalation import Taken
from notify.domain.notices import Notice
from notify.domain.referring import Pressed


def sent(delivery_id: str, notice: Notice, at: datetime, trace: Mapping[str, str]) -> Outgoing:
    event = DeliverySent(
        delivery_id=DeliveryId(delivery_id),
        report_id=notice.report_id,
        case_id=notice.case_id,
        unit=notice.unit,
        template=notice.template,
        sent_at=at,
    )
    return _outgoing(event, at, trace)


def failed(delivery_id: str, notice: Notice, reason: Reason, at: datetime, trace: Mapping[str, str]) -> Outgoing:
    event = DeliveryFailed(
        delivery_id=DeliveryId(delivery_id),
        report_id=notice.report_id,
        case_id=notice.case_id,
        unit=notice.unit,
        template=notice.template,
        reason=reason,
        failed_at=at,
    )
    return _outgoing(event, at, trace)


def acknowledged(
    delivery_id: str, notice: Notice, by: str, at: datetime, trace: Mapping[str, str], *, bound: bool
) -> Outgoing:
    assert notice.report_id, "only what is about a report has a button to accept"
    event = DeliveryAcknowledged(
        delivery_id=DeliveryId(delivery_id),
        report_id=notice.report_id,
        case_id=notice.case_id,
        unit=notice.unit,
        acknowledged_by=by,
        bound=bound,
        acknowledged_at=at,
    )
    return _outgoing(event, at, trace)


def answered(delivery_id: str, notice: Notice, pressed: Pressed, trace: Mapping[str, str]) -> Outgoing:
    """What a press says to a referral. One that waits is followed by another: each press has an event of its own."""
    assert notice.about, "a card with a referral's answers is about one"
    said = pressed.said
    event = DeliveryAnswered(
        delivery_id=DeliveryId(delivery_id),
        referral_id=notice.about,
        unit=notice.unit,
        answer=said.answer,
        reason=said.reason,
        expected_on=said.expected_on,
        answered_by=pressed.by,
        bound=pressed.bound,
        answered_at=pressed.at,
    )
    return _outgoing(event, pressed.at, trace, f":{pressed.id}")


def escalated(delivery_id: str, notice: Notice, step: int, taken: Taken, trace: Mapping[str, str]) -> Outgoing:
    event = DeliveryEscalated(
        delivery_id=DeliveryId(delivery_id),
        report_id=notice.report_id,
        case_id=notice.case_id,
        unit=notice.unit,
        template=notice.template,
        step=step,
        whom=taken.whom,
        by=taken.by,
        found=bool(taken.by),
        escalated_at=taken.at,
    )
    return _outgoing(event, taken.at, trace, f":{step}")


def _outgoing(event: Event, at: datetime, trace: Mapping[str, str], which: str = "") -> Outgoing:
    id = derived_id("notify", event.subject, event.type + which)
    return Outgoing.of(DELIVERIES, Envelope.of(event, id=id, source="/safetynet/notify", time=at, trace=trace))
