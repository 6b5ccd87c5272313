"""What the analysis pages ask of a county's reports, and the tables that come of it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kit.mongo import Document
from rules.rises import WEEK, Finding, Series, by_chance, findings, monday, reference_weeks

from dispatch.figures import published, queries, sheets
from dispatch.figures.published import CASE_TYPES, Rows
from dispatch.figures.sheet import Sheet, Told
from dispatch.window.store import Reports

Days = tuple[str, str, str]
"""A county, its first and its last day."""


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

    def __init__(self, reports: Reports, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self.now = now

    async def outcomes(self, days: Days, told: Told, rows: Rows = CASE_TYPES) -> Sheet:
        counted, people = await asyncio.gather(
            self._reports.figures(published.outcomes(*days, rows)), self._reports.figures(published.persons(*days))
        )
        table, total = published.outcome_table(counted, people, rows)
        return await asyncio.to_thread(sheets.outcomes, table, total, told)

    async def sources(self, days: Days, told: Told) -> Sheet:
        found = await self._reports.figures(published.sources(*days))
        return await asyncio.to_thread(sheets.sources, found, told)

    async def trend(self, days: Days, by: sheets.By, told: Told) -> Sheet:
        county, first, last = days
        found = await self._reports.figures(queries.days(county, first, last))
        span = (date.fromisoformat(first), date.fromisoformat(last))
        return await asyncio.to_thread(sheets.trend, found, *span, by, told)

    async def months(self, county: str, months: Sequence[str], told: Told) -> Sheet:
        found = await self._reports.figures(queries.months(county, f"{months[0]}-01", f"{months[-1]}-31"))
        return await asyncio.to_thread(sheets.months, found, months, told)

    async def townships(self, days: Days, told: Told) -> Sheet:
        found = await self._reports.figures(queries.places(*days))
        return await asyncio.to_thread(sheets.places, "townships", found, told)

    async def villages(self, days: Days, township: str, told: Told) -> Sheet:
        found = await self._reports.figures(queries.villages(*days, township))
        return await asyncio.to_thread(sheets.places, "villages", found, told)

    async def clocks(self, days: Days, told: Told) -> Sheet:
        found = await self._reports.figures(queries.clocks(*days, self.now()))
        return sheets.clocks(found, told)

    async def transfers(self, days: Days, told: Told) -> Sheet:
        return sheets.transfers(await self._reports.figures(queries.transfers(*days)), told)

    async def duplicates(self, days: Days, told: Told) -> Sheet:
        return sheets.duplicates(await self._reports.figures(queries.duplicates(*days)), told)

    async def warnings(self, county: str, name: str, mondays: Sequence[date], told: Told) -> Warnings:
        """The early warning of some weeks; `name` is the county's in words."""
        known = await self._reports.figures(queries.first_day(county))
        if not known or not mondays:
            return Warnings(sheets.rises((), name, told), (), 0)
        first = monday(date.fromisoformat(known[0]["day"]) + timedelta(days=6))
        wanted = {each for week in mondays for each in (week, *reference_weeks(week, first))}
        series = _series(await self._reports.figures(queries.weeks(county, sorted(wanted))))
        found = await asyncio.to_thread(_found, series, mondays, first)
        return Warnings(sheets.rises(found, name, told), found, len(series))


def _found(series: Sequence[Series], mondays: Sequence[date], first: date) -> tuple[Finding, ...]:
    found = [each for week in mondays for each in findings(series, week, first)]
    return tuple(sorted(found, key=lambda each: each.chance))


def _series(rows: Sequence[Document]) -> list[Series]:
    """A series for each case type of the county and of each township that was ever named."""
    weeks: dict[tuple[str | None, str], Counter[date]] = {}
    for row in rows:
        by, week = row["_id"], monday(date.fromisoformat(row["_id"]["day"]))
        for area in {None, by.get("area")}:
            weeks.setdefault((area, by["case_type"]), Counter())[week] += row["reports"]
    return [Series(area, case_type, counts) for (area, case_type), counts in weeks.items()]


def whole_weeks(first: date, last: date) -> list[date]:
    """The Mondays of the weeks that end in a time, its last day included."""
    every = (monday(first) + WEEK * number for number in range((last - first).days // 7 + 2))
    return [week for week in every if first <= week + timedelta(days=6) <= last]
