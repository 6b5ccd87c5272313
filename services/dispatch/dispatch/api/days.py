"""A county's days for machines: what was said of them, say something, take it back."""

from datetime import date, datetime
from typing import Annotated, Literal

from contracts.calendar import DayTold
from contracts.event import Code, Model
from fastapi import APIRouter, Header, Path
from pydantic import Field

from dispatch.api.callers import County as CountyAsked
from dispatch.api.callers import Decides, From, Governs, To, actor_of, must_see
from dispatch.window.days.days import Said
from dispatch.window.days.desk import OfDays

DayId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Key = Annotated[str, Header(max_length=200, description="The same key again says nothing twice")]
router = APIRouter(prefix="/v1", tags=["days off"])


class New(Said):
    """A day on which a county works otherwise than the nation; `works` is true for one that is worked (補班)."""

    county: str = Field(max_length=40, pattern=r"^[a-z-]+$")


class Withdrawal(Model):
    """Why it is taken back, such as `turned_away`."""

    reason: Code = "turned_away"


class DayShown(Model):
    """What was said of a day, by whom and when; `withdrawn` gives it back to the nation's calendar."""

    id: str
    county: str
    day: date
    says: Literal["off", "worked", "withdrawn"]
    reason: str
    by: str
    at: datetime


class DaysShown(Model):
    """Everything that was said, in the order in which it was: of one day the last counts."""

    days: tuple[DayShown, ...]


@router.get("/days-off", summary="What a county said of its days")
async def days_off(days: OfDays, county: CountyAsked, first: From, to: To, caller: Decides) -> DaysShown:
    must_see(caller, county)
    return DaysShown(days=tuple(_shown(county, each) for each in await days.of(county, first, to)))


@router.post("/days-off", summary="A day is off, or worked", status_code=201)
async def say(days: OfDays, new: New, caller: Governs, idempotency_key: Key = "") -> DayShown:
    must_see(caller, new.county)
    said = Said(day=new.day, works=new.works, reason=new.reason)
    return _shown(new.county, await days.say(new.county, said, actor_of(caller), idempotency_key))


@router.post("/days-off/{day_id}/withdrawal", summary="Take it back", status_code=201)
async def withdraw(
    days: OfDays, day_id: DayId, caller: Governs, body: Withdrawal | None = None, idempotency_key: Key = ""
) -> DayShown:
    reason = (body or Withdrawal()).reason
    county, told = await days.withdraw(day_id, reason, actor_of(caller), caller.sees, idempotency_key)
    return _shown(county, told)


def _shown(county: str, told: DayTold) -> DayShown:
    return DayShown(
        id=told.id, county=county, day=told.day, says=told.says, reason=told.reason, by=told.told_by, at=told.told_at
    )
