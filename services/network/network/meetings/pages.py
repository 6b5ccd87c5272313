"""Pages of meetings: the year with its series and collisions, one meeting with what may be done, a part to write."""

from datetime import datetime, timedelta
from typing import Any

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import units_of
from rules.spans import TAIPEI
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to
from web.language import language

from network.access import Scope
from network.meetings import printing
from network.meetings.acts import chairs, no_item, runs
from network.meetings.coming_rows import rows_of
from network.meetings.domain.agenda import agenda_of
from network.meetings.domain.meeting import Meeting
from network.meetings.domain.planning import colliding
from network.meetings.followed import Spot
from network.meetings.lists import Lists
from network.meetings.meeting_acts import Desk
from network.meetings.pack_api import Kept, file_of
from network.meetings.papers import Papers
from network.meetings.reading import rulebook
from network.meetings.spoken import words_of, words_of_meeting
from network.meetings.views import ItemView, proposed
from network.once import Printed, told

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_NOTHING = Filled()
REASONS = {
    "deferral": ("no_time", "referrer_absent", "papers_missing"),
    "drop": ("solved", "case_closed", "added_by_mistake"),
    "absent": ("on_duty", "other_meeting", "ill"),
}


@router.get("/meeting-items/{id}")
async def item_page(id: str, visit: SignedIn, papers: Kept) -> Response:
    """Where a matter stands now, or stood last: what a task of it leads to. Raises NotFound."""
    visit.must(May.MEET)
    found = await papers.acts.meetings.get_item(id) or await papers.acts.meetings.of_decision(id)
    if found is None:
        raise no_item()
    where = found.meeting_id or (found.sitting.meeting_id if found.sitting else None)
    if where is None:  # it waits for a meeting, which its host has yet to plan
        if not Scope.of(visit.caller).speaks_for(found.host) or found.is_kept_from(visit.caller.name):
            raise no_item()
        return go_to("/meetings#plan")
    await papers.acts.item(where, found.id, visit.caller)
    owes = found.id == id and any(each.handed_in_at is None and each.meeting_id == where for each in found.papers)
    return go_to(f"/meetings/{where}/papers#{found.id}" if owes else f"/meetings/{where}#{found.id}")


@router.get("/meetings/{id}")
async def meeting_page(id: str, visit: SignedIn, papers: Kept) -> Response:
    visit.must(May.MEET)
    return await shown(visit, papers, id)


@router.get("/meetings/{id}/papers")
async def papers_page(id: str, visit: SignedIn, papers: Kept) -> Response:
    """What a member's unit is to write, with the facts beside; a reading of its own drafts is on record too."""
    visit.must(May.MEET)
    return await _parts(visit, papers, id)


@router.get("/meetings/{id}/pack.{kind}")
async def pack_file(id: str, kind: str, visit: SignedIn, papers: Kept) -> Response:
    visit.must(May.MEET)
    if kind not in ("pdf", "docx"):
        raise NotFound("There is no such file.", "查無此檔案。")
    return await file_of(id, kind, visit.caller, papers, language(visit.request))


@router.post("/meetings/{id}/items/{item}/looks")
async def uncover(id: str, item: str, visit: Meant, papers: Kept) -> Response:
    """The meeting with what was written of one item, once the look is on record."""
    visit.must(May.MEET)
    meeting, found = await papers.acts.item(id, item, visit.caller)
    await papers.look(meeting, found, visit.caller, "meeting")
    tokens = words_of(found)
    opened = dict(zip(tokens, await papers.acts.sealing.open(list(tokens.values())), strict=True)) if tokens else {}
    return await shown(visit, papers, id, uncovered={item: opened})


@router.post("/meetings/{id}/items/{item}/{act}")
async def do_to_item(
    *, id: str, item: str, act: str, visit: Meant, form: Form, papers: Kept, prints: Printed
) -> Response:
    visit.must(May.MEET)
    try:
        key = prints.key(act, form["key"], form.words)
        await Desk(papers.acts, papers, visit.caller).of_item(id, item, act, form, key)
    except NotFound:
        raise
    except Problem as problem:
        page = _parts if act == "paper" else shown
        return await page(visit, papers, id, problem=told(problem), form=form, of=item, act_name=act)
    return go_to(f"/meetings/{id}/papers#{item}" if act == "paper" else f"/meetings/{id}#{item}")


@router.post("/meetings/{id}/items/{item}/decisions/{decision}/{act}")
async def do_to_decision(
    *, id: str, item: str, decision: str, act: str, visit: Meant, form: Form, papers: Kept, prints: Printed
) -> Response:  # fmt: skip
    visit.must(May.MEET)
    try:
        key = prints.key(f"{act}:{decision}", form["key"], form.words)
        await Desk(papers.acts, papers, visit.caller).of_decision(Spot(id, item, decision), act, form, key)
    except NotFound:
        raise
    except Problem as problem:
        return await shown(visit, papers, id, problem=told(problem), form=form, of=item, act_name=act)
    return go_to(f"/meetings/{id}#{item}")


@router.post("/meetings/{id}/{act}")
async def do(*, id: str, act: str, visit: Meant, form: Form, papers: Kept, prints: Printed) -> Response:
    """One act on a meeting; afterwards the meeting, or the form again with what stands in the way."""
    visit.must(May.MEET)
    try:
        key = prints.key(act, form["key"], form.words)
        await Desk(papers.acts, papers, visit.caller).of_meeting(id, act, form, key)
    except NotFound:
        raise
    except Problem as problem:
        return await shown(visit, papers, id, problem=told(problem), form=form, act_name=act)
    return go_to(f"/meetings/{id}/minutes" if act in ("minutes", "approval") else f"/meetings/{id}")


async def shown(
    visit: Visit, papers: Papers, id: str, *, problem: Problem | None = None, form: Filled | None = None, of: str = "",
    act_name: str = "", uncovered: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    """A meeting as this visitor sees it; after a problem with what was typed, in the form that it was typed in."""
    meeting, items, side = await papers.acts.meeting(id, visit.caller)
    pack = await papers.pack(id, visit.caller, opened=False)
    agenda = agenda_of(meeting, items)
    here = {each.item.id for each in agenda.places}
    others = await papers.acts.meetings.of_days(meeting.county, {meeting.day})
    hands, lists = await papers.acts.meetings.hands_of(items), Lists(papers.acts)
    return visit.page(
        "meeting.html", problem, it=meeting, side=side, agenda=agenda, pack=pack, schemes=rulebook().schemes,
        views={each.id: ItemView.of(each, id, None, hands) for each in items},
        in_words={each.id for each in items if words_of(each)},
        opens={each.item.id for each in pack.items if each.opens}, gone=[each for each in items if each.id not in here],
        collisions=colliding(meeting, others), runs=runs(meeting, visit.caller), chairs=chairs(meeting, visit.caller),
        units=units_of_meeting(meeting), speaks=Scope.of(visit.caller).speaks_for, proposed=proposed, reasons=REASONS,
        rows=rows_of(meeting, form if act_name == "attendance" else None),
        missed=meeting.is_missed(papers.acts.clock().astimezone(TAIPEI).date()),
        standings={each.id: await lists.at(each, visit.caller) for each in items if each.id in here},
        said_of_it=bool(words_of_meeting(meeting)), uncovered=uncovered or {},
        typed=form or _NOTHING, of=of, act_name=act_name, due_first=due_first(papers.acts.clock()), **said(visit),
    )  # fmt: skip


async def _parts(
    visit: Visit, papers: Papers, id: str, *, problem: Problem | None = None, form: Filled | None = None, of: str = "",
    act_name: str = "",
) -> Response:  # fmt: skip
    pack = await papers.pack(id, visit.caller)
    return visit.page(
        "meeting_papers.html",
        problem,
        it=pack.meeting,
        pack=pack,
        typed=form or _NOTHING,
        of=of,
        **said(visit),
    )


def said(visit: Visit) -> dict[str, Any]:
    """How templates say what a meeting is for, why an item is on it, and a fact."""
    lang = language(visit.request)
    purposes = rulebook().purposes

    def purpose(code: str) -> str:
        known = purposes.get(code)
        return (known.zh if lang == "zh" else known.en) if known else visit.word(code)

    return {
        "purpose": purpose, "called": lambda name: printing.called(name, lang),
        "why": lambda because: printing.why(because, lang),
        "fact": lambda each: printing.said_of(each, lang), "subject": lambda item: printing.named(item, lang),
        "about": lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    }  # fmt: skip


def units_of_meeting(meeting: Meeting) -> list[str]:
    """Who may owe what is decided: those who come, then every other unit of the county."""
    return list(dict.fromkeys((*meeting.units, *sorted(meeting.parties), *units_of(meeting.county))))


def due_first(now: datetime) -> str:
    """What a decision's date is until somebody writes another: in two weeks, by the end of that day's work."""
    return f"{now.astimezone(TAIPEI) + timedelta(days=14):%Y-%m-%dT17:00}"
