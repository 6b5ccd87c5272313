"""Watching for senders that fell silent: a broken interface reports nothing, and that gives it away."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from contracts.event import Model
from contracts.reports import SilentSender, SourceUnit
from kit.repeating import repeating
from kit.telemetry import log
from prometheus_client import Gauge

from intake.domain.rhythm import WEEKS, CountySenders, Hour, Silence, by_county, expected, hour_of, rates
from intake.store import Reports

SILENT = Gauge("safetynet_intake_silent_senders", "Senders silent longer than their own rhythm.")
LEARN_EVERY = timedelta(hours=6)

Suspended = Callable[[], Awaitable[set[str]]]
"""Agencies that may not post now: their silence is not an alarm."""
Tell = Callable[[Mapping[str, CountySenders], datetime], Awaitable[None]]
"""Tells each county which of its senders are silent."""


class SilentSenders(Model):
    """Senders that should have sent by now, the longest silent first."""

    agencies: tuple[SilentSender, ...]


class Listening:
    """Knows each sender's rhythm, learned anew every few hours from eight weeks, and when it was last heard."""

    def __init__(self, reports: Reports, suspended: Suspended, tell: Tell, *, every: float) -> None:
        self._reports = reports
        self._suspended = suspended
        self._tell = tell
        self._every = every
        self._rates: dict[str, dict[Hour, float]] = {}
        self._units: dict[str, SourceUnit] = {}
        self._senders: dict[str, set[str]] = {}
        self._learned: datetime | None = None
        self.silent: list[Silence] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self._listen_and_tell, name="listening", every=self._every):
            yield

    async def listen(self, now: datetime) -> list[Silence]:
        """The senders that are silent too long at `now`, the longest first; told to metrics and the log."""
        # A new platform knows no sender yet: it looks again until there is one.
        if not self._senders or self._learned is None or now - self._learned > LEARN_EVERY:
            await self._learn(now)
        since, suspended = now - timedelta(weeks=WEEKS), await self._suspended()
        lasts = await self._reports.last_heard([each for each in self._rates if each not in suspended], since)
        found = [
            Silence(agency, self._units[agency], at, expected(self._rates[agency], at, now))
            for agency, at in lasts.items()
        ]
        before = {each.agency_id for each in self.silent}
        self.silent = sorted((each for each in found if each.alarming), key=lambda each: -each.expected)
        SILENT.set(len(self.silent))
        for each in self.silent:
            if each.agency_id not in before:
                log.warning("sender_silent", agency_id=each.agency_id)
        return self.silent

    async def tell(self, now: datetime) -> None:
        """Publish who is silent in each county. Raises when that fails."""
        await self._tell(by_county(self._senders, self.silent), now)

    async def _learn(self, now: datetime) -> None:
        counts: dict[str, dict[Hour, int]] = defaultdict(lambda: defaultdict(int))
        firsts: dict[str, datetime] = {}
        senders: dict[str, set[str]] = {county: set() for county in self._senders}
        async for sender, hour, count in self._reports.hours(now - timedelta(weeks=WEEKS)):
            agency = sender["agency"]
            counts[agency][hour_of(hour)] += count
            firsts[agency] = min(hour, firsts.get(agency, hour))
            senders.setdefault(sender["county"], set()).add(agency)
            self._units[agency] = SourceUnit(sender["unit"])
        self._rates = {
            agency: rates(hours, (now - firsts[agency]) / timedelta(weeks=1)) for agency, hours in counts.items()
        }
        self._senders, self._learned = senders, now

    async def _listen_and_tell(self) -> None:
        now = datetime.now(UTC)
        await self.listen(now)
        await self.tell(now)


def shown(silent: list[Silence]) -> SilentSenders:
    """The silent senders as an administrator or officer sees them."""
    return SilentSenders(agencies=tuple(each.told() for each in silent))
