"""The page of a patrol: one field, five answers safe beside anybody; and a supervisor's page of who asked."""

import re
from typing import Any

from contracts.roles import Caller, May
from contracts.times import read_day
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from rules.counties import units_of
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.access import EVERYWHERE, Scope
from network.once import Printed, told
from network.signals.acts import by_day
from network.signals.api import MOST, Given
from network.signals.bodies import CutBody, SignalBody, SignalView
from network.signals.domain.answer import FIVE
from network.signals.rules import rules

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_NUMBER = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ][0-9A-Da-d０-９]\s*[0-9０-９\s-]{8,}")
_HOUSE = re.compile(r"[路街巷弄村里鄰].*[0-9０-９一二三四五六七八九十].*|.*號.*")


@router.get("/ask")
async def ask_page(visit: SignedIn, purpose: str = "") -> Response:
    visit.must(May.ASK)
    return _form(visit, Filled(), purpose=purpose)


@router.post("/ask")
async def ask(visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    """The answers, once; the page that is loaded again asks for nobody."""
    visit.must(May.ASK)
    fields = form.texts("purpose", "event") | _who(form["who"]) | {"accompanied": form["accompanied"] == "yes"}
    asker = {"name": visit.caller.name, "unit": form["unit"]}
    try:
        body = body_of(SignalBody, fields | {"asker": asker})
        answer = await acts.ask(body, visit.caller, prints.key("ask", form["key"], form.words))
    except Problem as problem:
        return _form(visit, form, told(problem))
    return _answered(visit, answer, None)


@router.post("/ask/{id}/new")
async def new_to_me(id: str, visit: Meant, form: Form, acts: Given) -> Response:
    visit.must(May.ASK)
    await acts.was_new(id, visit.caller, new=form["new"] == "yes")
    return go_to("/ask?thanks=yes")


@router.get("/askings")
async def askings_page(visit: SignedIn, acts: Given, after: str = "", alarming: str = "") -> Response:
    """Who asked, what alarms, who is cut off. Raises Forbidden for who may not govern."""
    visit.must(May.GOVERN)
    scope = Scope.of(visit.caller)
    found, following = await acts.askings.latest(scope, after, MOST, alarming=bool(alarming))
    cut = await acts.askings.cuts({each.asker.id for each in found})
    speaks = {each.asker.unit for each in found if scope.speaks_for(each.asker.unit)}
    return visit.page(
        "askings.html", askings=found, cut=cut, following=following, alarming=bool(alarming), five=FIVE, speaks=speaks
    )


@router.post("/askings/cuts")
async def cut(visit: Meant, form: Form, acts: Given) -> Response:
    """A lost device is cut off; `restore` takes it back."""
    visit.must(May.GOVERN)
    asker = {"name": form["name"], "unit": form["unit"]}
    body = body_of(CutBody, {"asker": asker, "reason": form["reason"] or "lost"})
    await (acts.restore if form["restore"] else acts.cut)(body, visit.caller)
    return go_to("/askings")


def _form(visit: Visit, form: Filled, problem: Problem | None = None, *, purpose: str = "") -> Response:
    units = _units(visit.caller)
    open_to = rules().open_to(units)
    asked = form["purpose"] or purpose
    chosen = asked if asked in open_to else next(iter(open_to), "")
    return visit.page(
        "ask.html", problem, typed=form, purposes=open_to, chosen=chosen, units=units,
        about=lambda entry: visit.label(entry.get("about", "")), law=rules().purposes[chosen].law if chosen else "",
        thanks=visit.request.query_params.get("thanks"), five=FIVE,
    )  # fmt: skip


def _answered(visit: Visit, answer: SignalView, problem: Problem | None) -> Response:
    return visit.page("asked.html", problem, it=answer, five=FIVE, now=by_day(answer.as_of))


def _units(caller: Caller) -> tuple[str, ...]:
    """The units in whose name somebody may ask: their own, or every unit of their counties that has a purpose."""
    if caller.units:
        return tuple(sorted(caller.units))
    counties = sorted(each for each in caller.counties if each != EVERYWHERE) or ["chiayi-county"]
    every = (unit for county in counties for unit in units_of(county))
    return tuple(unit for unit in every if rules().open_to((unit,)))


def _who(said: str) -> dict[str, Any]:
    """One field: a number, a house, or a name and a birth date in any order."""
    if _NUMBER.fullmatch(said.strip()):
        return {"national_id": said}
    if _HOUSE.search(said):
        return {"address": said}
    words = said.split()
    days = {word: day for word in words if (day := _day(word))}
    names = [word for word in words if word not in days]
    if days and names:
        return {"name": " ".join(names), "birth_date": next(iter(days.values()))}
    return {"national_id": said} if said and said.isascii() else {"name": said} if said else {}


def _day(word: str) -> str | None:
    try:
        return read_day(word).isoformat() if any(sign.isdigit() for sign in word) else None
    except ValueError:
        return None
