"""Runs the nights to come dry with the code that rings: at each change, and again and again in between."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kit.repeating import repeating
from kit.telemetry import log

from notify.domain.escalation import Way
from notify.domain.holes import AHEAD, holes, is_whole, made
from notify.domain.notices import OTHER_COUNTIES, Notice, is_partner
from notify.domain.policies import Policies
from notify.domain.rota import Rota, final
from notify.escalation.reach import Reach
from notify.groups.purposes import Purpose
from notify.groups.store import Groups
from notify.metrics import HOLES
from notify.rota.alarms import Alarms
from notify.rota.store import Looked, Rotas

LOOK_EVERY = 900.0
HOSPITALS = Purpose.HOSPITAL_EMERGENCIES.value


@dataclass(frozen=True)
class DryRun:
    """Looks at every unit that has a group: whoever gets messages must have somebody who answers."""

    rotas: Rotas
    reach: Reach
    groups: Groups
    policies: Policies
    settled: Mapping[str, str]
    alarms: Alarms
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Somebody can be reached, or not any more: look now."""
        self.woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look_at_all, name="rota_dry_run", every=LOOK_EVERY, woken=self.woken):
            yield

    async def look_at_all(self) -> None:
        units = await self._units()
        for unit in units:
            await self.look(unit)
        await self.rotas.forget_but(units)
        await self.tell()

    async def look(self, unit: str) -> Looked:
        """The holes of a unit's rota in the days ahead, kept for whoever asks."""
        now = datetime.now(UTC)
        before = await self.rotas.looked(unit)
        kept = await self.reach.rota(Notice(unit, "", unit.partition("/")[0]), "on_call")
        rota = kept.rota if kept else None
        ways = await self._ways(unit, rota, now)
        policy = self.policies.of("window" if unit.endswith("/window") else "unit_work", 1)
        found = holes(policy, rota, ways, now, now + AHEAD)
        looked = Looked(unit, unit.partition("/")[0], now, is_whole(found, now, now + AHEAD), found)
        if before and (new := made(found, before.holes, before.looked_at + AHEAD)):
            await self.alarms.made(looked, new)
        await self.rotas.keep_holes(looked)
        if found:
            log.warning("rota_hole", unit=unit, county=looked.county, state="whole" if looked.whole else "part")
        return looked

    async def tell(self) -> None:
        """Set the gauges from what is kept, whichever replica has looked."""
        kept = await self.rotas.holes(frozenset({"*"}))
        HOLES.labels("whole").set(sum(each.whole for each in kept))
        HOLES.labels("part").set(sum(bool(each.holes) and not each.whole for each in kept))

    async def _ways(self, unit: str, rota: Rota | None, now: datetime) -> Mapping[str, frozenset[Way]]:
        people = {duty.person for duty in final(rota, now, now + AHEAD) if duty.person} if rota else set()
        group = (await self.reach.groups_of({unit})).get(unit) or await self._of_hospitals(unit)
        return {person: await self.reach.ways(person, group) for person in people}

    async def _units(self) -> Collection[str]:
        """Those with a group, and where a county has groups for hospital emergencies whoever is called for them."""
        units = {*self.settled, *await self.groups.units()}
        here = {unit for unit in units if not (unit.startswith(f"{OTHER_COUNTIES}/") or is_partner(unit))}
        counties = {unit.partition("/")[0] for unit in here}
        hospitals = await self.groups.of_purpose({HOSPITALS}, counties)
        return here | {f"{each['county']}/{HOSPITALS}" for each in hospitals}

    async def _of_hospitals(self, unit: str) -> str | None:
        """A group of the purpose: whoever is called for hospital emergencies is mentioned there."""
        county, _, name = unit.partition("/")
        found = await self.groups.of_purpose({HOSPITALS}, {county}) if name == HOSPITALS else []
        return str(found[0]["_id"]) if found else None
