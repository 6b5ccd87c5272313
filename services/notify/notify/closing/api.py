"""The closed sum, for a supervisor and for a county's figures."""

from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Self

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from web.callers import allowed

from notify.api import Moment, end_of, start_of
from notify.closing.store import Asks
from notify.domain.closed_sum import HANDS, Lost, Sum, by_day, sum_of

Counter = Annotated[Caller, allowed(May.COUNT)]

router = APIRouter(prefix="/v1", tags=["deliveries"])


class LostView(BaseModel):
    """A message in nobody's hand. `why`: answered by no name, no clock, a step that is late, standing past its clock,
    or noted without a message.
    """

    delivery_id: str
    unit: str
    code: str
    asked_at: datetime
    why: str

    @classmethod
    def of(cls, lost: Lost) -> Self:
        ask = lost.ask
        return cls(delivery_id=ask.id, unit=ask.unit, code=ask.code, asked_at=ask.asked_at, why=lost.why)


class SumView(BaseModel):
    """asked = answered (by name) + open (with an owner and a clock) + needless; what is lost breaks it."""

    asked: int
    answered: int
    open: int
    needless: int
    lost: int
    closes: bool

    @classmethod
    def of(cls, found: Sum) -> Self:
        hands = {str(hand): found.hands[hand] for hand in HANDS}
        return cls(asked=found.asked, closes=found.closes, **hands)


class DayView(SumView):
    day: date


class ClosedSum(SumView):
    days: list[DayView]
    in_nobodys_hand: list[LostView]


@dataclass(frozen=True)
class Sums:
    """What the route needs; `nameless` is what stands for a name that LINE did not tell."""

    asks: Asks
    nameless: frozenset[str]


async def sums_of(request: Request) -> Sums:
    sums: Sums = request.app.state.sums
    return sums


@router.get("/statistics/closed-sum", summary="Is everything that asked for somebody in somebody's hand?")
async def closed_sum(
    sums: Annotated[Sums, Depends(sums_of)],
    caller: Counter,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    county: str | None = None,
) -> ClosedSum:
    """What was asked from the start of `from` to the end of `to`, in the caller's counties, as it stands now."""
    counties = caller.counties if county is None else frozenset({county} if caller.sees(county) else ())
    found, by_days, now = Sum(), dict[date, Sum](), datetime.now(UTC)
    async with aclosing(sums.asks.of(start_of(since), end_of(until), counties)) as coming:
        async for asks in coming:
            found = found.plus(sum_of(asks, now, sums.nameless))
            for day, part in by_day(asks, now, sums.nameless):
                by_days[day] = by_days.get(day, Sum()).plus(part, 0)
    days = [DayView(day=day, **vars(SumView.of(each))) for day, each in sorted(by_days.items())]
    lost = [LostView.of(each) for each in found.lost]
    return ClosedSum(**vars(SumView.of(found)), days=days, in_nobodys_hand=lost)
