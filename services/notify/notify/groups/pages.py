"""The registry of groups on a page: troubles first; bound by the code that LINE shows, rebound, ended."""

from datetime import UTC, datetime

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from rules.taiwan import taipei_day
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from notify.domain.hook import STYLES
from notify.groups import api
from notify.groups.api import Given, GroupOrder, Registry
from notify.groups.purposes import Purpose
from notify.places import counties_of, units_for

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/groups")
async def groups_page(visit: SignedIn, registry: Given) -> Response:
    return await _shown(visit, registry)


@router.post("/groups")
async def bind(visit: Meant, form: Form, registry: Given) -> Response:
    """By a code or a webhook's address, or another purpose for one that is bound. Raises Forbidden."""
    visit.must(May.DECIDE)
    fields = form.texts("code", "group", "purpose", "county", "unit", "district")
    hook = {"webhook": form.texts("url", "style")} if form["url"] else {}
    try:
        made = await api.put_group(body_of(GroupOrder, {**fields, **hook}), registry, visit.caller)
    except Problem as problem:
        return await _shown(visit, registry, problem, form)
    return await _shown(visit, registry, secret=made.secret) if made.secret else go_to("/groups")


@router.post("/groups/{group}/end")
async def end(group: str, visit: Meant, registry: Given) -> Response:
    """Raises Forbidden for who may not, and NotFound."""
    visit.must(May.DECIDE)
    await api.end_group(group, registry, visit.caller)
    return go_to("/groups")


async def _shown(
    visit: Visit,
    registry: Registry,
    problem: Problem | None = None,
    form: Filled | None = None,
    *,
    secret: str | None = None,
) -> Response:
    groups = (await api.list_groups(registry, visit.caller)).groups
    troubled = sorted(groups, key=lambda each: each.trouble is None)
    mine = visit.caller.units
    providers = await registry.windows.providers(visit.caller.counties, taipei_day(datetime.now(UTC)))
    known = {**providers, **dict.fromkeys(units_for(visit.caller), "")}
    named = {unit: name for unit, name in known.items() if not mine or unit in mine}
    bare = sorted({*units_for(visit.caller)} - {each.unit for each in groups if each.purpose is Purpose.UNIT_WORK})
    return visit.page(
        "groups.html", problem, groups=troubled, bare=bare, typed=form or Filled(), purposes=list(Purpose),
        styles=STYLES, secret=secret,
        places=counties_of(visit.caller), units=list(named), names=named, may_bind=may(visit.caller.role, May.DECIDE),
    )  # fmt: skip
