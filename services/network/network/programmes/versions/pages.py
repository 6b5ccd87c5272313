"""The page of a county's own programmes: paste its file, see what is wrong by line; another approves it."""

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to, whole

from network.programmes.acts import Acts
from network.programmes.api import Given, county_of
from network.programmes.versions import acts as deeds

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_NOTHING = Filled()


@router.get("/programmes/drafts")
async def drafts_page(visit: SignedIn, acts: Given, county: str = "") -> Response:
    visit.must(May.GOVERN)
    return await _shown(visit, acts, county)


@router.post("/programmes/drafts")
async def propose(visit: Meant, form: Form, acts: Given) -> Response:
    visit.must(May.GOVERN)
    county = county_of(visit.caller, form["county"] or None)
    try:
        await deeds.propose(form["text"] + "\n", county, visit.caller, acts.versions)
    except Problem as problem:
        return await _shown(visit, acts, county, problem=problem, form=form)
    return go_to(f"/programmes/drafts?county={county}")


@router.post("/programmes/drafts/approval")
async def approve(visit: Meant, form: Form, acts: Given) -> Response:
    visit.must(May.GOVERN)
    county = county_of(visit.caller, form["county"] or None)
    number = whole(form["version"]) or 0
    try:
        await deeds.approve(
            form["programme"], number, form["digest"], county=county, caller=visit.caller, versions=acts.versions
        )
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, county, problem=problem)
    return go_to(f"/programmes/{form['programme']}?county={county}")


async def _shown(
    visit: Visit, acts: Acts, asked: str, *, problem: Problem | None = None, form: Filled | None = None
) -> Response:
    county = county_of(visit.caller, asked or None)
    waiting = [(each, deeds.digest_of(each.text)) for each in await acts.versions.proposed(county)]
    return visit.page(
        "programme_drafts.html", problem, county_shown=county, waiting=waiting, typed=form or _NOTHING, about=_about,
        me=visit.caller.name,
    )  # fmt: skip


def _about(entry: dict[str, str]) -> str:
    """The line, and the path that stands there."""
    line = entry.get("at", "").rpartition(":")[2]
    return f"({line}: {entry.get('about', '')})" if line.isdecimal() else f"({entry.get('about', '')})"
