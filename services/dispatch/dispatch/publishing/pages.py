"""The pages of decision tables: what is in force, drafts, and their way to a second person."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from contracts.languages import Lang
from contracts.roles import May
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import Problem, Unprocessable
from web.frame import whole

from dispatch.domain.period import Period
from dispatch.domain.tables.table import DecisionTable
from dispatch.publishing import view
from dispatch.publishing.desk import OfDesk, TablesDesk
from dispatch.publishing.drafts import Draft
from dispatch.publishing.publication import OPEN, Publishing
from dispatch.site.frame import Filled, Form, Visit, go_to, meant, signed_in

PAST = timedelta(days=30)
router = APIRouter(include_in_schema=False, prefix="/tables")


class TableAct(StrEnum):
    """The last part of the address of what is done to a draft."""

    SAVE = "save"
    REPLAY = "replay"
    ASK = "ask"
    TAKE_BACK = "take-back"
    SEND_BACK = "send-back"
    APPROVE = "approve"


Decides = Annotated[Visit, Depends(signed_in(May.DECIDE))]
Governs = Annotated[Visit, Depends(meant(May.GOVERN))]


@router.get("")
async def tables(visit: Decides, desk: OfDesk, after: str = "") -> Response:
    """Every version of a county, and its drafts from beyond the draft `after`."""
    publishing, county = desk.publishing, visit.county
    published = await publishing.tables.versions_of(county)
    versions = view.versions(await publishing.policies(), county, published, desk.today)
    found, following = await publishing.tables.drafts_of(county, after)
    drafts = [view.draft_line(each, desk.now()) for each in found]
    facts: dict[str, Any] = {"versions": versions, "drafts": drafts, "following": following}
    return await visit.page("tables.html", governs=_governs(visit), **facts)


@router.get("/versions/{day}")
async def version(visit: Decides, desk: OfDesk, day: str) -> Response:
    table = await desk.version(visit.county, day)
    facts: dict[str, Any] = {"day": day, "author": table.author, "rows": view.table(table, visit.lang)}
    return await visit.page("tables_version.html", path=visit.request.url.path, **facts)


@router.get("/differences")
async def differences(visit: Decides, desk: OfDesk, old: str, new: str) -> Response:
    before, after = await desk.version(visit.county, old), await desk.version(visit.county, new)
    return await visit.page("tables_diff.html", changes=view.diff(before, after, visit.lang), old=old, new=new)


@router.post("/drafts")
async def start(visit: Governs, desk: OfDesk, form: Filled) -> Response:
    day, key = form.get("day", ""), form.get("key", "")
    return go_to(f"/tables/drafts/{await desk.publishing.start(visit.county, day, visit.actor, key)}")


@router.get("/drafts/{draft_id}")
async def draft(visit: Decides, desk: OfDesk, draft_id: str) -> Response:
    return await _page(visit, desk, await desk.publishing.draft(draft_id, visit.officer.sees))


@router.get("/drafts/{draft_id}/replay")
async def replay(visit: Decides, desk: OfDesk, draft_id: str) -> Response:
    found = await desk.publishing.draft(draft_id, visit.officer.sees)
    latest = await desk.publishing.tables.replay_of(draft_id)
    shown = view.replay(latest, found["revision"], visit.lang, desk.now())
    return visit.of(found["county"]).fragment("tables_replay.html", replay=shown)


@router.post("/drafts/{draft_id}/{act}")
async def perform(visit: Governs, desk: OfDesk, form: Filled, draft_id: str, act: TableAct) -> Response:
    found = await desk.publishing.draft(draft_id, visit.officer.sees)
    try:
        await _do(desk, act, found, form, visit)
    except Problem as problem:
        found = await desk.publishing.draft(draft_id, visit.officer.sees)
        return await _page(visit, desk, found, problem, text_of(form) if act is TableAct.SAVE else None)
    return go_to(f"/tables/drafts/{draft_id}{_part(act)}")


async def _do(desk: TablesDesk, act: TableAct, draft: Draft, form: Form, visit: Visit) -> None:
    """Raises the problems of the act."""
    by, revision = visit.actor, _number(form.get("revision"))
    match act:
        case TableAct.SAVE:
            await desk.publishing.save(draft, revision, text_of(form), by)
        case TableAct.REPLAY:
            await desk.replays.start(draft, period_of(draft["county"], form), by)
        case TableAct.ASK:
            await desk.publishing.ask(draft, revision, form.get("words", "")[:500], by)
        case TableAct.TAKE_BACK:
            await desk.publishing.take_back(draft, revision, by)
        case TableAct.SEND_BACK:
            await desk.publishing.send_back(draft, revision, form.get("reason", "")[:500], by)
        case TableAct.APPROVE:
            await desk.publishing.approve(draft, revision, _number(form.get("seen")), by)


async def _page(
    visit: Visit, desk: TablesDesk, draft: Draft, problem: Problem | None = None, text: str | None = None
) -> Response:
    """A draft's page; after a problem with the text that was sent, so that nothing is lost."""
    lang, now, publishing, officer = visit.lang, desk.now(), desk.publishing, visit.officer
    written = await publishing.proved(draft, text)
    facts: dict[str, Any] = {
        "path": f"/tables/drafts/{draft['_id']}",
        "draft": view.draft(draft, now),
        "text": written.text,
        "saved": draft["text"] if text not in (None, draft["text"]) else None,
        "faults": view.faults(written, lang),
        "passes": written.passes,
        "replay": view.replay(await publishing.tables.replay_of(draft["_id"]), draft["revision"], lang, now),
        "wrote": officer.username in draft["writers"] or officer.name in draft["names"],
        "rows": view.table(written.table, lang) if written.table else [],
        "is_open": draft["state"] in OPEN,
        "seen": await publishing.seen(draft["county"]),
        "first": (desk.today - PAST).isoformat(),
        "last": desk.today.isoformat(),
        "governs": _governs(visit),
    }
    facts |= await _against(publishing, draft, written.table, lang)
    return await visit.of(draft["county"]).page("tables_draft.html", problem, **facts)


async def _against(publishing: Publishing, draft: Draft, table: DecisionTable | None, lang: Lang) -> Mapping[str, Any]:
    if table is None or table.county != draft["county"]:
        return {"changes": None, "before": "", "effect": ""}
    before = await publishing.before(draft["county"], table.in_force_from)
    effect, from_ = table.in_force_from.isoformat(), before.in_force_from.isoformat()
    return {"changes": view.diff(before, table, lang), "before": from_, "effect": effect}


def _governs(visit: Visit) -> bool:
    return visit.officer.may(May.GOVERN)


def text_of(form: Form) -> str:
    """The text of a form, its lines ended as on this side."""
    return form.get("text", "").replace("\r\n", "\n")


def period_of(county: str, form: Form) -> Period:
    """The days of a form. Raises Unprocessable for anything but days."""
    try:
        return Period(county, date.fromisoformat(form.get("first", "")), date.fromisoformat(form.get("last", "")))
    except ValueError:
        raise Unprocessable("Write both days as 2026-11-22.", "起訖日請寫成 2026-11-22。") from None


def _number(value: str | None) -> int:
    """0, which no draft has, for anything but a number."""
    return whole(value) or 0


def _part(act: TableAct) -> str:
    """Where on the page to go on."""
    return {TableAct.SAVE: "#check", TableAct.REPLAY: "#replay"}.get(act, "")
