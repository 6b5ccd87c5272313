"""What officers and analysts may read about deliveries."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.mongo import Document
from kit.problems import Unprocessable
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from rules.spans import TAIPEI
from web.callers import allowed

from notify.store import Deliveries


def _in_our_time(at: date) -> date:
    """Raises ValueError for a year that a database cannot keep in every time zone."""
    if not 2000 <= at.year < 3000:
        raise ValueError("write a year from 2000 to 2999")
    return at


Day = Annotated[date, BeforeValidator(date.fromisoformat)]
Moment = Annotated[Day | datetime, Field(union_mode="left_to_right"), AfterValidator(_in_our_time)]
"""Only what is written as a day is one; midnight is a time."""

Reader = Annotated[Caller, allowed(May.READ)]
Counter = Annotated[Caller, allowed(May.COUNT)]

router = APIRouter(prefix="/v1", tags=["deliveries"])


class DeliveryView(BaseModel):
    """One message to one group, without its text. `state`: queued, sent, acknowledged, escalated or failed."""

    delivery_id: str = Field(validation_alias="_id")
    report_id: str | None = None
    case_id: str | None = None
    unit: str
    group: str | None = Field(validation_alias="group_id")
    template: str
    priority: int | None = None
    due_at: datetime | None = None
    state: str
    reason: str | None = None
    attempts: int
    received_at: datetime | None = None
    queued_at: datetime
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


class DeliveryList(BaseModel):
    deliveries: list[DeliveryView]


class Seconds(BaseModel):
    """Nearest-rank percentiles over `n` deliveries; absent when there are none."""

    p50: float | None
    p99: float | None
    n: int


class Statistics(BaseModel):
    states: dict[str, int]
    seconds_from_received_to_sent: Seconds


async def deliveries_of(request: Request) -> Deliveries:
    deliveries: Deliveries = request.app.state.deliveries
    return deliveries


Given = Annotated[Deliveries, Depends(deliveries_of)]


@router.get("/deliveries", summary="Messages about a report or a case")
async def list_deliveries(
    deliveries: Given, caller: Reader, report_id: str | None = None, case_id: str | None = None
) -> DeliveryList:
    """Deliveries of another county are left out, as are those of other units when the caller is bound to units."""
    wanted = {"report_id": report_id, "case_id": case_id}
    asked = {name: value for name, value in wanted.items() if value}
    if not asked:
        en, zh = "Give a report_id or a case_id.", "請指定 report_id 或 case_id。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/report_id", "code": "missing", "en": en, "zh": zh}])
    found = await deliveries.listed(asked, caller.counties)
    return DeliveryList(deliveries=[DeliveryView.model_validate(each) for each in found if _is_theirs(caller, each)])


@router.get("/statistics/deliveries", summary="How many, in which state, how soon")
async def statistics(
    deliveries: Given,
    caller: Counter,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Statistics:
    """Deliveries queued from the start of `from` to the end of `to`: days in Taipei, or times."""
    period = _start(since), _end(until)
    took = await deliveries.seconds_until_sent(*period, caller.counties)
    states = await deliveries.states(*period, caller.counties)
    seconds = Seconds(p50=percentile(took, 50), p99=percentile(took, 99), n=len(took))
    return Statistics(states=states, seconds_from_received_to_sent=seconds)


def _is_theirs(caller: Caller, delivery: Document) -> bool:
    return not caller.units or delivery["unit"] in caller.units


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile; None without values."""
    return ascending[-(-len(ascending) * percent // 100) - 1] if ascending else None


def _start(day: date | datetime | None) -> datetime:
    return _moment(day) if day else datetime(1970, 1, 1, tzinfo=UTC)


def _end(day: date | datetime | None) -> datetime:
    if day is None:
        return datetime.now(UTC) + timedelta(days=1)
    return _moment(day) if isinstance(day, datetime) else _moment(day) + timedelta(days=1)


def _moment(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=TAIPEI)
    return datetime.combine(day, time.min, TAIPEI)
