"""Pages where many are entered at once: a list by keyboard, a file of deposits, the lists of others beside ours."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from contracts.roles import May
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import Problem
from starlette.datastructures import UploadFile
from web.files import FileFormat, Grid, Value, as_file
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to
from web.times import here

from network.access import Scope
from network.clock import now
from network.looks.store import PROGRAMME, Look
from network.once import Key, Printed
from network.programmes.acts import Acts
from network.programmes.api import Given, Kept, county_of
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import parties
from network.programmes.domain.parts import PAID
from network.programmes.entries import Row, taken
from network.programmes.files import Line, lines
from network.programmes.files_api import Here, beside_ours, by_file, filed, in_force
from network.programmes.pages import Row as Owing
from network.programmes.pages import about_of, rows_of
from network.programmes.recording import keys_of
from network.programmes.store import Sought

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50
SIDES = ("court", "police")
EXPORTED, AT_ONCE = 10_000, 200
"""So many fit in a file; so many are worked out at a time, since others wait meanwhile."""
COLUMNS = (
    "enrolment", "case", "household", "stage", "unit", "worker", "begun_at", "next_due", "next_owed", "state"
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One of a list with what may be written in its row: contacts by kind, and answers."""

    it: Enrolment
    contacts: Sequence[tuple[str, str]]
    answers: Sequence[str]
    row: Row | None = None


@dataclass(frozen=True)
class Asked:
    """Which part of a list: of whom, at which stage, from beyond whom."""

    code: str
    county: str = ""
    stage: str = ""
    after: str = ""


async def asked(code: str, county: str = "", stage: str = "", after: str = "") -> Asked:
    return Asked(code, county, stage, after)


@router.get("/programmes/{code}/entries")
async def entries_page(
    visit: SignedIn, acts: Given, part: Annotated[Asked, Depends(asked)], done: str = ""
) -> Response:
    visit.must(May.WORK)
    return await _entries(visit, acts, part, done=done)


@router.post("/programmes/{code}/entries")
async def enter(code: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    """Every row that was filled in; the same part again with those that were not taken, each by name and with why."""
    visit.must(May.WORK)
    part = Asked(code, county_of(visit.caller, form["county"]), form["stage"], form["after"])
    await in_force(code, part.county, acts)
    sent = {id: await _known(id, visit, acts) for id in form.every("id") if form[f"act.{id}"]}
    refused = {id: Row(0, problem=it) for id, it in sent.items() if isinstance(it, Problem)}
    known = {id: it for id, it in sent.items() if isinstance(it, Enrolment)}
    rows = [entry_of(it, form, await acts.of(it)) for it in known.values()]
    key = Key(f"entries:{form['key']}") if form["key"] else None
    found = await taken(rows, visit.caller, acts, key, prints)
    ids = [*known]
    refused |= {ids[each.number]: each for each in found if each.problem}
    done = str(len(sent) - len(refused))
    if not refused:
        where = {"county": part.county, "stage": part.stage, "after": part.after, "done": done}
        return go_to(f"/programmes/{code}/entries?{urlencode({name: said for name, said in where.items() if said})}")
    return await _entries(visit, acts, part, done=done, form=form, refused=refused)


@router.get("/programmes/{code}/export")
async def export(
    visit: SignedIn, acts: Given, looks: Kept, part: Annotated[Asked, Depends(asked)], format: FileFormat = "csv"
) -> Response:
    """Who is in it as a file for a spreadsheet, by ids and without a name; the look is on record. Its last line says
    where there are more than it holds."""
    visit.must(May.WORK)
    here = county_of(visit.caller, part.county)
    await in_force(part.code, here, acts)
    scope, sought = Scope(frozenset({here}), visit.caller.units), Sought(part.code, part.stage or None, "open")
    lines: list[list[Value]] = [[visit.label(column) for column in COLUMNS]]
    units = set[str]()
    after: str | None = ""
    while len(lines) <= EXPORTED + 1 and after is not None:
        page, after = await acts.enrolments.find(scope, sought, after, AT_ONCE)
        lines += [_line(row, visit) for row in await rows_of(page, acts)]
        units |= {unit for it in page for unit in parties(it, await acts.of(it))}
    shown, more = lines[: EXPORTED + 1], len(lines) > EXPORTED + 1
    look = Look(now(), visit.caller.name, here, "", part.code, tuple(sorted(units)), PROGRAMME, cases=len(shown) - 1)
    await looks.note(look)
    if more:
        shown.append([visit.label("enrolments_end").format(EXPORTED)])
    return as_file(Grid(part.code, shown), format)


def _line(row: Owing, visit: Visit) -> list[Value]:
    it, first = row.it, row.first
    return [
        it.id, it.subject.case_id or "", it.subject.household_id or "", visit.word(f"{it.programme}.{it.stage}"),
        visit.word(it.unit), it.person or visit.label("nobody"), _at(it.begun_at), _at(first.due) if first else "",
        visit.word(f"{it.programme}.{first.task}") if first else "",
        visit.label("overdue") if first and first.state(now()) == "overdue" else "",
    ]  # fmt: skip


def _at(at: datetime) -> str:
    """A time in Taiwan, as spreadsheets sort it."""
    return f"{here(at):%Y-%m-%d %H:%M}"


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
        sent = {side: content for side in SIDES if (content := await _content(visit, side))}
        told = {side: await asyncio.to_thread(lines, content) for side, content in sent.items()}
        lists = {side: {_reference(each): keys_of(each, finding) for each in rows} for side, rows in told.items()}
        found = await beside_ours(lists, finding)
    except Problem as problem:
        return await _files(visit, acts, code, county, problem=problem)
    return await _files(visit, acts, code, county, compared=found)


def _reference(line: Line) -> str:
    return line["reference"] or str(line.number)


def entry_of(it: Enrolment, form: Filled, programme: Programme) -> Mapping[str, Any]:
    """What a row says, as the API takes it: `whole` hands in what the answer needs in the stage that they are in."""
    id, stage = it.id, programme.stages.get(it.stage)
    kind, _, code = form[f"act.{id}"].partition(".")
    at = {"at": form.time(f"at.{id}") or form.time("at")}
    if kind == "contact":
        what, _, how = code.partition(".")
        said = {"what": what, "kind": how, "reached": not form[f"away.{id}"]}
        return {"enrolment_id": id, "acts": [{"contact": said | {n: v for n, v in at.items() if v}}]}
    more: dict[str, Any] = {}
    if form[f"whole.{id}"] and stage and (ahead := stage.next.get(code)):
        needs = dict.fromkeys((*ahead.needs, *(stage.needs if ahead.to != it.stage else ())))
        papers = [each for each in needs if each not in {*programme.contacts, *programme.facts, PAID}]
        more = {"evidence": papers, "told": ahead.tells}
    answer = {"answer": code} | more | {n: v for n, v in at.items() if v}
    return {"enrolment_id": id, "acts": [{"answer": answer}]}


async def _known(id: str, visit: Visit, acts: Acts) -> Enrolment | Problem:
    """The enrolment that a row is of, or why it is none of theirs: it stops no other row."""
    try:
        return await acts.enrolment(id, visit.caller)
    except Problem as problem:
        return problem


async def _entries(
    visit: Visit, acts: Acts, part: Asked, *, done: str = "", form: Filled | None = None,
    refused: Mapping[str, Row] | None = None,
) -> Response:  # fmt: skip
    here = county_of(visit.caller, part.county)
    programme = await in_force(part.code, here, acts)
    scope, sought = Scope(frozenset({here}), visit.caller.units), Sought(part.code, part.stage or None, "open")
    found, following = await acts.enrolments.find(scope, sought, part.after, MOST)
    wrong = refused or {}
    # Those to correct stand first, whatever their stage is by now, and wherever in the list they are.
    again = [(it, row) for id, row in wrong.items() if isinstance(it := await _known(id, visit, acts), Enrolment)]
    rest = [(it, None) for it in found if it.id not in wrong]
    by_stage = (await acts.enrolments.by_stage(scope)).get(part.code, {})
    return visit.page(
        "programme_entries.html", next((row.problem for row in wrong.values()), None), it=programme,
        rows=[await _listed(it, acts, row) for it, row in (*again, *rest)], refused=wrong, stage=part.stage,
        county_shown=here, done=done, after=part.after, following=following,
        total=by_stage.get(part.stage, 0) if part.stage else sum(by_stage.values()), typed=form or Filled(),
        about=about_of(visit),
    )  # fmt: skip


async def _listed(it: Enrolment, acts: Acts, row: Row | None) -> Listed:
    """One who left the programme meanwhile can be given nothing any more, and says so."""
    if (stage := (await acts.of(it)).stages.get(it.stage)) is None:
        return Listed(it, (), (), row)
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
