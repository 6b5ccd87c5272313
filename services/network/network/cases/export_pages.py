"""Files of cases: the list that was chosen, and all that one worker carries; each is on record as a look."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from web.files import FileFormat, Grid, as_file
from web.frame import PageRoute, SignedIn, Visit

from network.access import Scope
from network.cases.api import Given, State
from network.cases.caseload_file import Caseload, lines_of
from network.cases.documents import Sought
from network.cases.domain.case import Case
from network.cases.domain.handovers import Hands
from network.cases.pages import Family, Kept
from network.clock import now
from network.looks.store import Look, Looks

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Named = Annotated[str, Query(min_length=1, max_length=80)]
EXPORTED = 10_000
EXPORT = "export"


@router.get("/cases/export")
async def export(
    *, visit: SignedIn, parts: Given, people: Family, looks: Kept, state: Annotated[State | None, Query()] = "open",
    unit: str = "", person: str = "", format: FileFormat = "csv",
) -> Response:  # fmt: skip
    """The list as a file for a spreadsheet. Its last line says where there are more cases than it holds."""
    sought = Sought(state, unit or None, person or None)
    found, _ = await parts.cases.latest(Scope.of(visit.caller), sought, None, EXPORTED + 1)
    return await _file(visit, found, Caseload(parts, people), looks, format)


@router.get("/caseloads/export")
async def export_caseload(
    *,
    visit: SignedIn,
    parts: Given,
    people: Family,
    looks: Kept,
    unit: Named,
    person: Named,
    format: FileFormat = "csv",
) -> Response:
    """All that one worker carries: what they lead, take part in, and owe something in."""
    scope = Scope.of(visit.caller)
    carried = await parts.caseloads.carried(Hands(unit, person))
    found = [case for case in carried if scope.covers(case.county, case.parties)]
    return await _file(visit, found, Caseload(parts, people), looks, format)


async def _file(visit: Visit, found: Sequence[Case], caseload: Caseload, looks: Looks, format: FileFormat) -> Response:
    cases = found[:EXPORTED]
    await looks.note_all(_looks(visit, cases))
    lines = [*lines_of(await caseload.lines(cases), visit)]
    if len(found) > EXPORTED:
        lines.append((visit.label("export_ends").format(EXPORTED),))
    return as_file(Grid("cases", lines), format)


def _looks(visit: Visit, cases: Sequence[Case]) -> list[Look]:
    """One look for each county, which says how many cases; every unit that has part in one of them sees it."""
    at, counties = now(), sorted({case.county for case in cases})
    return [
        Look(
            at, visit.caller.name, county, "", "",
            tuple(sorted({unit for case in cases if case.county == county for unit in case.parties})), EXPORT,
            cases=sum(case.county == county for case in cases),
        )
        for county in counties
    ]  # fmt: skip
