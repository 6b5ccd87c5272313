"""Pages of a worker who leaves: everything they have is offered to several others, one line of answer for each case."""

from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from rules.counties import units_of
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of

from network.access import Scope
from network.cases import hands_api
from network.cases.api import Doing, Given, Parts
from network.cases.bodies import CaseloadBody
from network.cases.caseloads import Load
from network.cases.choices import CHOICES
from network.once import Key

router = APIRouter(include_in_schema=False, route_class=PageRoute)

AT_ONCE = 5
"""Rows of the form; whoever spreads a caseload over more people sends it again for what is left."""

NOTHING = Load()


@router.get("/caseloads")
async def caseload_page(visit: SignedIn, parts: Given, unit: str, person: str) -> Response:
    return await _shown(visit, parts, unit, person)


@router.post("/caseloads")
async def hand_out(visit: Meant, form: Form, parts: Given) -> Response:
    rows = zip(form.every("to_unit"), form.every("to_person"), strict=False)
    fields = {
        "from": {"unit": form["unit"], "person": form["person"]}, "reason": form["reason"],
        "to": [{"unit": unit, "person": person} for unit, person in rows if person],
    }  # fmt: skip
    try:
        body = body_of(CaseloadBody, fields)
        load = await hands_api.handed_out(body, Doing(visit.caller, parts, Key(form["key"]) if form["key"] else None))
    except Problem as problem:
        return await _shown(visit, parts, form["unit"], form["person"], problem=problem, form=form)
    return await _shown(visit, parts, form["unit"], form["person"], load=load)


async def _shown(
    visit: Visit, parts: Parts, unit: str, person: str, *, problem: Problem | None = None,
    form: Filled | None = None, load: Load = NOTHING,
) -> Response:  # fmt: skip
    return visit.page(
        "caseload.html", problem, owned=await parts.caseloads.owned(person, unit, Scope.of(visit.caller)), unit=unit,
        units=units_of(unit.partition("/")[0]), reasons=CHOICES["handover_reasons"], rows=range(AT_ONCE),
        lines=load.cases, given=load.households, passed=load.tasks,
        typed=form or Filled(), about=lambda entry: visit.label(entry.get("about", "")),
    )  # fmt: skip
