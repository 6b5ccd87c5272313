"""Hot spots of a county: its entries by week and area, compared with their own past."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from rules.rises import WEEK, Counted, Finding, by_chance, findings_of, first_week, looked_at, series_of
from rules.spans import TAIPEI

from network.early_warnings.domain.spots import counted, placed
from network.early_warnings.rules import rules
from network.known.entry import Known
from network.known.store import Whereabouts


@dataclass(frozen=True)
class Looked:
    """What some weeks show, and how many series were looked at; none while too little is known."""

    found: tuple[Finding, ...] = ()
    series: int = 0

    @property
    def by_chance(self) -> float:
        """How many watches chance alone explains, at most."""
        return by_chance(self.series)


async def look(known: Whereabouts, county: str, mondays: Sequence[date]) -> Looked:
    """What the weeks that begin on these Mondays show in a county."""
    began = await known.began(county)
    if began is None or not mondays:
        return Looked()
    first, counting = first_week(began.astimezone(TAIPEI).date()), rules().counting
    kinds, times = {each.kind for each in counting.values()}, list(_joined(looked_at(mondays, first)))
    found: Counter[Counted] = Counter()
    async for entries in known.since(county, times, kinds, to_count=True):
        found.update(counted(await _placed(known, county, entries), counting))
    return await asyncio.to_thread(_compared, found, mondays, first)


def _compared(found: Mapping[Counted, int], mondays: Sequence[date], first: date) -> Looked:
    series = series_of(replace(each, count=number) for each, number in found.items())
    return Looked(findings_of(series, mondays, first), len(series))


async def _placed(known: Whereabouts, county: str, entries: Sequence[Known]) -> list[Known]:
    nowhere = [each for each in entries if not each.township]
    ids = {parent for each in nowhere for parent in each.within if parent != each.id}
    keys = {key for each in nowhere for key in each.all_keys}
    return placed(entries, await known.places_of(county, ids, keys))


def _joined(mondays: Sequence[date]) -> Iterator[tuple[datetime, datetime]]:
    """Weeks that follow each other as one time, in Taiwan."""
    for n, week in enumerate(mondays):
        if n == 0 or mondays[n - 1] + WEEK != week:
            first = week
        if n + 1 == len(mondays) or week + WEEK != mondays[n + 1]:
            yield _midnight(first), _midnight(week + WEEK)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI)
