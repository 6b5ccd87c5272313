"""The cross-tabulation as a page: a heat map in the table itself, bars beside it, files to save."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from contracts.roles import May, opens_every
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from kit.problems import Problem, Unprocessable
from rules.counties import choosable
from rules.periods import is_fixed, latest
from rules.spans import TAIPEI
from web.files import FileFormat, as_file
from web.frame import PageRoute, SignedIn, Visit
from web.language import language

from network.clock import now
from network.figures.crossed.api import Given, grid
from network.figures.crossed.dimensions import Dimension, key_of
from network.figures.crossed.table import Axes, CrossView, different, tabulated
from network.periods import Period, period_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
SHADES = 5
BAR = 100


Named = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Chosen:
    """What the form asks for; empty for no dimension, and without days the last year, or the quarter that ended."""

    county: Named = ""
    rows: Named = "need"
    columns: Named = "outcome"
    by: Named = ""
    first: Named = ""
    last: Named = ""

    def axes(self) -> Axes:
        """Raises Unprocessable."""
        if not {each for each in (self.rows, self.columns, self.by) if each} <= set(Dimension) or not self.rows:
            raise Unprocessable("Choose what the rows are.", "請選擇列的面向。")
        columns, by = (Dimension(each) if each else None for each in (self.columns, self.by))
        return different(Axes(Dimension(self.rows), columns, by))

    async def period(self, visit: Visit, *, protect: bool) -> Period:
        """Raises Forbidden for another county, Unprocessable for anything but days in order."""
        here = self.county or choosable(visit.caller.counties)[0]
        usual = latest(today())
        try:
            days = [date.fromisoformat(each) if each else None for each in (self.first, self.last)]
        except ValueError:
            raise Unprocessable("Write both days as 2026-11-22.", "起訖日請寫成 2026-11-22。") from None
        if protect and not any(days):
            days = [usual.first, usual.last]
        return await period_of(here, visit.caller, *days)


Ask = Annotated[Chosen, Depends()]


def today() -> date:
    return now().astimezone(TAIPEI).date()


@router.get("/figures/crosstab")
async def crosstab_page(visit: SignedIn, crossings: Given, chosen: Ask) -> Response:
    """True counts for whoever may open every case of the county; others see what analysts are told."""
    visit.must(May.CROSS)
    protect = not opens_every(visit.caller)
    period, table, problem = await chosen.period(visit, protect=protect), None, None
    try:
        table = await tabulated(crossings, period, chosen.axes(), protect=protect)
    except Problem as error:
        problem = error
    days = [date.fromisoformat(each) for each in (table.from_, table.to)] if table else [today(), today()]
    saved = days if is_fixed(days[0], days[1], today()) else [latest(today()).first, latest(today()).last]
    return visit.page(
        "crosstab.html", problem, table=table, chosen=chosen, dimensions=[*Dimension], protect=protect, days=days,
        saved=saved, here_county=period.county, choosable=choosable(visit.caller.counties), key=key_of,
        shades=_shades(table) if table else (), bars=_bars(table) if table else (), about=lambda entry: "",
    )  # fmt: skip


@router.get("/figures/crosstab.{format}")
async def crosstab_file(visit: SignedIn, crossings: Given, chosen: Ask, format: FileFormat) -> Response:
    visit.must(May.CROSS)
    period = await chosen.period(visit, protect=True)
    table = await tabulated(crossings, period, chosen.axes(), protect=True)
    return as_file(grid(table, language(visit.request)), format)


def _shades(table: CrossView) -> Sequence[Sequence[int]]:
    """How dark each cell is, 0 to SHADES, by the largest that is shown."""
    most = max((count for row in table.cells for count in row if count), default=0)
    return [[-(-SHADES * count // most) if count else 0 for count in row] for row in table.cells]


def _bars(table: CrossView) -> Sequence[int]:
    """How long the bar of each row is, of BAR."""
    most = max((count for count in table.row_totals if count), default=0)
    return [BAR * count // most if count else 0 for count in table.row_totals]
