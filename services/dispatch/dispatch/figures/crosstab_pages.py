"""The cross-tabulation as a page, and the county's figures as files to save."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from contracts.roles import May
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from kit.problems import Problem, Unprocessable
from rules.periods import Span, is_fixed, latest
from rules.suppression import SMALLEST
from web.files import FileFormat, Grid, as_file, must_be_fixed
from web.sheet import Sheet

from dispatch.domain.period import Period
from dispatch.figures import grids
from dispatch.figures.analysis import Analysis
from dispatch.figures.choice import STEPS
from dispatch.figures.crosstab import Axes
from dispatch.figures.dimensions import Dimension, named
from dispatch.figures.pages import Counted, Counts, audience_of
from dispatch.figures.sheets import By
from dispatch.site.frame import Visit, signed_in

PAST = timedelta(days=89)
Day = Annotated[str | None, Query(max_length=10)]
Named = Annotated[str, Query(max_length=20)]
SheetName = Literal["outcomes", "sources", "trend", "townships"]
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Chosen:
    """What the form asks for; empty for no dimension."""

    first: Day = None
    last: Day = None
    rows: Named = "township"
    columns: Named = "outcome"
    by: Named = ""

    def axes(self) -> Axes:
        """Raises Unprocessable for anything but dimensions, or one that is chosen twice."""
        chosen = [each for each in (self.rows, self.by, self.columns) if each]
        if not self.rows or not set(chosen) <= set(Dimension):
            raise Unprocessable("Choose what the rows are.", "請選擇列的面向。")
        if len(set(chosen)) < len(chosen):
            raise Unprocessable("Choose different dimensions.", "請選不同的面向。")
        columns, by = (Dimension(each) if each else None for each in (self.columns, self.by))
        return Axes(Dimension(self.rows), columns, by)

    def period(self, county: str, today: date, *, protect: bool = False) -> Period:
        """The days that were asked for, else the last ninety or, where counts are protected, the last whole quarter.

        Raises Unprocessable for anything but days in order.
        """
        usual = latest(today) if protect else Span(today - PAST, today)
        try:
            first, last = (
                date.fromisoformat(each) for each in (self.first or f"{usual.first}", self.last or f"{usual.last}")
            )
        except ValueError:
            raise Unprocessable("Write both days as 2026-11-22.", "起訖日請寫成 2026-11-22。") from None
        if first > last:
            raise Unprocessable("The first day must not be after the last.", "起日不可晚於迄日。")
        return Period(county, first, last)


Crosses = Annotated[Visit, Depends(signed_in(May.CROSS))]
Ask = Annotated[Chosen, Depends()]


@router.get("/crosstab")
async def page(visit: Crosses, analysis: Counted, chosen: Ask) -> Response:
    """The page with the table, or with why there is none."""
    protect = not visit.officer.reads
    period, table, problem = chosen.period(visit.county, analysis.today, protect=protect), None, None
    try:
        table = await analysis.crossed(period, chosen.axes(), protect=protect)
    except Problem as error:
        problem = error
    dimensions = [{"id": str(each), "name": named(each, visit.lang)} for each in Dimension]
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    facts: dict[str, Any] = {"dimensions": dimensions, "chosen": chosen, "table": table, "smallest": SMALLEST}
    files = period if is_fixed(period.first, period.last, analysis.today) else latest(analysis.today)
    facts |= {"protect": protect, "files_first": f"{files.first}", "files_last": f"{files.last}"}
    return await visit.page("crosstab.html", problem, **facts, **days)


@router.get("/figures/crosstab.{format}")
async def crosstab_file(visit: Crosses, analysis: Counted, format: FileFormat, chosen: Ask) -> Response:
    period = chosen.period(visit.county, analysis.today, protect=True)
    table = await analysis.crossed(period, chosen.axes(), protect=True)
    return as_file(grids.cross_tabulation(table, visit.lang), format)


@router.get("/figures/{name}.{format}")
async def sheet_file(visit: Counts, analysis: Counted, name: SheetName, format: FileFormat, chosen: Ask) -> Response:
    """A table of the analysis page: the same counts, hidden from the same people."""
    return as_file(await _grid(visit, analysis, name, chosen), format)


async def _grid(visit: Visit, analysis: Analysis, name: SheetName, chosen: Chosen) -> Grid:
    protect = audience_of(visit).hide and name in ("trend", "townships")
    period = chosen.period(visit.county, analysis.today, protect=protect)
    if protect:
        must_be_fixed(period.first, period.last, analysis.today)
    sheet = await _sheet(visit, analysis, name, period, chosen.by)
    return grids.shown(sheet, f"{name}-{period}", visit.lang)


async def _sheet(visit: Visit, analysis: Analysis, name: SheetName, period: Period, by: str) -> Sheet:
    audience = audience_of(visit)
    match name:
        case "trend":
            step: By = next((each for each in STEPS if each == by), "week")
            return await analysis.trend(period, step, audience)
        case "townships":
            return await analysis.townships(period, audience)
        case "sources":
            return await analysis.sources(period, audience)
        case "outcomes":
            return await analysis.outcomes(period, audience)
