"""Begins each county's communication test once a month, whichever replica comes first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.event import derived_id
from kit.repeating import repeating

from notify.domain.notices import OTHER_COUNTIES
from notify.domain.schedule import MonthlyTest
from notify.exercises.running import Rehearsal, TooSoon
from notify.rounds import Rounds

LOOK_EVERY = 30.0
BY = "schedule"
"""Stands as whoever began it."""


@dataclass(frozen=True)
class TestSchedule:
    rehearsal: Rehearsal
    rounds: Rounds
    monthly: MonthlyTest

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="monthly_test", every=LOOK_EVERY):
            yield

    async def look(self) -> None:
        now = datetime.now(UTC)
        due = self.monthly.last(now)
        for county in await self._counties():
            if await self.rounds.is_due(f"communication_test {county}", due):
                await self._begin(county, due)

    async def _begin(self, county: str, due: datetime) -> None:
        """Within 48 hours of another test, or of the same one as another replica began it, there is no second one."""
        id = str(derived_id("notify", county, f"communication_test:{due.date()}"))
        try:
            await self.rehearsal.begin(county, BY, id)
        except TooSoon:
            if await self.rehearsal.exercises.of(id) is None:
                return
        await self.rounds.done(f"communication_test {county}", due)

    async def _counties(self) -> set[str]:
        units = {*self.rehearsal.writer.settled, *await self.rehearsal.groups.units()}
        return {unit.partition("/")[0] for unit in units} - {OTHER_COUNTIES}
