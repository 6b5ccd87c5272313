"""What notify does when a case or a decision requires someone to act."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from contracts.event import Event, derived_id
from kit.inbox import Received

from notify import events
from notify.domain.attempts import Reason
from notify.domain.notices import Notice, notices_of
from notify.metrics import DELIVERIES
from notify.store import FAILED, QUEUED, Deliveries, Delivery, Settlement


class Handlers:
    """Turns events into deliveries. `groups` maps a unit to its LINE group; `wake` tells the pusher to look."""

    def __init__(self, deliveries: Deliveries, groups: Mapping[str, str], wake: Callable[[], None]) -> None:
        self._deliveries = deliveries
        self._groups = groups
        self._wake = wake

    async def on_events(self, batch: Sequence[Received[Event]]) -> None:
        """One bulk write for the batch; a batch that comes again adds nothing."""
        now = datetime.now(UTC)
        new = [self._delivery(received, notice, now) for received in batch for notice in notices_of(received.event)]
        fresh = await self._deliveries.add([(delivery, failure_of(delivery, now)) for delivery in new])
        for delivery in fresh:
            DELIVERIES.labels(*((QUEUED, "") if delivery.group_id else (FAILED, "unknown_group"))).inc()
        if fresh:
            self._wake()

    def _delivery(self, received: Received[Event], notice: Notice, now: datetime) -> Delivery:
        id = str(derived_id("notify", received.id, f"{notice.unit}:{notice.template}"))
        trace = {name: value for name, value in received.trace.items() if name in ("traceparent", "tracestate")}
        return Delivery(id, notice, self._groups.get(notice.unit), now, trace)


def failure_of(delivery: Delivery, now: datetime) -> Settlement | None:
    """A unit without a group cannot be reached: it fails at once, so that a person notices."""
    if delivery.group_id:
        return None
    return failure(delivery, "unknown_group", now)


def failure(delivery: Delivery, reason: Reason, now: datetime) -> Settlement:
    """The failure of a delivery that LINE will never accept."""
    event = events.failed(delivery.id, delivery.notice, reason, now, delivery.trace)
    fields = {"state": FAILED, "reason": reason, "failed_at": now}
    return Settlement(delivery.id, now, f"failed {reason}", fields, event)
