"""The page of a county's days: a supervisor says that a day is off, or worked, or takes that back."""

from datetime import date, timedelta
from typing import Annotated, Any

from contracts.calendar import DayTold
from contracts.roles import May
from contracts.words import DAY_REASONS
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import Problem, Unprocessable
from pydantic import ValidationError
from rules.calendars import Calendar
from rules.spans import TAIPEI
from web import times

from dispatch.site import words
from dispatch.site.frame import Filled, Form, Visit, go_to, meant, signed_in
from dispatch.window.days.days import AHEAD, Days, Said, earliest
from dispatch.window.days.desk import OfDays

SHOWN = timedelta(days=90)
"""Days longer ago than this are found through the API."""
TAKEN_BACK = ("turned_away", "mistaken")
router = APIRouter(include_in_schema=False, prefix="/days")

Decides = Annotated[Visit, Depends(signed_in(May.DECIDE))]
Governs = Annotated[Visit, Depends(meant(May.GOVERN))]


@router.get("")
async def days_off(visit: Decides, days: OfDays) -> Response:
    return await _page(visit, days)


@router.post("")
async def say(visit: Governs, days: OfDays, form: Filled) -> Response:
    try:
        await days.say(visit.county, said_in(form), visit.actor, form.get("key", ""))
    except Problem as problem:
        return await _page(visit, days, problem, form)
    return go_to(f"/days?county={visit.county}")


@router.post("/{day_id}")
async def withdraw(visit: Governs, days: OfDays, form: Filled, day_id: str) -> Response:
    reason, key = form.get("reason", ""), form.get("key", "")
    try:
        county, _ = await days.withdraw(day_id, reason, visit.actor, visit.officer.sees, key)
    except Problem as problem:
        return await _page(visit, days, problem)
    return go_to(f"/days?county={county}")


def said_in(form: Form) -> Said:
    """What a form says of a day. Raises Unprocessable for a form that is not filled in."""
    try:
        fields = {"day": form.get("day"), "works": form.get("works") == "yes", "reason": form.get("reason")}
        return Said.model_validate(fields)
    except ValidationError:
        raise Unprocessable("Fill in the day and the reason.", "請填日期與原因。") from None


async def _page(visit: Visit, days: Days, problem: Problem | None = None, form: Form | None = None) -> Response:
    today = days.now().astimezone(TAIPEI).date()
    told = await days.of(visit.county, today - SHOWN, today + AHEAD)
    calendar, near = Calendar(tuple(told), len(told)), earliest(visit.county, days.now())
    lines = [_line(each, visit, stands=calendar.latest(each.day) is each, near=near) for each in reversed(told)]
    reasons = [(each, words.word(f"day.{each}", visit.lang)) for each in DAY_REASONS]
    tomorrow = (today + timedelta(days=1)).isoformat()
    return await visit.page(
        "days.html", problem, lines=lines, governs=visit.officer.may(May.GOVERN),
        typed={"day": tomorrow, "works": "", "reason": ""} | dict(form or {}),
        first=near.isoformat(), last=(today + AHEAD).isoformat(),
        reasons=[each for each in reasons if each[0] not in TAKEN_BACK],
        back=[each for each in reasons if each[0] in TAKEN_BACK],
    )  # fmt: skip


def _line(each: DayTold, visit: Visit, *, stands: bool, near: date) -> dict[str, Any]:
    """`open` while it can be taken back."""
    return {
        "id": each.id,
        "day": times.calendars(each.day, visit.lang),
        "says": words.word(f"says.{each.says}", visit.lang),
        "reason": words.word(f"day.{each.reason}", visit.lang),
        "by": each.told_by,
        "at": times.moment(each.told_at, visit.lang),
        "stands": stands and each.says != "withdrawn",
        "open": stands and each.says != "withdrawn" and each.day >= near,
    }
