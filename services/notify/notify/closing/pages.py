"""The figures: does the sum close, now and by day; what is left of the quota, and what would not fit."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response
from kit.problems import NO_STORE, Unavailable
from rules.spans import TAIPEI
from web.frame import PageRoute, SignedIn, Visit

from notify.api import DeliveryView
from notify.budget.api import QuotaView, forecasting_of, quota
from notify.budget.forecasting import Forecasting
from notify.closing.api import Sums, SumView, closed_sum, sums_of
from notify.closing.watch import standing
from notify.domain.closed_sum import Sum
from notify.ledger.choice import chosen

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DAYS = timedelta(days=13)
MOST = 100

Given = Annotated[Sums, Depends(sums_of)]
Budget = Annotated[Forecasting, Depends(forecasting_of)]
Day = Annotated[date | None, Query(alias="from")]


@router.get("/figures")
async def figures_page(
    *, visit: SignedIn, sums: Given, budget: Budget, first: Day = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> Response:  # fmt: skip
    """The last 14 days, where no other are named. Raises Unprocessable for days that are none."""
    today = datetime.now(UTC).astimezone(TAIPEI).date()
    choice = chosen(first or (last or today) - DAYS, last, report="")
    held = [DeliveryView.of(each) for each in await budget.costs.held(visit.caller, MOST + 1)]
    return visit.page(
        "figures.html", now_sum=SumView.of(await _now(visit, sums)), choice=choice, held=held[:MOST],
        is_more=len(held) > MOST, quota=await _quota(budget, visit),
        told=await closed_sum(sums, visit.caller, choice.first, choice.last),
    )  # fmt: skip


@router.get("/figures/now")
async def figures_now(visit: SignedIn, sums: Given) -> Response:
    """The sum as it stands: an open page asks every few seconds."""
    return JSONResponse(SumView.of(await _now(visit, sums)).model_dump(), headers=dict(NO_STORE))


async def _now(visit: Visit, sums: Sums) -> Sum:
    return await standing(sums.asks, sums.nameless, visit.caller.counties)


async def _quota(budget: Forecasting, visit: Visit) -> QuotaView | None:
    """None while LINE does not tell."""
    try:
        return await quota(budget, visit.caller)
    except Unavailable:
        return None
