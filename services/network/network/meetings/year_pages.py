"""The page of a year of meetings: its series, collisions and figures, what a secretary owes; and what plans them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, get_args

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import units_of
from rules.spans import TAIPEI
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.access import Scope
from network.meetings import bodies
from network.meetings.acts import Acts, runs
from network.meetings.domain.meeting import AHEAD, LEVELS, Meeting
from network.meetings.domain.planning import Every, colliding
from network.meetings.figures_api import figures_of
from network.meetings.minutes_api import calendar_of
from network.meetings.pack_api import Kept
from network.meetings.pages import said
from network.meetings.planning import Planning
from network.meetings.reading import rulebook
from network.meetings.store import Sought
from network.once import Printed, told
from network.periods import midnight, whole_year, year_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 500
_NOTHING = Filled()


@router.get("/meetings")
async def meetings_page(visit: SignedIn, papers: Kept, year: str = "", series: str = "") -> Response:
    visit.must(May.MEET)
    return await _year(visit, papers.acts, year=year, series=series)


@router.post("/meetings/series")
async def make_series(visit: Meant, form: Form, papers: Kept, prints: Printed) -> Response:
    """A series with its chairs in turn, one a line."""
    visit.must(May.MEET)
    fields = _sitting(form) | {"chairs": tuple(form["chairs"].split())}
    fields["rhythm"] = {name: form[name] for name in ("every", "nth", "weekday", "hour") if form[name]}
    try:
        key = prints.key("series", form["key"], form.words)
        made = await Planning(papers.acts).new_series(body_of(bodies.SeriesBody, fields), visit.caller, key)
    except Problem as problem:
        return await _year(visit, papers.acts, problem=told(problem), form=form)
    return go_to(f"/meetings?series={made.id}")


@router.post("/meetings/plan")
async def plan(visit: Meant, form: Form, papers: Kept) -> Response:
    """The plan of a year in one act: by the rhythm of its series, or on the days that are written down."""
    visit.must(May.MEET)
    fields: dict[str, Any] = form.texts("year", "first_chair") | {"dates": tuple(form["dates"].split())}
    try:
        await Planning(papers.acts).plan(form["series_id"], body_of(bodies.PlanBody, fields), visit.caller)
    except NotFound:
        raise
    except Problem as problem:
        return await _year(visit, papers.acts, problem=told(problem), form=form)
    return go_to(f"/meetings?series={form['series_id']}&year={form['year']}")


@router.post("/meetings")
async def make(visit: Meant, form: Form, papers: Kept, prints: Printed) -> Response:
    visit.must(May.MEET)
    fields = _sitting(form) | form.texts("chair") | {"at": form.time("at")}
    try:
        key = prints.key("meeting", form["key"], form.words)
        id = await Planning(papers.acts).new_meeting(body_of(bodies.MeetingBody, fields), visit.caller, key)
    except Problem as problem:
        return await _year(visit, papers.acts, problem=told(problem), form=form)
    return go_to(f"/meetings/{id}")


@router.get("/meetings.ics")
async def calendar_file(visit: SignedIn, papers: Kept, series: str = "") -> Response:
    """One's meetings for a calendar of one's own."""
    visit.must(May.MEET)
    return await calendar_of(papers.acts, visit.caller, series or None)


async def _year(
    visit: Visit, acts: Acts, *, year: str = "", series: str = "", problem: Problem | None = None,
    form: Filled | None = None,
) -> Response:  # fmt: skip
    """The meetings of a year to which this visitor is asked, and what else their units are asked to on those days."""
    this, today = year_of(year), datetime.now(TAIPEI).date()
    period, scope = whole_year("", this), Scope.of(visit.caller)
    sought = Sought(series_id=series or None, since=period.start, until=period.end)
    found, _ = await acts.meetings.find(scope, sought, None, MOST)
    known = await acts.meetings.all_series(scope)
    seen = await acts.meetings.items_of_all([each.id for each in found], visit.caller.name)
    return visit.page(
        "meetings.html", problem, year_shown=this, series_shown=series, series=known,
        rows=await _with_collisions(found, acts), convenes=may(visit.caller.role, May.CONVENE),
        levels=LEVELS, purposes=rulebook().purposes, every=get_args(Every), typed=form or _NOTHING,
        units=[unit for county in sorted(visit.caller.counties - {"*"}) for unit in units_of(county)],
        gone=datetime.now(TAIPEI) - timedelta(hours=12), today=today, owed=await _owed(visit, acts, today),
        figures=figures_of("", found, seen), schemes=rulebook().schemes, **said(visit),
    )  # fmt: skip


async def _with_collisions(
    found: Sequence[Meeting], acts: Acts
) -> list[tuple[Meeting, list[tuple[Meeting, frozenset[str]]]]]:
    by_county: dict[str, set[date]] = {}
    for each in found:
        by_county.setdefault(each.county, set()).add(each.day)
    others = [each for county, days in by_county.items() for each in await acts.meetings.of_days(county, days)]
    return [(each, colliding(each, others)) for each in found]


async def _owed(visit: Visit, acts: Acts, today: date) -> list[Meeting]:
    """What this visitor convenes and owes: meetings whose day has passed and that nobody opened, minutes not approved.

    Whichever year is shown: what is owed is not hidden by a choice.
    """
    scope, until = Scope.of(visit.caller), midnight(today)
    found, _ = await acts.meetings.find(scope, Sought(until=until, states=(*AHEAD, "held")), None, MOST)
    return [each for each in found if runs(each, visit.caller)]


def _sitting(form: Filled) -> dict[str, Any]:
    fields: dict[str, Any] = form.texts("level", "purpose", "county", "host", "minutes", "minutes_per_item")
    return fields | form.texts("room", "link", "place") | {"units": tuple(form.all("units"))}
