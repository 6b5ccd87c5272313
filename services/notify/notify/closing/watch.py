"""Counts the sum again and again, so that what is in nobody's hand is loud within a minute."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from kit.repeating import repeating
from kit.telemetry import log

from notify.closing.store import Asks
from notify.domain.closed_sum import HANDS, Sum, sum_of
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
    return sum_of(await asks.of(now - LOOKS_BACK, now - SETTLED, counties), now, nameless)


@dataclass
class SumWatch:
    """Looks at all that is open at every look, and at all that ever asked as often as that takes little."""

    asks: Asks
    nameless: frozenset[str]
    whole: Sum = field(default_factory=lambda: sum_of((), datetime.now(UTC)))
    whole_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    whole_again: float = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="closed_sum", every=LOOK_EVERY):
            yield

    async def look(self) -> None:
        found = await self._whole() if monotonic() >= self.whole_again else await self._since(self.whole_at)
        for hand in HANDS:
            ASKS.labels(hand).set(found.hands[hand])
        for lost in found.lost[:MOST_NAMED]:
            log.error("in_nobodys_hand", delivery_id=lost.ask.id, unit=lost.ask.unit, reason=lost.why)

    async def _whole(self) -> Sum:
        began, self.whole_at = monotonic(), datetime.now(UTC)
        self.whole = await standing(self.asks, self.nameless, EVERYWHERE)
        self.whole_again = began + PAUSE * (monotonic() - began)
        return self.whole

    async def _since(self, whole_at: datetime) -> Sum:
        """The sum with what is open now, and what was noted since the whole was counted and has no message."""
        now = datetime.now(UTC)
        asks = await self.asks.open(now - LOOKS_BACK, now - SETTLED)
        asks += await self.asks.without_message(whole_at - OVERLAP, now - SETTLED, EVERYWHERE)
        part = sum_of(asks, now, self.nameless)
        kept = [each for each in self.whole.lost if each.ask.state in (None, "answered")]
        lost = {each.ask.id: each for each in (*kept, *part.lost)}
        hands = Counter(self.whole.hands)
        hands["open"], hands["lost"] = part.hands["open"], len(lost)
        return Sum(hands.total(), hands, tuple(lost.values()))
