"""The cross-tabulation as a page, and the county's figures as files to save."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from contracts.roles import May
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.problems import Problem, Unprocessable
from rules.spans import TAIPEI
from rules.suppression import SMALLEST

from dispatch.board.reading import Reading
from dispatch.figures import crosstab, exports, files
from dispatch.figures.analysis import Analysis
from dispatch.figures.choice import STEPS
from dispatch.figures.crosstab import Asked, CrossTabulation, Dimension
from dispatch.figures.sheet import Sheet, Told
from dispatch.figures.sheets import By
from dispatch.site.door import Door, Visitor, html, remembering
from dispatch.site.pages import Pages
from dispatch.site.words import LANGUAGES
from dispatch.window.shifts import Shifts
from dispatch.window.store import Reports

PAST = timedelta(days=89)
Day = Annotated[str | None, Query(max_length=10)]
Named = Annotated[str, Query(max_length=20)]
File = Literal["csv", "xlsx"]
Name = Literal["crosstab", "outcomes", "sources", "trend", "townships"]


@dataclass(frozen=True)
class Chosen:
    """What the form asks for; empty for no dimension."""

    first: Day = None
    last: Day = None
    rows: Named = "township"
    columns: Named = "outcome"
    by: Named = ""

    def asked(self, lang: int) -> Asked:
        """Raises Unprocessable for what is no dimension, or one that is chosen twice."""
        chosen = [each for each in (self.rows, self.by, self.columns) if each]
        if not self.rows or not set(chosen) <= set(Dimension):
            raise Unprocessable("Choose what the rows are.", "請選擇列的面向。")
        if len(set(chosen)) < len(chosen):
            raise Unprocessable("Choose different dimensions.", "請選不同的面向。")
        columns, by = (Dimension(each) if each else None for each in (self.columns, self.by))
        return Asked(Dimension(self.rows), columns, by, lang=lang)


@dataclass(frozen=True)
class CrossDesk:
    """What the page of figures is made of."""

    pages: Pages
    door: Door
    reading: Reading
    shifts: Shifts
    reports: Reports
    now: Callable[[], datetime]

    def days(self, county: str, first: str | None, last: str | None) -> tuple[str, str, str]:
        """The period that was asked for, else the last ninety days. Raises Unprocessable for what is no day."""
        today = self.now().astimezone(TAIPEI).date()
        try:
            ends = [date.fromisoformat(each) for each in (first or f"{today - PAST}", last or f"{today}")]
        except ValueError:
            raise Unprocessable("Write both days as 2026-11-22.", "起訖日請寫成 2026-11-22。") from None
        if ends[0] > ends[1]:
            raise Unprocessable("The first day must not be after the last.", "起日不可晚於迄日。")
        return county, ends[0].isoformat(), ends[1].isoformat()

    async def table(self, days: tuple[str, str, str], ask: Asked) -> CrossTabulation:
        found = await self.reports.figures(crosstab.pipeline(days, ask))
        return await asyncio.to_thread(crosstab.tabulated, days, ask, found)

    async def page(self, visitor: Visitor, days: tuple[str, str, str], chosen: Chosen) -> Response:
        """The page with the table, or with why there is none."""
        table, problem = None, None
        try:
            table = await self.table(days, chosen.asked(_lang(visitor)))
        except Problem as error:
            problem = error
        frame = await self.reading.frame(visitor.officer, days[0], visitor.lang) | visitor.facts
        facts: dict[str, Any] = {
            "dimensions": [{"id": str(each), "name": crosstab.named(each, visitor.lang)} for each in Dimension],
            "chosen": chosen, "first": days[1], "last": days[2],
            "table": table, "smallest": SMALLEST, "handed": await self.shifts.waiting(days[0]),
            "problem": problem.detail[1 - LANGUAGES.index(visitor.lang)] if problem else None,
        }  # fmt: skip
        text = self.pages.page("crosstab.html", visitor.lang, **facts, **frame)
        return html(text, problem.status if problem else 200)

    async def sheet(self, name: Name, days: tuple[str, str, str], chosen: Chosen, visitor: Visitor) -> exports.Sheet:
        """The cross-tabulation, or a table of the analysis page: the same counts, the same hidden from the same."""
        if name == "crosstab":
            return crosstab.sheet(await self.table(days, chosen.asked(_lang(visitor))), _lang(visitor))
        shown = await self._analysed(name, days, chosen.by, Told(visitor.lang, hide=not visitor.officer.reads))
        return files.written(shown, "-".join((name, *days)), visitor.lang)

    async def _analysed(self, name: Name, days: tuple[str, str, str], by: str, told: Told) -> Sheet:
        analysis = Analysis(self.reports, self.now)
        match name:
            case "trend":
                step: By = next((each for each in STEPS if each == by), "week")
                return await analysis.trend(days, step, told)
            case "townships":
                return await analysis.townships(days, told)
            case "sources":
                return await analysis.sources(days, told)
            case _:
                return await analysis.outcomes(days, told)


def routes(desk: CrossDesk) -> APIRouter:
    """`/crosstab` for those who analyse; the tables of the analysis page as files for everyone who counts."""
    router, door = APIRouter(include_in_schema=False), desk.door

    @router.get("/crosstab")
    async def page(request: Request, ask: Annotated[Chosen, Depends()], county: str | None = None) -> Response:
        visitor = await door.must_be_in(request, May.CROSS)
        where = await desk.reading.county_for(visitor.officer, county)
        shown = await desk.page(visitor, desk.days(where, ask.first, ask.last), ask)
        return remembering(shown, request, visitor.lang)

    @router.get("/figures/{name}.{format}")
    async def file(
        request: Request, name: Name, format: File, ask: Annotated[Chosen, Depends()], county: str
    ) -> Response:
        visitor = await door.must_be_in(request, May.CROSS if name == "crosstab" else May.COUNT)
        where = await desk.reading.county_for(visitor.officer, county)
        days = desk.days(where, ask.first, ask.last)
        return exports.as_file(await desk.sheet(name, days, ask, visitor), format)

    return router


def _lang(visitor: Visitor) -> int:
    return 1 if visitor.lang == "zh" else 0
