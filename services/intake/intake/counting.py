"""Publishes every few seconds how many reports there are, by which dispatch proves that it received them all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from contracts.event import Envelope
from contracts.reports import ReportId, ReportsCounted
from contracts.topics import COUNTS
from kit.outbox import Outgoing, Publish
from kit.repeating import repeating
from rules.taiwan import taipei_day

from intake.arrivals import SOURCE
from intake.store import CountyDay, Reports

Late = dict[CountyDay, tuple[ReportId, ...]]


class Counts:
    """Publishes the count of a county and day when it changed: a snapshot, which the next one replaces."""

    def __init__(self, reports: Reports, publish: Publish, *, every: float, late_after: float) -> None:
        self._reports = reports
        self._publish = publish
        self._every = every
        self._late_after = timedelta(seconds=late_after)
        self._touched: set[CountyDay] = set()
        self._late: Late = {}
        self._is_caught_up = False

    def touch(self, key: CountyDay) -> None:
        """The count of this county and day may have changed."""
        self._touched.add(key)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count in the background, beginning with what changed while nobody counted."""
        async with repeating(self._count_again, name="counting", every=self._every):
            yield

    async def _count_again(self) -> None:
        now = datetime.now(UTC)
        if not self._is_caught_up:
            self._touched |= await self._reports.counties_on(_days(now))
            self._is_caught_up = True
        await self.publish_changed(now)

    async def publish_changed(self, now: datetime) -> None:
        """Publish the counts of today and yesterday that changed. What cannot be published now is tried again."""
        days = _days(now)
        late = await self._reports.unanswered(days, now - self._late_after)
        self._touched |= {key for key in late.keys() | self._late.keys() if late.get(key) != self._late.get(key)}
        self._touched = {key for key in self._touched if key[1] in days}
        self._late = late
        for key in sorted(self._touched):
            await self._count(key, late.get(key, ()), now)

    async def _count(self, key: CountyDay, late: tuple[ReportId, ...], now: datetime) -> None:
        # Taken out before it is counted, so that a report that arrives meanwhile puts it back.
        self._touched.discard(key)
        try:
            received = await self._reports.received(key)
            event = ReportsCounted(county=key[0], day=key[1], received=received, unanswered=late, counted_at=now)
            await self._publish(Outgoing.of(COUNTS, Envelope.of(event, id=uuid4(), source=SOURCE, time=now, trace={})))
        except BaseException:
            self._touched.add(key)
            raise


def _days(now: datetime) -> tuple[str, str]:
    """Yesterday and today in Taiwan."""
    today = taipei_day(now)
    return (today - timedelta(days=1)).isoformat(), today.isoformat()
