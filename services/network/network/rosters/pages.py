"""Pages of lists: the households that are owed a visit, and one with its rows and what is found out."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from contracts.roles import May, may
from contracts.rosters import Roster
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import choosable, units_of
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from contracts import codes
from network.access import Scope
from network.clock import now
from network.once import Printed, told
from network.rosters.acts import Acts
from network.rosters.answering import answering
from network.rosters.api import Given, Kept, Vault, looked
from network.rosters.bodies import AssignmentBody, ScreeningBody
from network.rosters.counts import Count, counted
from network.rosters.domain.household import HouseholdId
from network.rosters.store import Sought
from network.rosters.views import HouseholdView, PeopleView, PersonView
from network.services import catalogue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 100
STATES = ("due", "overdue", "looking", "answered")
WHY_REFUSED = ("declined_help", "declined_visit")
STRESS = "stress_score"
_NOTHING = Filled()
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""No row is too old to be owed."""


@router.get("/households")
async def households_page(visit: SignedIn, acts: Given) -> Response:
    asked, scope, at = visit.request.query_params, Scope.of(visit.caller), now()
    mine = choosable(visit.caller.counties)
    listed = [each for each in mine if each in await acts.households.counties()]
    here = asked["county"] if asked.get("county") in mine else (listed or mine)[0]
    sought = Sought(
        at, here, asked.get("roster") or None, asked.get("state") or None, asked.get("township") or None,
        asked.get("village") or None,
    )  # fmt: skip
    found, following = await acts.households.find(scope, sought, asked.get("after"), MOST)
    rows = await acts.households.rows(here, _EVER, at, at)
    return visit.page(
        "households.html", here_county=here, sought=asked,
        households=[HouseholdView.of(each, at, None, scope) for each in found],
        choosable=listed, rosters=tuple(Roster), states=STATES, whole=counted(rows).get("", Count()),
        by_roster=counted(rows, "roster"),
        asked=urlencode([(name, value) for name, value in asked.items() if name != "after"]),
        following=following,
    )  # fmt: skip


@router.get("/households/{id}")
async def household_page(id: str, visit: SignedIn, acts: Given) -> Response:
    return await _shown(visit, acts, id)


@router.post("/households/{id}/looks")
async def see_names(id: str, visit: Meant, acts: Given, looks: Kept, vault: Vault) -> Response:
    """The household with whom its rows name, once the look is on record."""
    found = await acts.household(id, visit.caller)
    return await _shown(visit, acts, id, people=await looked(found, visit.caller.name, acts, looks=looks, vault=vault))


@router.post("/households/{id}/screening")
async def screen(id: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    key = prints.key(f"screening:{id}", form["key"], form.words)
    try:
        await acts.screen(id, body_of(ScreeningBody, _screening(form)), visit.caller, key)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem=told(problem), form=form)
    return go_to(f"/households/{id}")


@router.post("/households/{id}/assignment")
async def assign(id: HouseholdId, visit: Meant, form: Form, acts: Given) -> Response:
    visit.must(May.GOVERN)
    try:
        await acts.assign(id, body_of(AssignmentBody, form.texts("unit", "person")), visit.caller)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem=problem, form=form)
    return go_to(f"/households/{id}")


def _screening(form: Filled) -> Mapping[str, Any]:
    """What the form says, as the API takes it."""
    fields: dict[str, Any] = form.texts("result", "acknowledged_by", "reason", "next_step", "note")
    fields |= {"county": form["to_county"] or None}
    fields |= {name: form.all(name) for name in ("served_by", "services")}
    if at := form.time("met_at"):
        measures = {STRESS: form[STRESS]} if form[STRESS] else {}
        met = {"kind": form["met"], "at": at, "reached": form["reached"] == "yes", "chief": form["chief"]}
        fields["visit"] = met | {"measures": measures}
    return fields


def _once(people: Sequence[PersonView]) -> Mapping[PersonView, list[str]]:
    """Everybody whom rows name, once however many do, with the lists that do; another note is another entry."""
    named: dict[PersonView, list[str]] = {}
    for each in people:
        named.setdefault(each.model_copy(update={"entry_id": "", "roster": ""}), []).append(each.roster)
    return named


async def _shown(
    visit: Visit, acts: Acts, id: str, *, problem: Problem | None = None, form: Filled | None = None,
    people: PeopleView | None = None,
) -> Response:  # fmt: skip
    found, scope, known = await acts.household(id, visit.caller), Scope.of(visit.caller), answering()
    served = await acts.known(found)
    whole = await acts.households.whole(id) if found.within else None
    others = await acts.households.sharing_a_home(found, MOST) if found.homes else []
    return visit.page(
        "household.html", problem, whole=whole, sees_whole=whole and scope.covers(whole.county, whole.parties),
        it=HouseholdView.of(found, now(), served, scope), people=people, named=_once(people.people if people else ()),
        others=[each for each in others if scope.covers(each.county, each.parties)], results=tuple(known.results),
        next_steps=known.next_steps, units=units_of(found.county), services=tuple(catalogue().services),
        refusals=WHY_REFUSED, away=[each for each in codes.names("counties", now().date()) if each != found.county],
        may_assign=may(visit.caller.role, May.GOVERN), typed=form or _NOTHING,
        about=lambda entry: visit.label(re.split(r"[./]", entry.get("about") or entry.get("at", ""))[-1]),
    )  # fmt: skip
