"""What is left of the month's quota, for whom it is kept, and what would not fit."""

from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.problems import Unavailable
from pydantic import BaseModel
from web.callers import allowed

from notify.budget.forecasting import Forecasting

Counter = Annotated[Caller, allowed(May.COUNT)]

router = APIRouter(prefix="/v1", tags=["quota"])


class RankView(BaseModel):
    """People that messages of one rank (1 to 5) would reach until the month ends; `short` of them would not fit."""

    rank: int
    expected: int
    short: int


class QuotaView(BaseModel):
    """In people, since LINE counts them. `left` is absent without a limit; `reserve` is kept for rank 1.

    `used` is what LINE counted this month.
    """

    left: int | None
    used: int
    reserve: int
    days_left: int
    ranks: list[RankView]
    short: int


async def forecasting_of(request: Request) -> Forecasting:
    forecasting: Forecasting = request.app.state.forecasting
    return forecasting


@router.get("/quota", summary="What is left of the month, and what would not fit")
async def quota(forecasting: Annotated[Forecasting, Depends(forecasting_of)], caller: Counter) -> QuotaView:
    """At the pace of the last 28 days. 503 while LINE does not tell what is left."""
    if (found := await forecasting.now()) is None:
        raise Unavailable("LINE does not tell what is left.", "LINE 未回報剩餘額度。")
    left = None if found.left == float("inf") else int(found.left)
    ranks = [RankView(rank=each.rank, expected=each.expected, short=each.short) for each in found.lines]
    return QuotaView(
        left=left, used=forecasting.quota.used, reserve=found.reserve, days_left=found.days_left, ranks=ranks,
        short=found.short,
    )  # fmt: skip
