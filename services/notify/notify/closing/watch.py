"""Counts the sum again and again, so that what is in nobody's hand is loud within a minute."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from kit.repeating import repeating
from kit.telemetry import log

from notify.closing.store import Asks, Some
from notify.domain.closed_sum import HANDS, Ask, Sum, sum_of
from notify.metrics import ASKS

LOOK_EVERY = 30.0
LOOKS_BACK = timedelta(days=14)
SETTLED = timedelta(minutes=1)
"""What was noted so shortly ago may not have its message yet."""
MOST_NAMED = 20
PAUSE = 20
"""All is counted anew after so many times as long as it took: with many thousands it would take a core for itself."""
OVERLAP = timedelta(minutes=10)
"""What was noted just before all was counted may have been written since."""
EVERYWHERE = frozenset({"*"})


async def standing(asks: Asks, nameless: frozenset[str], counties: frozenset[str]) -> Sum:
    """The sum of the last 14 days, as it stands now."""
    now = datetime.now(UTC)
    return await _summed(asks.of(now - LOOKS_BACK, now - SETTLED, counties), now, nameless)


async def _summed(coming: Some, now: datetime, nameless: frozenset[str]) -> Sum:
    found = Sum()
    async with aclosing(coming):
        async for some in coming:
            found = found.plus(sum_of(some, now, nameless), MOST_NAMED)
    return found


@dataclass
class SumWatch:
    """Looks at all that is open at every look, and at all that ever asked as often as that takes little.

    `rest` is what no look at what is open sees again: as it was when all was counted, at `whole_at`.
    """

    asks: Asks
    nameless: frozenset[str]
    rest: Sum = field(default_factory=Sum)
    whole_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    whole_again: float = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="closed_sum", every=LOOK_EVERY):
            yield

    async def look(self) -> None:
        found = await self._whole() if monotonic() >= self.whole_again else await self._since()
        for hand in HANDS:
            ASKS.labels(hand).set(found.hands[hand])
        for lost in found.lost[:MOST_NAMED]:
            log.error("in_nobodys_hand", delivery_id=lost.ask.id, unit=lost.ask.unit, reason=lost.why)

    async def _whole(self) -> Sum:
        began, now = monotonic(), datetime.now(UTC)
        rest, seen_again = Sum(), Sum()
        async with aclosing(self.asks.of(now - LOOKS_BACK, now - SETTLED, EVERYWHERE)) as coming:
            async for some in coming:
                rests = [ask for ask in some if _is_rest(ask, now)]
                others = [ask for ask in some if not _is_rest(ask, now)]
                rest = rest.plus(sum_of(rests, now, self.nameless), MOST_NAMED)
                seen_again = seen_again.plus(sum_of(others, now, self.nameless), MOST_NAMED)
        self.rest, self.whole_at = rest, now
        self.whole_again = began + PAUSE * (monotonic() - began)
        return rest.plus(seen_again, MOST_NAMED)

    async def _since(self) -> Sum:
        """The sum with what is open now, and what was noted since the whole was counted and has no message."""
        now = datetime.now(UTC)
        is_open = await _summed(self.asks.open(now - LOOKS_BACK, now - SETTLED), now, self.nameless)
        noted = self.asks.without_message(self.whole_at - OVERLAP, now - SETTLED, EVERYWHERE)
        silent = await _summed(noted, now, self.nameless)
        return self.rest.plus(is_open, MOST_NAMED).plus(silent, MOST_NAMED)


def _is_rest(ask: Ask, whole_at: datetime) -> bool:
    """Whether only a count of the whole sees it: not what is open, and not what was noted a moment before."""
    return ask.asked_at < whole_at - OVERLAP if ask.state is None else ask.state not in ("open", "standing")
