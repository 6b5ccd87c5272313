"""The cross-tabulation as it is told: true counts to who may open the cases, steps and stars to everybody else."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Query
from kit.problems import Unprocessable
from rules.crossing import Crossed, TooLarge, crossed
from rules.spans import TAIPEI
from rules.suppression import SMALLEST
from web.files import must_be_fixed

from network.clock import now
from network.figures.crossed.dimensions import SEVERAL, WRITTEN, Dimension, place_of
from network.figures.crossed.store import Crossings
from network.periods import Period
from network.tasks.views import View


@dataclass(frozen=True)
class Axes:
    """One to three different dimensions."""

    rows: Dimension
    columns: Dimension | None = None
    by: Dimension | None = None

    @property
    def all(self) -> tuple[Dimension | None, Dimension | None, Dimension | None]:
        """In the order of a place: rows, what they are split by, columns."""
        return self.rows, self.by, self.columns


async def asked(
    rows: Annotated[Dimension, Query(description="What the rows are.")],
    columns: Annotated[Dimension | None, Query(description="What the columns are.")] = None,
    by: Annotated[Dimension | None, Query(description="What each row is split by.")] = None,
) -> Axes:
    """What a request asks for. Raises Unprocessable for a dimension against itself."""
    return different(Axes(rows, columns, by))


def different(axes: Axes) -> Axes:
    """Raises Unprocessable."""
    chosen = [each for each in axes.all if each]
    if len(set(chosen)) < len(chosen):
        raise Unprocessable("Choose different dimensions.", "請選不同的面向。")
    return axes


class CrossView(View):
    """`cells[line][column]`, null where hidden: under `smallest`, or else a hidden one could be computed.

    Counted are cases that came in the period, or `mentions` where a case may have several values of a dimension.
    Counts are told in `steps`: with 5, 10 stands for 10 to 14.
    """

    county: str
    from_: str
    to: str
    rows: Dimension
    by: Dimension | None
    columns: Dimension | None
    counts: str
    smallest: int
    steps: int
    lines: tuple[tuple[str, str], ...]
    column_values: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


async def tabulated(crossings: Crossings, period: Period, axes: Axes, *, protect: bool) -> CrossView:
    """Raises Unprocessable for a table with too many cells, or days that are not told to everybody."""
    first = period.start.astimezone(TAIPEI).date()
    last = (period.end - timedelta(seconds=1)).astimezone(TAIPEI).date()
    if protect:
        must_be_fixed(first, last, now().astimezone(TAIPEI).date())
    counts = await crossings.counted(period, axes.all)
    written = [each in WRITTEN for each in axes.all]
    columns = axes.columns is not None
    try:
        found: Crossed = await asyncio.to_thread(
            crossed, counts, order=place_of, written=written, has_columns=columns, protect=protect
        )
    except TooLarge:
        raise Unprocessable(
            "This table has too many cells: choose fewer dimensions.", "表格過大，請少選一個面向。"
        ) from None
    least, body = SMALLEST if protect else 1, found.table
    return CrossView(
        county=period.county, from_=str(first), to=str(last), rows=axes.rows, by=axes.by, columns=axes.columns,
        counts="mentions" if any(each in SEVERAL for each in axes.all) else "cases", smallest=least, steps=least,
        lines=tuple(found.lines), column_values=tuple(found.columns), cells=tuple(tuple(row[:-1]) for row in body[:-1]),
        row_totals=tuple(row[-1] for row in body[:-1]), column_totals=tuple(body[-1][:-1]), total=body[-1][-1],
    )  # fmt: skip
