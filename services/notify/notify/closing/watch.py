"""Counts the sum again and again, so that what is in nobody's hand is loud within a minute."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


async def standing(asks: Asks, nameless: frozenset[str], counties: frozenset[str]) -> Sum:
    """The sum of the last 14 days, as it stands now."""
    now = datetime.now(UTC)
    return sum_of(await asks.of(now - LOOKS_BACK, now - SETTLED, counties), now, nameless)


@dataclass(frozen=True)
class SumWatch:
    asks: Asks
    nameless: frozenset[str]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="closed_sum", every=LOOK_EVERY):
            yield

    async def look(self) -> None:
        found = await standing(self.asks, self.nameless, frozenset({"*"}))
        for hand in HANDS:
            ASKS.labels(hand).set(found.hands[hand])
        for lost in found.lost[:MOST_NAMED]:
            log.error("in_nobodys_hand", delivery_id=lost.ask.id, unit=lost.ask.unit, reason=lost.why)
