"""Something is in the news: who must answer what by when, who has, who is late."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import uuid4

from contracts.event import derived_id
from contracts.languages import Said
from contracts.roles import Caller, May
from contracts.times import At
from fastapi import APIRouter, Depends, Header, Request
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from pydantic import BaseModel, Field, HttpUrl, model_validator
from web.callers import allowed, must_cover

from notify.alerts.desk import Desk, Raised
from notify.domain.news import PURPOSE, Alert, Owed

Reader = Annotated[Caller, allowed(May.READ)]
Officer = Annotated[Caller, allowed(May.DECIDE)]
Worker = Annotated[Caller, allowed(May.WORK)]
Unit = Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9_.-]+$", max_length=100)]
LONGEST = timedelta(days=30)
MOST = 200

router = APIRouter(prefix="/v1", tags=["alerts"])


class AlertOrder(BaseModel):
    """What is in the news. Without `units` each bureau of the county's setting owes an answer.

    Subject and link are sealed; LINE reads neither.
    """

    purpose: Literal["media_watch"]
    county: Annotated[str, Field(min_length=1, max_length=100)]
    subject: Annotated[str, Field(min_length=1, max_length=500)]
    link: HttpUrl | None = None
    answer_by: At
    units: Annotated[list[Unit], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _is_of_the_county(self) -> Self:
        if strange := [unit for unit in self.units if not unit.startswith(f"{self.county}/")]:
            names = ", ".join(strange)
            zh, en = (
                f"只能列本縣市單位：{names} 屬其他縣市。",
                f"Name units of {self.county}: {names} are of another county.",
            )
            raise ValueError(Said(zh, en))
        return self


class AnswerOrder(BaseModel):
    """A unit's answer. Whose it is says what is said in public, and by when."""

    unit: Unit
    ours: bool
    says: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    by: At | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.ours and not (self.says and self.by):
            zh = "屬本單位業務者，須填對外說法與何時前提出。"
            en = "An answer that it is yours needs what is said (says) and by when (by)."
            raise ValueError(Said(zh, en))
        return self


class OwedView(BaseModel):
    """What one unit owes: `state` is owed, answered or late."""

    unit: str
    state: Literal["owed", "answered", "late"]
    due_at: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    ours: bool | None = None
    says: str | None = None
    by: datetime | None = None


class MessageView(BaseModel):
    """A message about the alert, without its text."""

    delivery_id: str = Field(validation_alias="_id")
    unit: str
    template: str
    state: str
    reason: str | None = None
    sent_at: datetime | None = None


class AlertView(BaseModel):
    """An alert with what each unit owes; `late` names those whose time is over.

    At `next_at` whoever is silent is reminded, then named to the window; absent once that is done.
    """

    alert_id: str
    code: str
    purpose: str = PURPOSE
    county: str
    subject: str | None
    link: str | None = None
    raised_by: str
    raised_at: datetime
    answer_by: datetime
    next_at: datetime | None = None
    owes: list[OwedView]
    late: list[str]
    messages: list[MessageView] = []


class AlertList(BaseModel):
    alerts: list[AlertView]


async def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


Given = Annotated[Desk, Depends(desk_of)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


@router.post("/alerts", status_code=201, summary="Something is in the news: each bureau owes an answer")
async def post_alert(order: AlertOrder, desk: Given, caller: Officer, key: Key = None) -> AlertView:
    """Told at once to the county's group for the news, else to each unit; one Idempotency-Key is one alert."""
    must_cover(caller, order.county)
    now = datetime.now(UTC)
    if not now < order.answer_by <= now + LONGEST:
        en, zh = "Write an answer_by within the next 30 days.", "answer_by 須在未來三十天內。"
        raise Unprocessable(en, zh, errors=[{"at": "/answer_by", "code": "out_of_range", "en": en, "zh": zh}])
    id = str(derived_id("notify", caller.name, f"alert:{order.county}:{key}")) if key else str(uuid4())
    link = str(order.link) if order.link else None
    wanted = Raised(order.county, order.subject, link, order.answer_by, tuple(dict.fromkeys(order.units)))
    return await _view(desk, await desk.raise_(wanted, caller.name, id))


@router.get("/alerts", summary="What is in the news, and who owes an answer")
async def list_alerts(
    desk: Given, caller: Reader, county: str | None = None, state: Literal["open", "late"] | None = None
) -> AlertList:
    """The latest first: `open` where an answer is owed, `late` where its time is over."""
    counties = caller.counties if county is None else frozenset({county} if caller.sees(county) else ())
    now, found = datetime.now(UTC), await desk.alerts.listed(counties, MOST)
    wanted = [each for each in found if state is None or (each.is_late(now) if state == "late" else each.silent)]
    return AlertList(alerts=[await _view(desk, each) for each in wanted])


@router.get("/alerts/{alert_id}", summary="An alert, its answers and its messages")
async def get_alert(alert_id: str, desk: Given, caller: Reader) -> AlertView:
    view = await _view(desk, await _seen(alert_id, desk, caller))
    found = await desk.alerts.messages(alert_id)
    return view.model_copy(update={"messages": [MessageView.model_validate(each) for each in found]})


@router.post("/alerts/{alert_id}/answers", status_code=201, summary="Ours or not, what is said, by when")
async def post_answer(alert_id: str, order: AnswerOrder, desk: Given, caller: Worker) -> AlertView:
    """By somebody of that unit, or by whoever works for the whole county. 409 when the unit has answered."""
    alert = await _seen(alert_id, desk, caller)
    if caller.units and order.unit not in caller.units:
        raise Forbidden("You answer for your own unit.", "只能代表所屬單位回覆。")
    if order.unit not in [owed.unit for owed in alert.owes]:
        raise NotFound("This unit owes no answer here.", "此單位不在應回覆名單。")
    owed = Owed(order.unit, datetime.now(UTC), caller.name, order.ours, says_by=order.by)
    if not await desk.answer(alert, owed, order.says):
        raise Conflict("This unit has answered.", "此單位已回覆。")
    return await _view(desk, await _seen(alert_id, desk, caller))


async def _seen(alert_id: str, desk: Desk, caller: Caller) -> Alert:
    alert = await desk.alerts.of(alert_id)
    if alert is None or not caller.sees(alert.county):
        raise NotFound("There is no such alert.", "查無此輿情案。")
    return alert


async def _view(desk: Desk, alert: Alert) -> AlertView:
    now = datetime.now(UTC)
    about, *said = await desk.told([alert.told, *(owed.says for owed in alert.owes)])
    owes = [_owed(alert, owed, says.get("says"), now) for owed, says in zip(alert.owes, said, strict=True)]
    return AlertView(
        alert_id=alert.id, code=alert.id.replace("-", "")[:8].upper(), county=alert.county, owes=owes,
        subject=about.get("subject"), link=about.get("link"), raised_by=alert.raised_by, raised_at=alert.raised_at,
        answer_by=alert.answer_by, next_at=alert.next_at, late=[owed.unit for owed in owes if owed.state == "late"],
    )  # fmt: skip


def _owed(alert: Alert, owed: Owed, says: str | None, now: datetime) -> OwedView:
    silent: Literal["owed", "late"] = "late" if now >= alert.answer_by else "owed"
    return OwedView(
        unit=owed.unit, state="answered" if owed.answered_at else silent, due_at=alert.answer_by, says=says,
        answered_at=owed.answered_at, answered_by=owed.answered_by, ours=owed.ours, by=owed.says_by,
    )  # fmt: skip
