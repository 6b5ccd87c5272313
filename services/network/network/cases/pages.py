"""Pages of cases: the list with its filters, and one case with everything that was done and is owed."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Annotated, get_args

from contracts.cases import CaseId
from contracts.roles import May, may
from contracts.words import UNITS
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.problems import NO_STORE, Problem
from rules import counties
from rules.spreadsheets import harmless

from network.access import Scope
from network.cases import graph
from network.cases.api import Given, Parts, State
from network.cases.choices import CHOICES
from network.cases.documents import Sought
from network.cases.domain.case import Case
from network.cases.family import People
from network.cases.obstacles import Obstacles
from network.frame import Filled, PageRoute, SignedIn, Visit, go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50
EXPORTED = 10_000
ONLY_MANY = ("protection", "welfare_centre", "window")
"""Kinds of unit that a county names one by one, and the window, which serves nobody."""


async def people_of(request: Request) -> People:
    people: People = request.app.state.people
    return people


Family = Annotated[People, Depends(people_of)]


@router.get("/cases")
async def cases_page(
    *,
    visit: SignedIn,
    parts: Given,
    state: Annotated[State | None, Query()] = "open",
    unit: str = "",
    person: str = "",
    serial: str = "",
    after: str | None = None,
) -> Response:
    scope = Scope.of(visit.caller)
    if serial and (found := await parts.cases.by_serial(scope, serial.strip(), MOST)):
        if len(found) == 1:
            return go_to(f"/cases/{found[0].id}")
        return _listed(visit, found, None, state)
    sought = Sought(state, unit or None, person or None)
    found = [] if serial else await parts.cases.latest(scope, sought, CaseId(after) if after else None, MOST)
    following = found[-1].id if len(found) == MOST else None
    return _listed(visit, found, following, state)


@router.get("/cases/export")
async def export(visit: SignedIn, parts: Given, state: State | None = "open") -> Response:
    """The caseload as a file for a spreadsheet: ids, states, units and times; nobody's name but workers'."""
    found = await parts.cases.latest(Scope.of(visit.caller), Sought(state), None, EXPORTED)
    lines = StringIO()
    rows = csv.writer(lines)
    rows.writerow(("case", "state", "opened_at", "lead", "worker", "collaborators", "reports", "next_due", "owed"))
    for case in found:
        rows.writerow((
            case.id, case.state, case.opened_at.isoformat(), case.lead.unit, harmless(case.lead.person or ""),
            " ".join(case.units), len(case.reports), case.next_due.isoformat() if case.next_due else "",
            len(case.owed),
        ))  # fmt: skip
    headers = dict(NO_STORE) | {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return Response("\ufeff" + lines.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _listed(visit: Visit, cases: Sequence[Case], following: str | None, state: str | None) -> Response:
    return visit.page(
        "cases.html", cases=cases, sought=visit.request.query_params, following=following, state=state,
        states=get_args(State),
    )  # fmt: skip


@router.get("/cases/{id}")
async def case_page(id: CaseId, visit: SignedIn, parts: Given, people: Family) -> Response:
    return await shown(visit, await parts.acts.case(id, visit.caller), parts, people)


async def shown(
    visit: Visit, case: Case, parts: Parts, people: People, *, problem: Problem | None = None,
    form: Filled | None = None, act: str = "", uncovered: Mapping[str, Sequence[str | None]] | None = None,
) -> Response:  # fmt: skip
    """The page of a case; after a problem with what was typed, in the form that it was typed in."""
    members, unreadable = await people.of(case)
    names: dict[str, str] = {key: each.name for each in members for key in each.keys}
    contacts = await parts.cases.contacts_of(case)
    scope, caller = Scope.of(visit.caller), visit.caller
    return visit.page(
        "case.html",
        problem=problem,
        typed=form or _NOTHING,
        act=act,
        case=case,
        members=members,
        names=names,
        kind=visit.request.query_params.get("kind"),
        places={each.id: each.address for each in contacts if each.address},
        unreadable=unreadable,
        contacts=contacts,
        duplicates=await parts.cases.duplicates_of([each.report_id for each in case.reports]),
        graph=graph.draw(case, members),
        choices=CHOICES,
        speaks=scope.speaks_for,
        may_act=scope.speaks_for(case.lead.unit),
        may_govern=may(caller.role, May.GOVERN),
        seen={each.person: each for each in case.last_seen},
        units=units_of(case.county),
        uncovered=uncovered or {},
        about=Obstacles(case, names, visit.word, visit.label).about,
    )


def units_of(county: str) -> list[str]:
    """The units of a county that may be asked: its teams, and one of every system."""
    mine = counties.county(county).unit_ids
    return [*mine, *(f"{county}/{kind}" for kind in UNITS if f"{county}/{kind}" not in mine and kind not in ONLY_MANY)]


_NOTHING = Filled()
