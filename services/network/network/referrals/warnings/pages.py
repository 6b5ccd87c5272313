"""Pages of warnings: those that one sent or may open, one of them, and a new one."""

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import choosable, units_of
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.once import Printed, told
from network.referrals.warnings.acts import Acts, MeasuresBody, WarningBody
from network.referrals.warnings.api import MOST, Given
from network.referrals.warnings.warning import measures

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/warnings")
async def warnings_page(visit: SignedIn, acts: Given, after: str = "") -> Response:
    visit.must(May.WORK)
    return await _list(visit, acts, after=after)


@router.post("/warnings")
async def send(visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    visit.must(May.WORK)
    fields = form.texts("county", "to", "text") | {"readers": tuple(form.every("reader"))}
    try:
        made = await acts.send(body_of(WarningBody, fields), visit.caller, prints.key("warn", form["key"], form.words))
    except Problem as problem:
        return await _list(visit, acts, told(problem), form)
    return go_to(f"/warnings/{made.id}")


@router.get("/warnings/{id}")
async def warning_page(id: str, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.WORK)
    return await _shown(visit, acts, id)


@router.post("/warnings/{id}/looks")
async def look(id: str, visit: Meant, acts: Given) -> Response:
    visit.must(May.WORK)
    return await _shown(visit, acts, id, text=await acts.look(id, visit.caller) or visit.label("erased"))


@router.post("/warnings/{id}/measures")
async def answer(id: str, visit: Meant, form: Form, acts: Given) -> Response:
    visit.must(May.WORK)
    try:
        await acts.answer(id, body_of(MeasuresBody, {"measures": tuple(form.all("measures"))}), visit.caller)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem)
    return go_to(f"/warnings/{id}")


async def _list(
    visit: Visit, acts: Acts, problem: Problem | None = None, form: Filled | None = None, *, after: str = ""
) -> Response:
    listed, following = await acts.warnings.of(visit.caller, after, MOST)
    counties = choosable(visit.caller.counties)
    asked = form["county"] if form else visit.request.query_params.get("county")
    here = asked if asked in counties else counties[0]
    units = [unit for unit in units_of(here) if unit not in visit.caller.units]
    return visit.page(
        "warnings.html", problem, listed=listed, units=units, following=following,
        here_county=here, choosable=counties, typed=form or Filled(), about=_about(visit),
    )  # fmt: skip


async def _shown(
    visit: Visit, acts: Acts, id: str, problem: Problem | None = None, *, text: str | None = None
) -> Response:
    found = await acts.warning(id, visit.caller)
    return visit.page(
        "warning.html", problem, it=found, text=text, may_read=found.is_read_by(visit.caller), measures=measures(),
        about=_about(visit), typed=Filled(),
    )  # fmt: skip


def _about(visit: Visit) -> object:
    return lambda entry: visit.label(entry.get("about", "").rpartition(".")[2])
