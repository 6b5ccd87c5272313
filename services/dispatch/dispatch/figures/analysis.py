"""The tables of the analysis pages: a county's counts, small ones hidden from whoever may not read its reports."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request
from rules.rises import Counted, Finding, by_chance, findings_of, first_week, looked_at, series_of
from rules.spans import TAIPEI
from web.files import must_be_fixed
from web.sheet import Sheet

from dispatch.domain.period import Period
from dispatch.figures import crosstab, published, sheets
from dispatch.figures.choice import Month
from dispatch.figures.crosstab import Axes, CrossTabulation
from dispatch.figures.published import CASE_TYPES, PublishedRows
from dispatch.figures.senders import Senders, senders_of
from dispatch.figures.sheet import Audience
from dispatch.figures.store import Figures
from dispatch.window.store import Reports


@dataclass(frozen=True, slots=True)
class Warnings:
    """What the weeks that were looked at show, how many series there were, how many watches chance alone explains."""

    sheet: Sheet
    found: tuple[Finding, ...]
    series: int

    @property
    def by_chance(self) -> float:
        return by_chance(self.series)


class Analysis:
    """Counts a county's reports; every answer is tables, nobody's report."""

    def __init__(self, figures: Figures, reports: Reports, now: Callable[[], datetime]) -> None:
        self.figures = figures
        self.reports = reports
        self.now = now

    @property
    def today(self) -> date:
        """The day that it is in Taipei."""
        return self.now().astimezone(TAIPEI).date()

    async def outcomes(self, period: Period, audience: Audience, rows: PublishedRows = CASE_TYPES) -> Sheet:
        counted, people = await asyncio.gather(self.figures.outcomes(period, rows), self.figures.persons(period))
        table, total = published.outcome_table(counted, people, rows)
        return await asyncio.to_thread(sheets.outcomes, table, total, audience)

    async def sources(self, period: Period, audience: Audience) -> Sheet:
        return await asyncio.to_thread(sheets.sources, await self.figures.sources(period), audience)

    async def trend(self, period: Period, by: sheets.By, audience: Audience) -> Sheet:
        rows = await self.figures.days(period)
        return await asyncio.to_thread(sheets.trend, rows, period.first, period.last, by, audience)

    async def months(self, county: str, months: Sequence[Month], audience: Audience) -> Sheet:
        rows = await self.figures.months(Period(county, months[0].first, months[-1].last))
        return await asyncio.to_thread(sheets.months, rows, [str(month) for month in months], audience)

    async def townships(self, period: Period, audience: Audience) -> Sheet:
        return await asyncio.to_thread(sheets.places, "townships", await self.figures.townships(period), audience)

    async def villages(self, period: Period, township: str, audience: Audience) -> Sheet:
        rows = await self.figures.villages(period, township)
        return await asyncio.to_thread(sheets.places, "villages", rows, audience)

    async def clocks(self, period: Period, audience: Audience) -> Sheet:
        return sheets.clocks(await self.figures.clocks(period, self.now()), audience)

    async def transfers(self, period: Period, audience: Audience) -> Sheet:
        return sheets.transfers(await self.figures.transfers(period), audience)

    async def duplicates(self, period: Period, audience: Audience) -> Sheet:
        return sheets.duplicates(await self.figures.duplicates(period), audience)

    async def senders(self, period: Period) -> Senders:
        return await senders_of(self.reports, self.figures, period)

    async def crossed(self, period: Period, axes: Axes, *, protect: bool) -> CrossTabulation:
        """In full, or as whoever may not read reports is told it. Raises Unprocessable: too large, or other days."""
        if protect:
            must_be_fixed(period.first, period.last, self.today)
        rows = await self.figures.crossed(period, axes.named)
        return await asyncio.to_thread(crosstab.tabulated, period, axes, rows, protect=protect)

    async def warnings(self, county: str, name: str, mondays: Sequence[date], audience: Audience) -> Warnings:
        """The early warning of some weeks; `name` is the county's in words."""
        began = await self.figures.first_day(county)
        if not began or not mondays:
            return Warnings(sheets.rises((), name, audience), (), 0)
        first = first_week(began)
        series = series_of(_counted(await self.figures.weeks(county, looked_at(mondays, first))))
        found = await asyncio.to_thread(findings_of, series, mondays, first)
        return Warnings(sheets.rises(found, name, audience), found, len(series))


def analysis_of(request: Request) -> Analysis:
    """The analysis that the composition root made."""
    made: Analysis = request.app.state.analysis
    return made


def _counted(rows: Iterable[Mapping[str, Any]]) -> Iterator[Counted]:
    """Of the county, and of each township that was ever named."""
    for row in rows:
        by = row["_id"]
        yield Counted({None, by.get("area")}, by["case_type"], date.fromisoformat(by["day"]), row["reports"])
