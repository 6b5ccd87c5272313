"""What notify does when a case or a decision requires someone to act."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from contracts.event import Event
from kit.inbox import Received

from notify import events
from notify.domain.answers import endings_of, work_of
from notify.domain.attempts import Reason
from notify.domain.notices import turn_of
from notify.domain.referring import over_of
from notify.escalation.store import Runs
from notify.metrics import DELIVERIES
from notify.referred.cards import Cards
from notify.routing.router import Router
from notify.states import FAILED, QUEUED
from notify.store import Deliveries, Delivery, Settlement

SortedIn = Callable[[Sequence[Delivery], datetime], Awaitable[Sequence[Delivery]]]


class Handlers:
    """Turns events into deliveries; `sorted_in` says which of them wait, `wake` tells the pusher to look."""

    def __init__(
        self, deliveries: Deliveries, runs: Runs, cards: Cards, router: Router, *, sorted_in: SortedIn,
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._deliveries = deliveries
        self._cards = cards
        self._runs = runs
        self._router = router
        self._sorted_in = sorted_in
        self._wake = wake

    async def on_events(self, batch: Sequence[Received[Event]]) -> None:
        """Bulk writes for the batch: what asks for someone, what it makes void, what it answers; it may come again."""
        now = datetime.now(UTC)
        new = await self._sorted_in(await self._router.messages(batch, now), now)
        await self._deliveries.note_asks(new)
        fresh = await self._deliveries.add([(delivery, failure_of(delivery, now)) for delivery in new])
        # Afterwards, since the batch may hold the card and what makes it void, or answers it.
        await self._deliveries.void([turn for each in batch if (turn := turn_of(each.event))], now)
        await self._runs.end([ending for received in batch for ending in endings_of(received.event)])
        await self._runs.worked([work for received in batch if (work := work_of(received.event))])
        fresh += await self._cards.end([over for each in batch if (over := over_of(each.event))], now)
        for delivery in fresh:
            DELIVERIES.labels(*((QUEUED, "") if delivery.group_id else (FAILED, "unknown_group"))).inc()
        if fresh:
            self._wake()


def failure_of(delivery: Delivery, now: datetime) -> Settlement | None:
    """A unit without a group cannot be reached: it fails at once, so that a person notices."""
    if delivery.group_id:
        return None
    return failure(delivery, "unknown_group", now)


def failure(delivery: Delivery, reason: Reason, now: datetime) -> Settlement:
    """The failure of a delivery that LINE will never accept: who is asked next is asked now."""
    event = events.failed(delivery.id, delivery.notice, reason, now, delivery.trace)
    fields: dict[str, object] = {"state": FAILED, "reason": reason, "failed_at": now}
    if delivery.run and delivery.run.state == "open":
        fields["run.next_at"] = now
    return Settlement(delivery.id, now, f"failed {reason}", fields, event)
