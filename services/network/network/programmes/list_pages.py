"""Pages where many are entered at once: a list by keyboard, a file of deposits, the lists of others beside ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from starlette.datastructures import UploadFile
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to

from network.access import Scope
from network.once import Key, Printed
from network.programmes.acts import Acts
from network.programmes.api import Given, county_of
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.grammar import Programme
from network.programmes.entries import Row, taken
from network.programmes.files import Line, lines
from network.programmes.files_api import Here, beside_ours, by_file, filed, in_force
from network.programmes.pages import about_of
from network.programmes.recording import keys_of
from network.programmes.store import Sought

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50
SIDES = ("court", "police")


@dataclass(frozen=True)
class Listed:
    """One of a list with what may be written in its row: contacts by kind, and answers."""

    it: Enrolment
    contacts: Sequence[tuple[str, str]]
    answers: Sequence[str]
    row: Row | None = None


@router.get("/programmes/{code}/entries")
async def entries_page(
    *, code: str, visit: SignedIn, acts: Given, county: str = "", stage: str = "", done: str = ""
) -> Response:
    visit.must(May.WORK)
    return await _entries(visit, acts, code, county, stage, done=done)


@router.post("/programmes/{code}/entries")
async def enter(code: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    """Every row that was filled in; the page again with those that were not taken, each with why."""
    visit.must(May.WORK)
    here = county_of(visit.caller, form["county"])
    await in_force(code, here, acts)
    ids = [id for id in form.every("id") if form[f"act.{id}"]]
    programmes = {id: await acts.of(await acts.enrolment(id, visit.caller)) for id in ids}
    rows = [_row(id, form, programmes[id]) for id in ids]
    key = Key(f"entries:{form['key']}") if form["key"] else None
    found = await taken(rows, visit.caller, acts, key, prints)
    refused = {ids[each.number]: each for each in found if each.problem}
    done = str(len(found) - len(refused))
    if not refused:
        return go_to(f"/programmes/{code}/entries?{urlencode({'county': here, 'stage': form['stage'], 'done': done})}")
    return await _entries(visit, acts, code, here, form["stage"], done=done, form=form, refused=refused)


@router.get("/programmes/{code}/files")
async def files_page(code: str, visit: SignedIn, acts: Given, county: str = "") -> Response:
    visit.must(May.WORK)
    return await _files(visit, acts, code, county)


@router.post("/programmes/{code}/files")
async def take_file(code: str, visit: Meant, form: Form, acts: Given, desk: Here) -> Response:
    """A file of contacts: what became of each row, the refused ones by their number."""
    visit.must(May.WORK)
    content = await _content(visit, "file")
    try:
        rows = await filed(code, form["county"], content, visit.caller, acts, desk=desk)
    except Problem as problem:
        return await _files(visit, acts, code, form["county"], problem=problem)
    return await _files(visit, acts, code, form["county"], rows=rows)


@router.post("/programmes/{code}/comparisons")
async def compare(code: str, visit: Meant, form: Form, acts: Given, desk: Here) -> Response:
    """The lists of two others beside ours: differences by id on both sides, nothing of the files is kept."""
    visit.must(May.WORK)
    county = county_of(visit.caller, form["county"])
    try:
        await in_force(code, county, acts)
        finding = desk.finding(county, code, visit.caller, acts)
        told = {side: lines(content) for side in SIDES if (content := await _content(visit, side))}
        lists = {side: {_reference(each): keys_of(each, finding) for each in rows} for side, rows in told.items()}
        found = await beside_ours(lists, finding)
    except Problem as problem:
        return await _files(visit, acts, code, county, problem=problem)
    return await _files(visit, acts, code, county, compared=found)


def _reference(line: Line) -> str:
    return line["reference"] or str(line.number)


def _row(id: str, form: Filled, programme: Programme) -> Mapping[str, Any]:
    """What a row says, as the API takes it."""
    kind, _, code = form[f"act.{id}"].partition(".")
    at = {"at": form.time(f"at.{id}") or form.time("at")}
    if kind == "contact":
        what, _, how = code.partition(".")
        said = {"what": what, "kind": how, "reached": not form[f"away.{id}"]}
        return {"enrolment_id": id, "acts": [{"contact": said | {n: v for n, v in at.items() if v}}]}
    ahead = next((stage.next[code] for stage in programme.stages.values() if code in stage.next), None)
    whole = bool(form[f"whole.{id}"]) and ahead is not None
    leaves = tuple(need for stage in programme.stages.values() if code in stage.next for need in stage.needs)
    needs = tuple(each for each in (*ahead.needs, *leaves) if each not in programme.contacts) if ahead and whole else ()
    more = {"evidence": needs, "told": ahead.tells if ahead and whole else ()}
    answer = {"answer": code} | more | {n: v for n, v in at.items() if v}
    return {"enrolment_id": id, "acts": [{"answer": answer}]}


async def _entries(
    visit: Visit, acts: Acts, code: str, county: str, stage: str, *, done: str = "", form: Filled | None = None,
    refused: Mapping[str, Row] | None = None,
) -> Response:  # fmt: skip
    here = county_of(visit.caller, county)
    programme = await in_force(code, here, acts)
    scope = Scope(frozenset({here}), visit.caller.units)
    found = await acts.enrolments.find(scope, Sought(code, stage or None, "open"), None, MOST)
    wrong = refused or {}
    shown = [await _listed(each, acts, wrong.get(each.id)) for each in found]
    if wrong:  # those to correct stand first, whatever their stage is by now
        shown.sort(key=lambda each: each.row is None)
    first = next(iter(wrong.values())).problem if wrong else None
    return visit.page(
        "programme_entries.html", first, it=programme, rows=shown, stage=stage, county_shown=here, done=done,
        typed=form or Filled(), about=about_of(visit),
    )  # fmt: skip


async def _listed(it: Enrolment, acts: Acts, row: Row | None) -> Listed:
    stage = (await acts.of(it)).stages[it.stage]
    return Listed(it, [(each.id, kind) for each in stage.contacts for kind in each.kind], [*stage.next], row)


async def _files(
    visit: Visit, acts: Acts, code: str, county: str, *, problem: Problem | None = None, **more: Any
) -> Response:  # fmt: skip
    here = county_of(visit.caller, county)
    programme = await in_force(code, here, acts)
    return visit.page(
        "programme_files.html", problem, it=programme, contact=by_file(programme), county_shown=here, sides=SIDES,
        **({"rows": None, "compared": None} | more), typed=Filled(), about=about_of(visit),
    )  # fmt: skip


async def _content(visit: Visit, name: str) -> bytes:
    file = (await visit.request.form()).get(name)
    return await file.read() if isinstance(file, UploadFile) else b""
