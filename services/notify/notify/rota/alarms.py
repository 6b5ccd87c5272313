"""Tells a supervisor of holes in the rota: at a change that makes one, and of all of them once a day."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from contracts.event import derived_id
from kit.repeating import repeating
from kit.telemetry import log
from rules.spans import TAIPEI

from notify.domain.holes import Hole
from notify.domain.notices import URGENT, Notice
from notify.domain.schedule import RotaCheck
from notify.escalation.reach import Reach
from notify.people.telling import Telling
from notify.rota.store import Looked, Rotas
from notify.rounds import Rounds

LOOK_EVERY = 20.0
ROUND = "rota_holes"


@dataclass(frozen=True)
class Alarms:
    rotas: Rotas
    reach: Reach
    telling: Telling
    rounds: Rounds
    check: RotaCheck

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="rota_alarms", every=LOOK_EVERY):
            yield

    async def look(self) -> None:
        """Once a day: each supervisor hears of their units with holes in one message, about the gravest of them."""
        now = datetime.now(UTC)
        due = self.check.last(now)
        if not await self.rounds.is_due(ROUND, due):
            return
        looked = [each for each in await self.rotas.holes(frozenset({"*"})) if each.holes]
        told: set[tuple[str, str | None]] = set()
        for each in sorted(looked, key=lambda each: (not each.whole, each.holes[0].start, each.unit)):
            person = await self._supervisor(each, now)
            if (each.county, person) not in told:
                told.add((each.county, person))
                await self._tell(each, person, due.date(), f"{ROUND}:{due.date()}", "the rota of the next 14 days")
        await self.rounds.done(ROUND, due)

    async def made(self, looked: Looked, new: Sequence[Hole]) -> None:
        """A change has made these holes; each is told once a day, and one of everything before all others."""
        now = datetime.now(UTC)
        today = now.astimezone(TAIPEI).date()
        key = "whole" if looked.whole else ",".join(each.end.isoformat() for each in new)
        person = await self._supervisor(looked, now)
        await self._tell(looked, person, today, f"made:{key}", "a change made a hole in the rota")

    async def _supervisor(self, looked: Looked, now: datetime) -> str | None:
        return await self.reach.person(_notice(looked, now.date()), "supervisor", now)

    async def _tell(self, looked: Looked, person: str | None, day: date, key: str, because: str) -> None:
        notice = _notice(looked, day)
        if person and await self.telling.tell(person, notice, key, because):
            return
        if not await self.telling.tell_window(notice, key, because):
            log.error("rota_hole_untold", unit=looked.unit, county=looked.county)


def _notice(looked: Looked, day: date) -> Notice:
    about = str(derived_id("notify", looked.unit, f"rota:{day}"))
    template = "rota_bare" if looked.whole else "rota_hole"
    return Notice(looked.unit, template, looked.county, priority=URGENT if looked.whole else None, about=about)
