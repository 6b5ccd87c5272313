"""What officers and analysts may read about deliveries."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.mongo import Document
from kit.problems import Conflict, NotFound, Unprocessable
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from rules.spans import TAIPEI
from web.callers import allowed

from notify.anew import Anew, NotFailed
from notify.states import told_state
from notify.store import Deliveries, Delivery


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
Governor = Annotated[Caller, allowed(May.GOVERN)]

router = APIRouter(prefix="/v1", tags=["deliveries"])


class StepView(BaseModel):
    """A step of an escalation: whom it looked for, whom it found by which line of which rota, by which ways.

    `by` is empty where it found nobody, or nobody whom a way leads to; then the next one followed at once.
    """

    whom: str
    at: datetime
    person: str | None = None
    because: str
    by: list[str]


class DeliveryView(BaseModel):
    """One message to one group, without its text. `state`: queued, sent, acknowledged, escalated or failed.

    `reason` says why it failed, or, of one that is queued, what it waits for: `quota` (the month's, for what it
    costs) `channel` (LINE refuses our token) or `silence` (LINE does not answer). `anew_of` is the failed delivery
    in whose place it was sent when `requested_by` asked for it; that one names it in `sent_anew_as`. `bound`:
    whoever accepted is known by their account, not only by the name they gave themselves in LINE; `seen_at`:
    somebody unbound pressed, which accepts nothing where presses of the unbound do not count. `escalated`: nobody
    has answered and `steps` were taken; a step's message is a delivery of its own, `step_of` the one it is about,
    to `person` by a `way`. `answered_by` tells who answered on a page, or declined. `rule`: version and name of the
    routing's rule that sent it, `because`: which facts it matched, to whom that leads, and when. What is told with
    others waits until `gather_at`, and was `told_in` a digest, which `tells` of so many.
    """

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
    bound: bool | None = None
    seen_at: datetime | None = None
    anew_of: str | None = None
    requested_by: str | None = None
    sent_anew_as: str | None = None
    answered_by: str | None = None
    next_step_at: datetime | None = None
    steps: list[StepView] = []
    step_of: str | None = None
    way: str | None = None
    person: str | None = None
    rule: str | None = None
    because: str | None = None
    gather_at: datetime | None = None
    told_in: str | None = None
    tells: int | None = None
    exercise: bool = False

    @classmethod
    def of(cls, document: Document) -> Self:
        run = document.get("run") or {}
        escalation = {"steps": run.get("taken", []), "next_step_at": run.get("next_at")}
        answered = {"answered_by": run.get("answered_by"), "state": told_state(document)}
        return cls.model_validate(document | escalation | answered)


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
    return DeliveryList(deliveries=[DeliveryView.of(each) for each in found if _is_theirs(caller, each)])


async def anew_of(request: Request) -> Anew:
    anew: Anew = request.app.state.anew
    return anew


@router.post("/deliveries/{delivery_id}/resend", status_code=201, summary="Send again what failed")
async def resend(
    delivery_id: str, deliveries: Given, anew: Annotated[Anew, Depends(anew_of)], caller: Governor
) -> DeliveryView:
    """A new delivery to the group that the unit has now; asked for twice, the same one. 409 unless it failed."""
    sent = await send_anew(await deliveries.of(delivery_id), anew, caller)
    [document] = await deliveries.listed({"_id": sent.id}, caller.counties)
    return DeliveryView.of(document)


async def send_anew(failed: Delivery | None, anew: Anew, caller: Caller) -> Delivery:
    """What a caller wants to be sent again, as it was. Raises NotFound for another's, Conflict unless it failed."""
    if failed is None or not caller.sees(failed.notice.county):
        raise NotFound("There is no such delivery.", "查無此送達紀錄。")
    try:
        return await anew.send(failed, caller.name)
    except NotFailed:
        raise Conflict("Only what failed can be sent again.", "只有送達失敗的訊息可以重送。") from None


@router.get("/statistics/deliveries", summary="How many, in which state, how soon")
async def statistics(
    deliveries: Given,
    caller: Counter,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Statistics:
    """Deliveries queued from the start of `from` to the end of `to`: days in Taipei, or times."""
    period = start_of(since), end_of(until)
    took = await deliveries.seconds_until_sent(*period, caller.counties)
    states = await deliveries.states(*period, caller.counties)
    seconds = Seconds(p50=percentile(took, 50), p99=percentile(took, 99), n=len(took))
    return Statistics(states=states, seconds_from_received_to_sent=seconds)


def _is_theirs(caller: Caller, delivery: Document) -> bool:
    return not caller.units or delivery["unit"] in caller.units


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile; None without values."""
    return ascending[-(-len(ascending) * percent // 100) - 1] if ascending else None


def start_of(day: date | datetime | None) -> datetime:
    """The time itself, or the start of a day in Taipei; the beginning of all time when neither is named."""
    return _moment(day) if day else datetime(1970, 1, 1, tzinfo=UTC)


def end_of(day: date | datetime | None) -> datetime:
    """The time itself, or the end of a day in Taipei; after now when neither is named."""
    if day is None:
        return datetime.now(UTC) + timedelta(days=1)
    return _moment(day) if isinstance(day, datetime) else _moment(day) + timedelta(days=1)


def _moment(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=TAIPEI)
    return datetime.combine(day, time.min, TAIPEI)
