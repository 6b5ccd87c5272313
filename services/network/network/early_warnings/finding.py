"""Looks for what warns: hot spots of the weeks that ended, and families that rise; each is found once."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from contracts.event import derived_id
from kit.mongo import Session
from kit.sealed import KeyVault
from rules.calendars import NATIONAL
from rules.counties import units_of
from rules.rises import Finding, whole_weeks
from rules.spans import TAIPEI

from network.clock import now
from network.early_warnings.domain.families import COUNTED, Bounds, Families, Gathered, Rising
from network.early_warnings.domain.spots import Area, to_warn_of
from network.early_warnings.domain.warning import EarlyWarning, Family, Reason, Spot, grown
from network.early_warnings.looking import look
from network.early_warnings.rules import rules
from network.early_warnings.store import EarlyWarnings, Made
from network.known.entry import Kind, Known
from network.known.store import Whereabouts, still_known

EVERY = 3600.0
MOST = 200
_OWNERS: tuple[Kind, ...] = ("enrolment", "household")
"""Whose a family is that has no open case, the first first."""


@dataclass(frozen=True)
class Lead:
    """Who answers for a family's open case."""

    case_id: str
    unit: str
    person: str | None


class Leads(Protocol):
    async def lead(self, case_ids: Collection[str], session: Session) -> Lead | None:
        """Of the first of these cases that is open; whoever gives it to others meanwhile starts again."""


class Finder:
    """Runs in the background of every replica: what two of them find at once is one warning."""

    def __init__(
        self, known: Whereabouts, warnings: EarlyWarnings, vault: KeyVault, leads: Leads,
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self._known = known
        self._warnings = warnings
        self._vault = vault
        self._leads = leads
        self._clock = clock

    async def find(self) -> None:
        at = self._clock()
        for county in await self._known.counties():
            await self._spots(county, at)
            await self._families(county, at)

    async def _spots(self, county: str, at: datetime) -> None:
        yesterday = at.astimezone(TAIPEI).date() - timedelta(days=1)
        looked = await look(self._known, county, last_weeks(yesterday))
        for each in to_warn_of(looked.found):
            warning = _hot_spot(county, each, at)

            async def make(_: Session, warning: EarlyWarning = warning) -> Made:
                return warning, None

            await self._warnings.add(warning.claims, make)

    async def _families(self, county: str, at: datetime) -> None:
        bounds = rules().family_of(county)
        families = Families(at, bounds)
        async for lately in self._known.since(county, [(at - bounds.within, at)], COUNTED):
            known = await still_known(lately, self._vault)
            for before, still in zip(lately, known, strict=True):
                if still.people or not before.people:
                    families.take(still)
        for each in await asyncio.to_thread(families.risen):
            claimed = await self._warnings.claimed(each.ids)
            told = {id for id, warning in claimed.items() if warning.answer}
            if news := each.untold(told, bounds):
                await self._risen(county, each, news, claimed, bounds, at)

    async def _risen(  # noqa: PLR0917  a family, and what is known of it
        self, county: str, found: Gathered, news: Collection[str], claimed: Mapping[str, EarlyWarning], bounds: Bounds,
        at: datetime,
    ) -> None:  # fmt: skip
        family = Rising.of(await still_known(await self._known.named(found.ids), self._vault), news)
        open_ = [claimed[each.id] for each in family.news if each.id in claimed]
        fresh = [each for each in family.news if each.id not in claimed]
        if open_ and fresh:
            await self._grow(open_[0], fresh, at)
        elif fresh:
            await self._warn(county, family, bounds, at)

    async def _grow(self, warning: EarlyWarning, fresh: Sequence[Known], at: datetime) -> None:
        """Who has it unanswered reads what came since; who has answered it just now is warned next time, if at all."""
        more = tuple(map(_reason, fresh))
        await self._warnings.change(warning.id, lambda it: it if it.answer else grown(it, more), at)

    async def _warn(self, county: str, family: Rising, bounds: Bounds, at: datetime) -> None:
        entries = await self._known.of_keys(family.keys, MOST)
        there = [each for each in await still_known(entries, self._vault) if each.county == county]
        named = {id.removeprefix("case:") for id in family.cases}
        cases = sorted({*named, *(each.source for each in there if each.kind == "case" and each.until is None)})
        reasons = tuple(map(_reason, family.news))
        before = sum(each.since <= at - bounds.within and bool(each.named(family.keys)) for each in there)
        id = str(derived_id("network", ",".join(each.id for each in reasons), "family_rises"))

        async def make(session: Session) -> Made:
            lead = await self._leads.lead(cases, session)
            why = Family(reasons, before, bounds.within.days, (bounds.entries, bounds.systems),
                         lead.case_id if lead else None)  # fmt: skip
            unit = lead.unit if lead else _owner(county, (*family.news, *there))
            warning = EarlyWarning(id, "family_rises", county, unit, at, _due(at), family=why)
            return warning, lead.person if lead else None

        await self._warnings.add([each.id for each in reasons], make)


def last_weeks(until: date) -> list[date]:
    """The Mondays of the last two whole weeks: what was entered late is seen once more."""
    return whole_weeks(until - timedelta(days=13), until)[-2:]


def _hot_spot(county: str, found: Finding, at: datetime) -> EarlyWarning:
    area = Area.read(found.area)
    spot = Spot(
        found.case_type, area.township, area.village, found.week, found.observed, found.expected, found.bound,
        found.chance, found.compared_with,
    )  # fmt: skip
    id = str(derived_id("network", f"{county}:{found.case_type}:{found.area or ''}:{found.week}", "hot_spot"))
    return EarlyWarning(
        id, "hot_spot", county, rules().unit_of(found.case_type, county, area), at, _due(at), spot=spot
    )  # fmt: skip


def _owner(county: str, entries: Sequence[Known]) -> str:
    """The unit of the county that serves them now; the window where nobody does."""
    ours = set(units_of(county))
    serving = [each for each in entries if each.kind in _OWNERS and each.until is None and each.unit in ours]
    serving.sort(key=lambda each: (_OWNERS.index(each.kind), each.since, each.id))
    return serving[0].unit if serving else f"{county}/window"


def _reason(entry: Known) -> Reason:
    case = next((id.removeprefix("case:") for id in entry.within if id.startswith("case:")), None)
    return Reason(entry.kind, entry.source, entry.since, entry.unit, entry.units, case)


def _due(at: datetime) -> datetime:
    return NATIONAL.due(rules().answer_within, at)
