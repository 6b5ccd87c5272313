"""Pages of cases: the list with its filters, and one case with everything that was done and is owed."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
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

from contracts import codes
from network.access import EVERYWHERE, Scope
from network.cases import addresses, graph
from network.cases.addresses import Known
from network.cases.api import Given, Parts, State
from network.cases.choices import CHOICES
from network.cases.documents import Sought
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.family import People, Read
from network.cases.obstacles import Obstacles
from network.cases.sealing import Sealing
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
        return await _listed(visit, parts, found, None, state)
    sought = Sought(state, unit or None, person or None)
    found = [] if serial else await parts.cases.latest(scope, sought, CaseId(after) if after else None, MOST)
    following = found[-1].id if len(found) == MOST else None
    return await _listed(visit, parts, found, following, state)


@router.get("/cases/export")
async def export(
    visit: SignedIn,
    parts: Given,
    state: Annotated[State | None, Query()] = "open",
    unit: str = "",
    person: str = "",
) -> Response:
    """The list as a file for a spreadsheet: ids, states, units and times; nobody's name but workers'.

    Its last line says where there are more cases than it holds.
    """
    sought = Sought(state, unit or None, person or None)
    found = await parts.cases.latest(Scope.of(visit.caller), sought, None, EXPORTED + 1)
    lines = StringIO()
    rows = csv.writer(lines)
    rows.writerow(("case", "state", "opened_at", "lead", "worker", "collaborators", "reports", "next_due", "owed"))
    for case in found[:EXPORTED]:
        rows.writerow((
            case.id, case.state, case.opened_at.isoformat(), case.lead.unit, harmless(case.lead.person or ""),
            " ".join(case.units), len(case.reports), case.next_due.isoformat() if case.next_due else "",
            len(case.owed),
        ))  # fmt: skip
    if len(found) > EXPORTED:
        rows.writerow((visit.label("export_ends").format(EXPORTED),))
    headers = dict(NO_STORE) | {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return Response("\ufeff" + lines.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _listed(
    visit: Visit, parts: Parts, cases: Sequence[Case], following: str | None, state: str | None
) -> Response:
    """The list, and what it may be narrowed to: units that lead here, and who of them has a case."""
    scope = Scope.of(visit.caller)
    carried = await parts.cases.carried(scope)
    units = sorted({unit for unit, _ in carried} | set(leading(scope)))
    workers = sorted({person for _, person in carried})
    return visit.page(
        "cases.html", cases=cases, sought=visit.request.query_params, following=following, state=state,
        states=get_args(State), units=units, workers=workers,
    )  # fmt: skip


@router.get("/cases/{id}")
async def case_page(id: CaseId, visit: SignedIn, parts: Given, people: Family) -> Response:
    return await shown(visit, await parts.acts.case(id, visit.caller), parts, people)


async def shown(
    visit: Visit, case: Case, parts: Parts, people: People, *, problem: Problem | None = None,
    form: Filled | None = None, act: str = "", uncovered: Mapping[str, Sequence[str | None]] | None = None,
) -> Response:  # fmt: skip
    """The page of a case; after a problem with what was typed, in the form that it was typed in."""
    readable, unreadable = await people.read(case)
    members = people.in_(readable)
    names: dict[str, str] = {key: each.name for each in members for key in each.keys}
    contacts, more_contacts = await parts.cases.contacts_of(case)
    scope, caller = Scope.of(visit.caller), visit.caller
    known = await known_addresses(case, contacts, readable, parts.sealing) if case.is_open else []
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
        more_contacts=more_contacts,
        known=addresses.each_once(known),
        duplicates=await parts.cases.duplicates_of([each.report_id for each in case.reports]),
        graph=graph.draw(case, members),
        choices=CHOICES,
        speaks=scope.speaks_for,
        may_act=scope.speaks_for(case.lead.unit),
        may_govern=may(caller.role, May.GOVERN),
        seen={each.person: each for each in case.last_seen},
        units=units_of(case.county),
        confirming=[f"{county}/protection" for county in codes.names("counties", date.max)],
        corrected={each.corrects for each in contacts},
        uncovered=uncovered or {},
        about=Obstacles(case, names, visit.word, visit.label).about,
    )


async def known_addresses(
    case: Case, contacts: Sequence[Contact], readable: Sequence[Read], sealing: Sealing
) -> list[Known]:
    """Every address that the case knows, the one that was written down last first."""
    tokens = [each.address.text for each in contacts if each.address and each.address.text]
    opened = dict(zip(tokens, await sealing.open(tokens), strict=True)) if tokens else {}
    return [*addresses.of_contacts(contacts, opened), *addresses.of_reports(case, readable)]


async def address_of(id: str, case: Case, parts: Parts, people: People) -> str | None:
    """The words of an address that the case knows; None where they were erased."""
    readable, _ = await people.read(case)
    contacts, _ = await parts.cases.contacts_of(case)
    known = await known_addresses(case, contacts, readable, parts.sealing)
    return next((each.words for each in known if each.id == id), None)


def leading(scope: Scope) -> Iterator[str]:
    """The units of a scope that may lead."""
    known = counties.counties() if EVERYWHERE in scope.counties else scope.counties
    units = (unit for county in known for unit in counties.county(county).unit_ids)
    return (unit for unit in units if scope.speaks_for(unit))


def units_of(county: str) -> list[str]:
    """The units of a county that may be asked: its teams, and one of every system."""
    mine = counties.county(county).unit_ids
    return [*mine, *(f"{county}/{kind}" for kind in UNITS if f"{county}/{kind}" not in mine and kind not in ONLY_MANY)]


_NOTHING = Filled()
