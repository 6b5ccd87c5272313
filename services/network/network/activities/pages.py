"""Pages of plain records, with the forms that write them, and a county's year as page, PDF and file."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NO_STORE, Forbidden, Problem
from rules.counties import choosable, units_of
from rules.places import villages_of
from web import times
from web.files import as_file, named
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to, whole
from web.headers import headers
from web.language import language
from web.report import Document, as_pdf
from web.sheet import in_one_grid

from network.access import Scope
from network.activities.api import MOST
from network.activities.api import Given as Acts
from network.activities.bodies import ReasonBody, RecordBody
from network.activities.domain.record import ANYBODYS
from network.activities.figures_api import Given, today
from network.activities.lists import codes, typed_ones
from network.activities.sheets import Writer
from network.activities.year import Years
from network.clock import now
from network.once import Printed, told

router = APIRouter(include_in_schema=False, route_class=PageRoute)
FIRST_YEAR = 2018
FORMS: Mapping[str, Mapping[str, str]] = {
    "activity": {"kind": "activities", "day": "date", "sessions": "number", "people": "number", "organiser": "text",
                 "funds": "text", "series": "text", "place": "text", "township": "townships"},
    "need": {"course": "courses", "name": "text", "post": "text", "started": "date", "due": "date", "taken": "date"},
    "session": {"course": "courses", "day": "date", "places": "number"},
    "coverage": {"site": "sites", "year": "number", "township": "townships", "sites": "number",
                 "communities": "number"},
    "posts": {"group": "units", "role": "roles", "month": "month", "posts": "number", "filled": "number"},
    "growth": {"group": "units", "year": "number", "more": "number"},
    "grant": {"purpose": "sites", "body": "text", "year": "number", "amount": "number", "state": "states"},
    "typed": {"indicator": "indicators", "year": "number", "value": "decimal", "part": "number", "whole": "number"},
    "base": {"name": "bases", "year": "number", "count": "number"},
    "population": {"month": "month", "people": "number", "male": "number", "female": "number"},
}  # fmt: skip
"""What is asked for in the form of each kind of record: a kind of field, or a list to choose from."""
FILTERS = ("kind", "organiser", "funds")
PREFIXES = {"activities": "activity.", "courses": "course.", "sites": "site.", "roles": "post.", "bases": "base.",
            "indicators": "indicator."}  # fmt: skip


@router.get("/records")
async def records_page(visit: SignedIn, acts: Acts) -> Response:
    return await _list(visit, acts)


@router.post("/records")
async def write(visit: Meant, form: Form, acts: Acts, prints: Printed) -> Response:
    visit.must(May.RECORD)
    of = form["of"]
    what = form.texts(*FORMS.get(of, ())) | {"of": of}
    fields: dict[str, Any] = form.texts("county", "source", "unit") | {"what": what}
    try:
        made = await acts.write(
            body_of(RecordBody, fields), visit.caller, prints.key("record", form["key"], form.words)
        )
    except Problem as problem:
        return await _list(visit, acts, told(problem), form)
    return go_to(f"/records?county={made.county}&of={of}#r-{made.id}")


@router.post("/records/{id}/withdrawal")
async def withdraw(id: str, visit: Meant, form: Form, acts: Acts) -> Response:
    visit.must(May.RECORD)
    made = await acts.withdraw(id, body_of(ReasonBody, {"reason": form["reason"]}).reason, visit.caller)
    return go_to(f"/records?county={made.county}&of={made.what.of}")


@router.get("/yearly")
async def yearly(visit: SignedIn, years: Given, county: str = "", year: int = 0) -> Response:
    visit.must(May.COUNT)
    found = await _year(visit, years, county, year)
    return visit.page(
        "yearly.html", sections=found.sections(), of=found.year, choosable=choosable(visit.caller.counties),
        waiting=_named(visit, found), years=range(FIRST_YEAR, int(today()[:4]) + 1),
    )  # fmt: skip


@router.get("/yearly.{format}")
async def yearly_file(
    visit: SignedIn, years: Given, format: Literal["pdf", "csv", "xlsx"], county: str = "", year: int = 0
) -> Response:
    visit.must(May.COUNT)
    found = await _year(visit, years, county, year)
    name = f"{found.year.county}-{found.year.year}"
    if format != "pdf":
        return as_file(in_one_grid(name, found.sections()), format)
    body = await asyncio.to_thread(as_pdf, _document(visit, found), language(visit.request))
    told = {"Content-Disposition": named("inline", f"{name}.pdf")}
    return Response(body, media_type="application/pdf", headers=headers() | dict(NO_STORE) | told)


async def _year(visit: Visit, years: Years, county: str, year: int) -> Writer:
    """Raises Forbidden for another county."""
    here = county or choosable(visit.caller.counties)[0]
    if not visit.caller.sees(here):
        raise Forbidden("That county is not yours.", "非您轄管縣市。")
    asked = year if FIRST_YEAR <= year <= 2100 else int(today()[:4])
    return Writer(await years.of(here, asked, today()), visit.word, visit.request.app.state.public_url)


def _document(visit: Visit, found: Writer) -> Document:
    at = times.here(now())
    title = f"{visit.word(f'other-counties/{found.year.county}')} {found.year.year} {visit.label('yearly')}"
    return Document(
        title, f"{visit.label('title')} · {visit.label('subtitle')}",
        f"{visit.label('printed_at')} {at:%Y-%m-%d %H:%M}", title, found.sections(),
        notes=(visit.label("every_number_leads"),),
    )  # fmt: skip


def _named(visit: Visit, found: Writer) -> list[tuple[str, Any, bool]]:
    """Who waits for a course, by name for who may see their unit's records."""
    scope = Scope.of(visit.caller)
    seen = may(visit.caller.role, May.RECORD)
    return [
        (each.need.name if seen and scope.covers(each.record.county, (each.record.unit,)) else "", each,
         each.is_late(today()))
        for each in found.year.seats if each.waits
    ]  # fmt: skip


async def _list(visit: Visit, acts: Acts, problem: Problem | None = None, form: Filled | None = None) -> Response:
    visit.must(May.RECORD)
    asked, mine = visit.request.query_params, choosable(visit.caller.counties)
    wanted = form["county"] if form else asked.get("county")
    here = wanted if wanted in mine else mine[0]
    of = (form["of"] if form else asked.get("of")) or None
    sought = {"county": here, "what.of": of, "year": whole(asked.get("year"))} | {
        f"what.{name}": asked.get(name) for name in FILTERS
    }
    found, following = await acts.records.find(Scope.of(visit.caller), sought, asked.get("after"), MOST)
    kinds = [of for of in FORMS if of in ANYBODYS or may(visit.caller.role, May.KEEP)]
    return visit.page(
        "records.html", problem, listed=found, here_county=here, choosable=mine, of=of, kinds=kinds,
        forms=FORMS, lists=_lists(here, visit), prefixes=PREFIXES, typed=form or Filled(), all_kinds=tuple(FORMS),
        further=urlencode({**asked, "county": here, "of": of or "", "after": following}) if following else "",
        about=_about(visit),
    )  # fmt: skip


def _lists(county: str, visit: Visit) -> Mapping[str, tuple[str, ...]]:
    units = tuple(each for each in units_of(county) if not visit.caller.units or each in visit.caller.units)
    own = {name: codes(name) for name in ("activities", "courses", "sites", "roles", "bases")}
    return own | {
        "townships": tuple(villages_of(county)), "units": units, "indicators": typed_ones(),
        "states": ("asked", "granted"),
    }  # fmt: skip


def _about(visit: Visit) -> object:
    return lambda entry: visit.word(f"col.{entry.get('about', '').rpartition('.')[2]}")
