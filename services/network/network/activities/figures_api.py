"""The API of a county's year: sessions and people, coverage, posts, training, indicators."""

from collections import Counter
from typing import Annotated

from contracts.roles import Caller, May, may
from fastapi import APIRouter, Depends, Query, Request
from rules.spans import TAIPEI
from web.callers import allowed, must_cover

from network.access import Scope
from network.activities.bodies import Month
from network.activities.domain.sums import BY, equation, forms, summed, summed_by
from network.activities.views import (
    ActivitiesView,
    CoverageView,
    CoveredView,
    FilledView,
    GrantsView,
    IndicatorsView,
    PlannedView,
    PostsView,
    SeatView,
    TrainingView,
    ValueView,
    sums,
)
from network.activities.year import Years
from network.clock import now

router = APIRouter(prefix="/v1/statistics", tags=["figures"])


async def years_of(request: Request) -> Years:
    years: Years = request.app.state.years
    return years


def today() -> str:
    """The day that it is in Taiwan."""
    return now().astimezone(TAIPEI).date().isoformat()


async def _county(county: Annotated[str, Query(max_length=40)], caller: Annotated[Caller, allowed(May.COUNT)]) -> str:
    must_cover(caller, county)
    return county


async def _year(year: Annotated[int | None, Query(ge=2000, le=2100)] = None) -> int:
    return year or int(today()[:4])


County = Annotated[str, Depends(_county)]
Year = Annotated[int, Depends(_year)]
Given = Annotated[Years, Depends(years_of)]
Counting = Annotated[Caller, allowed(May.COUNT)]


@router.get("/activities", summary="Sessions and people of a year by kind, organiser, funds and place")
async def activities(
    county: County, year: Year, years: Given, kind: Annotated[str | None, Query(max_length=40)] = None
) -> ActivitiesView:
    found = [each for each in await years.activities(county, year) if not kind or each.kind == kind]
    whole, of = summed(found), forms(found)
    by = {field: summed_by(found, field) for field in BY}
    equations = {
        field: equation(whole.sessions, (each.sessions for each in parts.values())) for field, parts in by.items()
    }
    equations["series"] = equation(whole.sessions, (of.single, of.in_series))
    return ActivitiesView(
        county=county, year=year, kind=kind, sessions=whole.sessions, people=whole.people, single=of.single,
        in_series=of.in_series, series=of.series, by={field: sums(parts) for field, parts in by.items()},
        equations=equations,
    )  # fmt: skip


@router.get("/coverage", summary="Sites by kind: which townships and communities have one; grants of the year")
async def coverage(county: County, year: Year, years: Given) -> CoverageView:
    found, _ = await years.covered(county, year)
    grants = Counter[tuple[str, str]]()
    for each in await years.grants(county, year):
        grants[each.purpose, each.state] += each.amount
    return CoverageView(
        county=county, sites=tuple(map(CoveredView.of, found)),
        grants=tuple(
            GrantsView(year=year, purpose=purpose, state=state, amount=amount)
            for (purpose, state), amount in sorted(grants.items())
        ),
    )  # fmt: skip


@router.get("/posts", summary="Posts and how many are filled by unit, in a month; how they grow as planned")
async def posts(county: County, years: Given, month: Month | None = None) -> PostsView:
    at = month or today()[:7]
    found, carried = await years.posts(county, at), await years.counting.carried(county)
    whole, filled = sum(each.posts for each in found), sum(each.filled for each in found)
    return PostsView(
        county=county, month=at, posts=whole, filled=filled, share=round(filled / whole, 4) if whole else None,
        units=tuple(FilledView.of(each, carried) for each in found),
        planned=tuple(
            PlannedView(year=year, more=more, posts=count) for year, more, count in await years.planned(county, at)
        ),
    )  # fmt: skip


@router.get("/training", summary="Who must take a course: with a seat, or waiting; names for who may see them")
async def training(county: County, caller: Counting, years: Given) -> TrainingView:
    scope, at = Scope.of(caller), today()
    found = await years.seats(county, at)
    people = tuple(
        SeatView.of(
            each, at, named=may(caller.role, May.RECORD) and scope.covers(each.record.county, (each.record.unit,))
        )
        for each in found
    )
    waiting = sum(each.waits for each in found)
    return TrainingView(county=county, seated=len(found) - waiting, waiting=waiting, people=people)


@router.get("/indicators", summary="Indicators of a year against their targets; who typed what is not worked out")
async def indicators(county: County, year: Year, years: Given) -> IndicatorsView:
    found = await years.of(county, year, today())
    people = found.population.people if found.population else None
    return IndicatorsView(county=county, year=year, people=people, indicators=tuple(map(ValueView.of, found.values)))
