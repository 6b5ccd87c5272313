"""The API of figures: counts alone, nobody's case."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.problems import Unprocessable
from pydantic import BaseModel
from rules.spans import TAIPEI
from web.callers import allowed, must_cover

from network.figures.rates import Counted, definition, opening_rate, service_rate
from network.figures.store import Figures, Period

router = APIRouter(prefix="/v1/statistics", tags=["figures"])


class RateView(BaseModel):
    """One case type; rates are shares of 1, null of nothing. `not_opened` by reason."""

    case_type: str
    received: int
    duplicate: int
    protection: int
    service_rate: float | None
    dispatched: int
    assessed: int
    opened: int
    not_opened: Mapping[str, int]
    undecided: int
    opening_rate: float | None


class RatesView(BaseModel):
    county: str
    service_rate_by: str
    verified: bool
    rates: tuple[RateView, ...]


class NeedView(BaseModel):
    need: str
    cases: int
    rank: int


class NeedsView(BaseModel):
    """Needs of opened cases (開案需求面向): a case that needs two things counts under both."""

    county: str
    needs: tuple[NeedView, ...]
    total: int


class PairView(BaseModel):
    units: tuple[str, str]
    visits: int


class PairsView(BaseModel):
    county: str
    pairs: tuple[PairView, ...]


class ReturnView(BaseModel):
    reason: str
    closed: int
    returned: int
    share: float | None


class ReturnsView(BaseModel):
    """Cases closed in a period, and how many of their families came back within the watch and the year after it."""

    county: str
    reasons: tuple[ReturnView, ...]


async def figures_of(request: Request) -> Figures:
    figures: Figures = request.app.state.figures
    return figures


async def period_of(
    county: str,
    caller: Annotated[Caller, allowed(May.COUNT)],
    since: Annotated[date | None, Query(alias="from", description="First day, in Taiwan")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day, in Taiwan")] = None,
) -> Period:
    """The days asked for, else the last year. Raises Forbidden, Unprocessable."""
    must_cover(caller, county)
    last = until or datetime.now(TAIPEI).date()
    first = since or last - timedelta(days=365)
    if first > last:
        wrong = {"at": "/query/from", "code": "after_end", "zh": "起日不可晚於迄日。", "en": "Must not be after `to`."}
        raise Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong])
    return Period(county, _midnight(first), _midnight(last + timedelta(days=1)))


Asked = Annotated[Period, Depends(period_of)]
Given = Annotated[Figures, Depends(figures_of)]


@router.get("/rates", summary="Service rate and opening rate by case type")
async def rates(period: Asked, figures: Given) -> RatesView:
    by = definition()
    counted = await figures.reports(period)
    rows = tuple(_rate(each, found, service_rate(found, by)) for each, found in counted.items())
    return RatesView(county=period.county, service_rate_by=by.source, verified=by.verified, rates=rows)


@router.get("/needs", summary="What the families of opened cases need, by the six dimensions")
async def needs(period: Asked, figures: Given) -> NeedsView:
    found = sorted((await figures.needs(period)).items(), key=lambda each: (-each[1], each[0]))
    rows = tuple(NeedView(need=need, cases=cases, rank=number) for number, (need, cases) in enumerate(found, 1))
    return NeedsView(county=period.county, needs=rows, total=sum(each.cases for each in rows))


@router.get("/joint-visits", summary="Joint visits by each pair of systems")
async def joint_visits(period: Asked, figures: Given) -> PairsView:
    found = sorted((await figures.joint_visits(period)).items())
    return PairsView(county=period.county, pairs=tuple(PairView(units=each, visits=count) for each, count in found))


@router.get("/returns", summary="Families that came back after their case was closed, by the closing's reason")
async def returns(period: Asked, figures: Given) -> ReturnsView:
    closed, back = await figures.closed(period), await figures.returned(period)
    rows = tuple(
        ReturnView(reason=each, closed=count, returned=back.get(each, 0), share=round(back.get(each, 0) / count, 4))
        for each, count in sorted(closed.items())
    )
    return ReturnsView(county=period.county, reasons=rows)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI).astimezone(UTC)


def _rate(case_type: str, found: Counted, rate: float | None) -> RateView:
    return RateView(
        case_type=case_type, received=found.received, duplicate=found.outcomes.get("duplicate", 0),
        protection=found.outcomes.get("protection", 0), service_rate=rate, dispatched=found.dispatched,
        assessed=found.assessed, opened=found.opened, not_opened=found.not_opened,
        undecided=found.dispatched - found.assessed, opening_rate=opening_rate(found),
    )  # fmt: skip
