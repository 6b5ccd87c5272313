"""Pages of cases: the list with its filters, and one case with everything that was done and is owed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, get_args

from contracts.cases import CaseId
from contracts.roles import May, may
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.problems import Problem
from rules import counties
from rules.counties import units_of
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from contracts import codes
from network.access import EVERYWHERE, Scope
from network.cases import addresses
from network.cases.addresses import Known
from network.cases.api import Given, Parts, State
from network.cases.bodies import PersonBody
from network.cases.choices import CHOICES
from network.cases.documents import Sought
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.domain.findings import settled_otherwise
from network.cases.family import People, Read
from network.cases.obstacles import Obstacles
from network.cases.referred import enrolled_of, met_of, referred_of
from network.cases.searching import searched
from network.cases.timeline import ABOUT, SERVICES, Filter, beyond_of, timeline_of
from network.looks.api import looks_of
from network.looks.store import Looks
from network.sealing import Sealing
from network.steps.step import Step
from network.steps.store import Steps

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50
MOST_LINES = 200


@dataclass(frozen=True)
class Story:
    """The lines of a timeline, and by what they were chosen; `last` of them, where there may be older ones.

    `thin`: of how many reports earlier steps of other services were not kept.
    """

    lines: Sequence[Step]
    service: str | None
    about: str | None
    last: Step | None = None
    thin: int = 0
    services: Sequence[str] = SERVICES
    kinds: Sequence[str] = ABOUT


async def people_of(request: Request) -> People:
    people: People = request.app.state.people
    return people


Family = Annotated[People, Depends(people_of)]
Kept = Annotated[Looks, Depends(looks_of)]


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
    if serial:
        found, following = await parts.cases.by_serial(scope, serial.strip(), after, MOST)
        if len(found) == 1 and not after:
            return go_to(f"/cases/{found[0].id}")
    else:
        found, following = await parts.cases.latest(scope, Sought(state, unit or None, person or None), after, MOST)
    return await _listed(visit, parts, found, following, state)


@router.get("/cases/search")
async def search_form(visit: SignedIn) -> Response:
    """A page that is loaded again asks for nobody."""
    return go_to("/cases")


@router.post("/cases/search")
async def search(visit: Meant, form: Form, parts: Given, people: Family, looks: Kept) -> Response:
    """Cases that name a person: whom is said by the form alone, never by an address."""
    try:
        body = body_of(PersonBody, form.texts("national_id", "name", "birth_date", "after"))
    except Problem as problem:
        return await _listed(visit, parts, [], None, None, problem=problem, form=form)
    found = await searched(body, visit.caller, parts.cases, people, looks)
    return await _listed(visit, parts, found.cases, found.next, None, form=form, searched=True)


async def _listed(
    visit: Visit, parts: Parts, cases: Sequence[Case], following: str | None, state: str | None, *,
    problem: Problem | None = None, form: Filled | None = None, searched: bool = False,
) -> Response:  # fmt: skip
    """The list, and what it may be narrowed to: units that lead here, and who of them has a case."""
    scope = Scope.of(visit.caller)
    carried = await parts.cases.carried(scope)
    units = sorted({unit for unit, _ in carried} | set(leading(scope)))
    workers = sorted({person for _, person in carried})
    return visit.page(
        "cases.html", here="/cases", cases=cases, sought=visit.request.query_params, following=following, state=state,
        states=get_args(State), units=units, workers=workers, problem=problem, typed=form or _NOTHING,
        searched=searched, about=lambda entry: visit.label(entry["about"].rpartition(".")[2]),
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
    contacts, older = await parts.cases.contacts.of(case, visit.request.query_params.get("contacts_after"))
    scope, caller = Scope.of(visit.caller), visit.caller
    last = await parts.cases.contacts.with_addresses({each.contact_id for each in case.last_seen})
    placed = {each.id: each for each in (*contacts, *last)}.values()
    known = await known_addresses(case, placed, readable, parts.sealing)
    return visit.page(
        "case.html",
        problem=problem,
        typed=form or _NOTHING,
        act=act,
        case=case,
        members=members,
        names=names,
        kind=visit.request.query_params.get("kind"),
        story=await _story(visit, case),
        referrals=await (await referred_of(visit.request)).of_cases(sorted(case.ids), Scope.of(visit.caller)),
        discussed=await (await met_of(visit.request)).of_case(sorted(case.ids), caller.name),
        enrolments=await (await enrolled_of(visit.request)).of_cases(sorted(case.ids)),
        places=addresses.places_of(placed, known),
        unreadable=unreadable,
        contacts=contacts,
        older_contacts=older,
        known=addresses.each_once(known),
        duplicates=await parts.cases.duplicates_of([each.report_id for each in case.reports]),
        choices=CHOICES,
        settled_otherwise=settled_otherwise,
        speaks=scope.speaks_for,
        may_act=scope.speaks_for(case.lead.unit),
        may_govern=may(caller.role, May.GOVERN),
        may_meet=may(caller.role, May.MEET),
        seen={each.person: each for each in case.last_seen},
        units=units_of(case.county),
        confirming=[f"{county}/protection" for county in codes.names("counties", date.max)],
        corrected={each.corrects for each in contacts},
        uncovered=uncovered or {},
        about=Obstacles(case, names, visit.word, visit.label).about,
    )


async def _story(visit: Visit, case: Case) -> Story:
    """The timeline as the address asks for it; what is no filter is none."""
    steps: Steps = visit.request.app.state.steps
    asked = visit.request.query_params
    service = next((each for each in SERVICES if each == asked.get("service")), None)
    about = next((each for each in ABOUT if each == asked.get("about")), None)
    told = await timeline_of(case, steps, Filter(service, about), beyond_of(asked), MOST_LINES)
    return Story(told.lines, service, about, told.last, len(told.thin))


async def known_addresses(
    case: Case, contacts: Collection[Contact], readable: Sequence[Read], sealing: Sealing
) -> list[Known]:
    """Every address that the case knows, the one that was written down last first."""
    tokens = [each.address.text for each in contacts if each.address and each.address.text]
    opened = dict(zip(tokens, await sealing.open(tokens), strict=True)) if tokens else {}
    return [*addresses.of_contacts(contacts, opened), *addresses.of_reports(case, readable)]


async def address_of(id: str, case: Case, parts: Parts, people: People) -> str | None:
    """The words of an address that the case knows; None where they were erased."""
    readable, _ = await people.read(case)
    contacts, _ = await parts.cases.contacts.of(case)
    known = await known_addresses(case, contacts, readable, parts.sealing)
    return next((each.words for each in known if each.id == id), None)


def leading(scope: Scope) -> Iterator[str]:
    """The units of a scope that may lead."""
    known = counties.counties() if EVERYWHERE in scope.counties else scope.counties
    units = (unit for county in known for unit in counties.county(county).unit_ids)
    return (unit for unit in units if scope.speaks_for(unit))


_NOTHING = Filled()
