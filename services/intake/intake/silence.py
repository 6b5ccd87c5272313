"""Watching for senders that fell silent: a broken interface says nothing, and that is what gives it away."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from contracts.event import Model
from kit.mongo import DatabaseError
from kit.telemetry import log
from prometheus_client import Gauge
from pydantic import Field

from intake.domain.rhythm import WEEKS, Hour, Silence, expected, hour_of, rates
from intake.store import Reports

SILENT = Gauge("safetynet_intake_silent_senders", "Senders silent longer than their own rhythm.")
LEARN_EVERY = timedelta(hours=6)


class SilentSender(Model):
    """A sender that should have sent by now."""

    agency_id: str
    last_at: datetime
    expected: float = Field(description="How many reports its rhythm would have brought since.")


class SilentSenders(Model):
    agencies: tuple[SilentSender, ...]


class Listening:
    """Knows each sender's rhythm, learned anew every few hours from eight weeks, and when it was last heard."""

    def __init__(self, reports: Reports, *, every: float) -> None:
        self._reports = reports
        self._every = every
        self._rates: dict[str, dict[Hour, float]] = {}
        self._learned: datetime | None = None
        self.silent: list[Silence] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loop = asyncio.create_task(self._repeat())
        try:
            yield
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)

    async def listen(self, now: datetime) -> list[Silence]:
        """The senders that are silent too long at `now`, the longest first; told to metrics and the log."""
        if self._learned is None or now - self._learned > LEARN_EVERY:
            await self._learn(now)
        since = now - timedelta(weeks=WEEKS)
        lasts = await self._reports.last_heard(list(self._rates), since)
        found = [Silence(agency, at, expected(self._rates[agency], at, now)) for agency, at in lasts.items()]
        before = {each.agency_id for each in self.silent}
        self.silent = sorted((each for each in found if each.alarming), key=lambda each: -each.expected)
        SILENT.set(len(self.silent))
        for each in self.silent:
            if each.agency_id not in before:
                log.warning("sender_silent", agency_id=each.agency_id)
        return self.silent

    async def _learn(self, now: datetime) -> None:
        counts: dict[str, dict[Hour, int]] = defaultdict(lambda: defaultdict(int))
        firsts: dict[str, datetime] = {}
        async for agency, hour, count in self._reports.hours(now - timedelta(weeks=WEEKS)):
            counts[agency][hour_of(hour)] += count
            firsts[agency] = min(hour, firsts.get(agency, hour))
        self._rates = {
            agency: rates(hours, (now - firsts[agency]) / timedelta(weeks=1)) for agency, hours in counts.items()
        }
        self._learned = now

    async def _repeat(self) -> None:
        while True:
            try:
                await self.listen(datetime.now(UTC))
            except (DatabaseError, OSError, TimeoutError) as error:
                log.warning("listening_waits", error=error)
            await asyncio.sleep(self._every)


def shown(silent: list[Silence]) -> SilentSenders:
    """The silent senders as an administrator or officer sees them."""
    return SilentSenders(
        agencies=tuple(
            SilentSender(agency_id=each.agency_id, last_at=each.last_at, expected=round(each.expected, 1))
            for each in silent
        )
    )
