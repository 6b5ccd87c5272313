"""The API of the cross-tabulation: JSON, or a file, which hides from everybody what it hides from analysts."""

from dataclasses import dataclass
from typing import Annotated

from contracts.roles import Caller, May, opens_every
from fastapi import APIRouter, Depends, Request, Response
from kit.problems import preferred
from web.callers import allowed
from web.files import Format, Grid, Value, as_file, wanted
from web.sheet import HIDDEN

from network import words
from network.figures.crossed.dimensions import Dimension, key_of
from network.figures.crossed.store import Crossings
from network.figures.crossed.table import Axes, CrossView, asked, tabulated
from network.periods import Asked

router = APIRouter(prefix="/v1/statistics", tags=["figures"])


async def crossings_of(request: Request) -> Crossings:
    crossings: Crossings = request.app.state.crossings
    return crossings


@dataclass(frozen=True)
class How:
    """Who asks, and as what kind of file."""

    caller: Annotated[Caller, allowed(May.CROSS)]
    format: Annotated[Format, Depends(wanted)]


Given = Annotated[Crossings, Depends(crossings_of)]


@router.get("/crosstab", summary="Cases by one to three dimensions, small counts hidden", response_model=CrossView)
async def crosstab(
    request: Request, period: Asked, axes: Annotated[Axes, Depends(asked)], crossings: Given,
    how: Annotated[How, Depends()],
) -> CrossView | Response:  # fmt: skip
    protect = how.format != "json" or not opens_every(how.caller)
    table = await tabulated(crossings, period, axes, protect=protect)
    return table if how.format == "json" else as_file(grid(table, preferred(request)), how.format)


def grid(table: CrossView, lang: str) -> Grid:
    """The table for a file to save; its last line says how counts are told."""
    dimensions = [each for each in (table.rows, table.by) if each]
    head = [*(_said(f"dimension.{each}", lang) for each in dimensions),
            *(_value(table.columns, each, lang) for each in table.column_values),
            _said("dimension.total", lang)]  # fmt: skip
    lines: list[list[Value]] = [
        [*(_value(of, value, lang) for of, value in zip((table.rows, table.by), line, strict=True) if of),
         *map(_count, (*cells, total))]
        for line, cells, total in zip(table.lines, table.cells, table.row_totals, strict=True)
    ]  # fmt: skip
    last: list[Value] = [_said("dimension.total", lang), *("" for _ in dimensions[1:])]
    last += [_count(each) for each in (*table.column_totals, table.total)]
    name = "-".join([*(str(each) for each in (table.rows, table.by, table.columns) if each), table.from_, table.to])
    return Grid(name, [head, *lines, last, [_said("steps_of_five", lang)]])


def _said(key: str, lang: str) -> str:
    return words.of(key).in_("zh" if lang == "zh" else "en")


def _value(dimension: Dimension | None, value: str, lang: str) -> str:
    return _said(key_of(dimension, value), lang) if dimension else ""


def _count(count: int | None) -> Value:
    return HIDDEN if count is None else count
