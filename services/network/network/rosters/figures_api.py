"""The API of rows counted: every row of every list has an answer, or is owed by a unit, at every instant."""

from collections.abc import Mapping
from typing import Annotated

from contracts.roles import Caller, May, opens_every
from fastapi import APIRouter
from pydantic import BaseModel
from web.callers import allowed

from network.clock import now
from network.periods import Asked
from network.rosters.api import Given
from network.rosters.counts import OWED, Count, counted

router = APIRouter(prefix="/v1/statistics", tags=["figures"])


class RowCountView(BaseModel):
    """Rows of one list or township: rows = answered (by result) + not found + due + overdue.

    `not_found` are looked for; `due` wait for their visit, `overdue` in vain.
    """

    of: str
    rows: int
    answered: Mapping[str, int]
    not_found: int
    due: int
    overdue: int


class RowCountsView(RowCountView):
    """Rows that a county received in a period, and by list and township; visits by what became of the village chief.

    Townships to whoever may open every household alone: of any days, one row of Alishan is somebody.
    """

    county: str
    rosters: tuple[RowCountView, ...]
    townships: tuple[RowCountView, ...]
    chiefs: Mapping[str, int]


@router.get("/rosters", summary="Rows of lists: in = answered by answer + looked for + due + overdue")
async def rosters(period: Asked, acts: Given, caller: Annotated[Caller, allowed(May.COUNT)]) -> RowCountsView:
    cells = await acts.households.rows(period.county, period.start, period.end, now())
    parts = {
        name: tuple(_row(of, count) for of, count in counted(cells, by).items())
        for name, by in (("rosters", "roster"), ("townships", "township"))
    } | ({} if opens_every(caller) else {"townships": ()})
    chiefs = await acts.households.chiefs(period.county, period.start, period.end)
    whole = _row("", counted(cells).get("", Count()))
    return RowCountsView(**whole.model_dump(), county=period.county, chiefs=chiefs, **parts)


def _row(of: str, count: Count) -> RowCountView:
    return RowCountView(of=of, rows=count.rows, answered=count.answered, **{each: count.owed[each] for each in OWED})
