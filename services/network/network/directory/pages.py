"""Pages of the directory: searched by everybody, written by keepers in small forms, each a new version of an entry."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from contracts.languages import Said
from contracts.roles import May, may
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.problems import NotFound, Problem, Unprocessable
from pydantic import BaseModel
from rules.counties import choosable, units_of
from rules.taiwan import taipei_day
from starlette.datastructures import UploadFile
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to, whole

from network.access import Scope
from network.clock import now
from network.directory import tabular
from network.directory.acts import Acts
from network.directory.api import Asked, Given, looked_for, today
from network.directory.bodies import EntryBody, Slug
from network.directory.documents import Sought
from network.directory.domain.entry import Entry
from network.directory.exchange import exported, file_of, taken_in
from network.directory.kinds import public
from network.directory.maps import drawn
from network.directory.views import EntryView, stale_after
from network.services import NEEDS, catalogue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SHOWN, MOST_COUNTED = 100, 100
_NOTHING = Filled()
Fields = dict[str, Any]


@router.get("/directory")
async def directory_page(visit: SignedIn, acts: Given, asked: Annotated[Asked, Depends()], after: str = "") -> Response:
    visit.must(May.FIND)
    return await _listed(visit, acts, asked, after or None)


@router.get("/directory/map")
async def map_page(visit: SignedIn, acts: Given, asked: Annotated[Asked, Depends()]) -> Response:
    """A county's townships, each with how many can be met there; the table beside it says the same."""
    visit.must(May.FIND)
    counties = choosable(visit.caller.counties)
    county = asked.county or next(iter(counties), "")
    sought = replace(asked, county=county).sought(visit.caller)
    counts = await acts.directory.by_township(Scope.of(visit.caller), sought)
    return visit.page(
        "directory_map.html", asked=asked, here_county=county, map=drawn(county, counts), choosable=counties,
        services=tuple(catalogue().services), needs=NEEDS,
    )  # fmt: skip


@router.get("/directory/export")
async def export(
    visit: SignedIn,
    acts: Given,
    county: str,
    kind: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """The county's directory as a file: HSDS 3 tables, in JSON or as CSV files."""
    visit.must(May.FIND)
    told = await exported(county, visit.caller, acts)
    if kind == "csv":
        return file_of(await asyncio.to_thread(tabular.packed, told))
    return file_of(json.dumps(told, ensure_ascii=False).encode(), "application/json")


@router.post("/directory")
async def make(visit: Meant, form: Form, acts: Given) -> Response:
    """A new provider, with nothing but its name; what it offers follows on its page."""
    visit.must(May.KEEP)
    try:
        fields = form.texts("county", "name", "unit", "description")
        id = body_of(_Named, {"id": form["id"]}).id
        if await acts.directory.get(id):
            raise Unprocessable("This id is taken.", "此代號已有人使用。")
        await acts.write(id, body_of(EntryBody, fields), visit.caller, seen=0)
    except Problem as problem:
        return await _listed(visit, acts, Asked(), problem=problem, form=form)
    return go_to(f"/directory/{id}")


@router.post("/directory/imports")
async def take_in(visit: Meant, form: Form, acts: Given, request: Request) -> Response:
    """A file of HSDS 3 tables: all of it, or nothing and every bad row by number."""
    visit.must(May.KEEP)
    try:
        county = Asked(form["county"]).sought(visit.caller).county or ""
        await taken_in(county, await _tables((await request.form()).get("file")), visit.caller, acts)
    except Problem as problem:
        return await _listed(visit, acts, Asked(), problem=problem, form=form)
    return go_to("/directory?unlooked=true")


@router.get("/directory/{id}")
async def entry_page(id: Slug, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.FIND)
    return _shown(visit, await acts.entry(id, visit.caller))


@router.post("/directory/{id}/{act}")
async def do(id: Slug, act: str, visit: Meant, form: Form, acts: Given) -> Response:
    """One small form of a keeper; afterwards the entry."""
    visit.must(May.KEEP)
    entry = await acts.entry(id, visit.caller)
    try:
        if act == "second-look":
            await acts.look(id, visit.caller, right=form["right"] == "yes")
        elif act == "assurance":
            await acts.confirm(id, visit.caller)
        elif act in EDITS:
            fields = EDITS[act](EntryView.of(entry).model_dump(mode="json"), form)
            await acts.write(id, body_of(EntryBody, fields), visit.caller, seen=_version(form))
        else:
            raise NotFound("There is no such act.", "查無此動作。")
    except NotFound:
        raise
    except Problem as problem:
        return _shown(visit, entry, problem=problem, form=form, act=act)
    return go_to(f"/directory/{id}")


class _Named(BaseModel):
    id: Slug


def _version(form: Filled) -> int | None:
    """What was read; 0, which no entry has, for what is no number: nothing is written over unseen."""
    return whole(form["version"]) or 0 if form["version"] else None


async def _tables(file: object) -> dict[str, Any]:
    """Raises Unprocessable for what is no file of tables."""
    return await asyncio.to_thread(tabular.read, await file.read() if isinstance(file, UploadFile) else b"")


async def _listed(
    visit: Visit, acts: Acts, asked: Asked, after: str | None = None, *, problem: Problem | None = None,
    form: Filled | None = None,
) -> Response:  # fmt: skip
    scope = Scope.of(visit.caller)
    try:
        found = await looked_for(asked, visit.caller, acts, after, SHOWN)
    except Unprocessable as wrong:
        found, problem = [], problem or wrong
    before = now() - stale_after()
    return visit.page(
        "directory.html", problem, entries=found, asked=asked, keeps=_keeps(visit),
        services=tuple(catalogue().services), needs=NEEDS, stale_before=before,
        following=found[-1].entry.id if len(found) == SHOWN else None,
        stale=await acts.directory.count(scope, Sought(today(), assured_before=before), MOST_COUNTED),
        unlooked=await acts.directory.count(scope, Sought(today(), unlooked=True), MOST_COUNTED),
        most=MOST_COUNTED,
        choosable=choosable(visit.caller.counties), typed=form or _NOTHING, about=_about(visit),
    )  # fmt: skip


def _shown(
    visit: Visit, entry: Entry, *, problem: Problem | None = None, form: Filled | None = None, act: str = ""
) -> Response:
    return visit.page(
        "provider.html", problem, entry=entry, keeps=_keeps(visit), act=act,
        may_look=not entry.is_looked_at and visit.caller.name not in entry.editors,
        stale=entry.is_stale(now(), stale_after()), services=tuple(catalogue().services), needs_of=catalogue().services,
        today=today(), kinds=public().kinds, units=units_of(entry.county), typed=form or _NOTHING, about=_about(visit),
    )  # fmt: skip


def _keeps(visit: Visit) -> bool:
    return may(visit.caller.role, May.KEEP)


def _about(visit: Visit) -> Callable[[Mapping[str, str]], str]:
    """The field of an error by its name, where it has one; a row of a file is named by its words."""
    return lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]) or entry.get("at", "")


def _places(said: Fields, form: Filled) -> Fields:
    """How many places are left at one service, as of now."""
    for each in said["services"]:
        if each["id"] == form["service"]:
            each["places"] = _room(form)
    return said


def _room(form: Filled) -> dict[str, str] | None:
    return {name: form[field] for name, field in (("left", "left"), ("of", "whole")) if form[field]} or None


def _window(said: Fields, form: Filled) -> Fields:
    """A new window; who had its purpose until then, in hours or always as it is, ends the day before."""
    new, hours = form.texts("purpose", "name", "phone", "email", "valid_from", "valid_to", "heard_by"), _hours(form)
    for each in said["windows"]:
        is_the_same = each["purpose"] == new.get("purpose") and bool(each["hours"]) == bool(hours)
        if is_the_same and each["valid_to"] is None:
            each["valid_to"] = _day_before(new.get("valid_from"))
    said["windows"].append({**new, "hours": hours})
    return said


def _service(said: Fields, form: Filled) -> Fields:
    """One more service, at all sites that the entry has; an id is made from its code."""
    code = form["service"]
    taken = {each["id"] for each in said["services"]}
    id = next(each for each in (code, *(f"{code}-{n}" for n in range(2, 99))) if each.replace("_", "-") not in taken)
    townships = [each for each in form["townships"].replace("、", " ").replace(",", " ").split() if each]
    room = _room(form)
    said["services"].append({
        "id": id.replace("_", "-"), "service": code, "townships": townships,
        "sites": [each["id"] for each in said["sites"]],
        **form.texts("promise"), **({"places": room} if room else {}),
        "hours": _hours(form),
    })  # fmt: skip
    return said


def _hours(form: Filled) -> list[Fields]:
    return [{"days_of_week": days, **form.texts("opens_at", "closes_at")} for days in [form.all("day")] if days]


def _site(said: Fields, form: Filled) -> Fields:
    """One more site; a secret one is written and never shown."""
    id = f"site-{len(said['sites']) + 1}"
    site = {
        "id": id,
        **form.texts("name", "township", "address", "phone"),
        "secret_address": bool(form["is_secret"]),
    }
    said["sites"].append(site)
    for each in said["services"]:
        each["sites"].append(id)
    return said


def _facts(said: Fields, form: Filled) -> Fields:
    return said | form.texts("name", "description", "valid_from", "valid_to") | {"public": form["public"] or None}


def _day_before(day: str | None) -> str:
    try:
        begins = date.fromisoformat(day) if day else taipei_day(now())
    except ValueError:
        wrong = Said("日期請寫成 2026-11-20。", "Write a day as 2026-11-20.")
        raise Unprocessable(wrong.en, wrong.zh) from None
    return (begins - timedelta(days=1)).isoformat()


EDITS: Mapping[str, Callable[[Fields, Filled], Fields]] = {
    "places": _places, "windows": _window, "services": _service, "sites": _site, "facts": _facts,
}  # fmt: skip
