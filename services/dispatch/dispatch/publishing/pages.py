"""The pages of decision tables: what is in force, drafts, and their way to a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from contracts.roles import May
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from kit.mongo import Document
from kit.problems import NotFound, Problem, Unprocessable
from rules.spans import TAIPEI

from dispatch.board.acts import form_of
from dispatch.board.reading import Reading
from dispatch.domain.tables.table import DecisionTable
from dispatch.publishing import view
from dispatch.publishing.desk import OPEN, Publishing
from dispatch.publishing.rehearsal import Period
from dispatch.publishing.replays import Replays
from dispatch.site.door import HEADERS, Door, Visitor, html, remembering
from dispatch.site.pages import Pages
from dispatch.site.words import LANGUAGES
from dispatch.window.shifts import Shifts

PAST = timedelta(days=30)


class TableAct(StrEnum):
    """The last part of the address of what is done to a draft."""

    SAVE = "save"
    REPLAY = "replay"
    ASK = "ask"
    TAKE_BACK = "take-back"
    SEND_BACK = "send-back"
    APPROVE = "approve"


@dataclass(frozen=True)
class TablesDesk:
    """What the pages of tables are made of."""

    pages: Pages
    door: Door
    reading: Reading
    shifts: Shifts
    publishing: Publishing
    replays: Replays
    now: Callable[[], datetime]

    @property
    def today(self) -> date:
        return self.now().astimezone(TAIPEI).date()

    async def frame(self, visitor: Visitor, county: str) -> dict[str, Any]:
        frame = await self.reading.frame(visitor.officer, county, visitor.lang) | visitor.facts
        return frame | {"handed": await self.shifts.waiting(county), "governs": visitor.officer.may(May.GOVERN)}

    async def listed(self, visitor: Visitor, county: str) -> str:
        """The page with every version and draft of a county."""
        publishing, lang = self.publishing, visitor.lang
        published = await publishing.tables.versions_of(county)
        shown = view.versions(await publishing.policies(), county, published, self.today)
        drafts = [view.draft_line(each, self.now()) for each in await publishing.tables.drafts_of(county)]
        return self.pages.page("tables.html", lang, versions=shown, drafts=drafts, **await self.frame(visitor, county))

    async def version(self, county: str, day: str) -> DecisionTable:
        """Raises NotFound where the county has no table that takes effect on that day."""
        policies = await self.publishing.policies()
        found = [
            each
            for each in policies.tables.get(county, policies.sample_tables)
            if each.in_force_from.isoformat() == day
        ]
        if not found:
            raise NotFound("No table takes effect on that day.", "該日無生效的決策表。")
        return found[-1]

    async def draft(
        self, visitor: Visitor, draft: Document, problem: Problem | None = None, text: str | None = None
    ) -> Response:
        """A draft's page; after a problem with the text that was sent, so that nothing is lost."""
        lang, now, publishing = visitor.lang, self.now(), self.publishing
        written = await publishing.proved(draft, text)
        replay = view.replay(await publishing.tables.replay_of(draft["_id"]), draft["revision"], lang, now)
        told = problem.detail[1 - LANGUAGES.index(lang)] if problem else None
        wrote = visitor.officer.username in draft["writers"] or visitor.officer.name in draft["names"]
        against = await self._against(draft, written.table, lang)
        page = self.pages.page(
            "tables_draft.html", lang, path=f"/tables/drafts/{draft['_id']}", draft=view.draft(draft, now),
            text=written.text, saved=draft["text"] if text not in (None, draft["text"]) else None, problem=told,
            faults=view.faults(written, lang), passes=written.passes, replay=replay, wrote=wrote,
            rows=view.table(written.table, lang) if written.table else [], **against,
            is_open=draft["state"] in OPEN, seen=await publishing.seen(draft["county"]),
            first=(self.today - PAST).isoformat(), last=self.today.isoformat(),
            **await self.frame(visitor, draft["county"]),
        )  # fmt: skip
        return html(page, problem.status if problem else 200)

    async def _against(self, draft: Document, table: DecisionTable | None, lang: str) -> dict[str, Any]:
        if table is None or table.county != draft["county"]:
            return {"changes": None, "before": "", "effect": ""}
        before = await self.publishing.before(draft["county"], table.in_force_from)
        effect, from_ = table.in_force_from.isoformat(), before.in_force_from.isoformat()
        return {"changes": view.diff(before, table, lang), "before": from_, "effect": effect}

    async def does(self, act: TableAct, draft: Document, form: dict[str, str], visitor: Visitor) -> None:
        """Raises the problems of the act."""
        by, revision = visitor.ruler, _number(form.get("revision"))
        match act:
            case TableAct.SAVE:
                await self.publishing.save(draft, revision, text_of(form), by)
            case TableAct.REPLAY:
                await self.replays.start(draft, period_of(draft["county"], form), by)
            case TableAct.ASK:
                await self.publishing.ask(draft, revision, form.get("words", "")[:500], by)
            case TableAct.TAKE_BACK:
                await self.publishing.take_back(draft, revision, by)
            case TableAct.SEND_BACK:
                await self.publishing.send_back(draft, revision, form.get("reason", "")[:500], by)
            case TableAct.APPROVE:
                await self.publishing.approve(draft, revision, _number(form.get("seen")), by)


def routes(desk: TablesDesk) -> APIRouter:
    """`/tables`: to read for those who decide, to write and approve for supervisors."""
    router, door = APIRouter(include_in_schema=False, prefix="/tables"), desk.door

    @router.get("")
    async def tables(request: Request, county: str | None = None) -> Response:
        visitor = await door.must_be_in(request, May.DECIDE)
        where = await desk.reading.county_for(visitor.officer, county)
        return remembering(html(await desk.listed(visitor, where)), request, visitor.lang)

    @router.get("/versions/{day}")
    async def version(request: Request, day: str, county: str) -> Response:
        visitor = await door.must_be_in(request, May.DECIDE)
        where = await desk.reading.county_for(visitor.officer, county)
        found = await desk.version(where, day)
        facts = {"day": day, "author": found.author, "rows": view.table(found, visitor.lang), "path": request.url.path}
        text = desk.pages.page("tables_version.html", visitor.lang, **facts, **await desk.frame(visitor, where))
        return remembering(html(text), request, visitor.lang)

    @router.get("/differences")
    async def differences(request: Request, county: str, old: str, new: str) -> Response:
        visitor = await door.must_be_in(request, May.DECIDE)
        where = await desk.reading.county_for(visitor.officer, county)
        changes = view.diff(await desk.version(where, old), await desk.version(where, new), visitor.lang)
        facts = {"changes": changes, "old": old, "new": new}
        text = desk.pages.page("tables_diff.html", visitor.lang, **facts, **await desk.frame(visitor, where))
        return remembering(html(text), request, visitor.lang)

    @router.post("/drafts")
    async def start(request: Request, county: str) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""), May.GOVERN)
        where = await desk.reading.county_for(visitor.officer, county)
        id = await desk.publishing.start(where, form.get("day", ""), visitor.ruler)
        return RedirectResponse(f"/tables/drafts/{id}", 303, HEADERS)

    @router.get("/drafts/{draft_id}")
    async def draft(request: Request, draft_id: str) -> Response:
        visitor = await door.must_be_in(request, May.DECIDE)
        found = await desk.publishing.draft(draft_id, visitor.officer.sees)
        return remembering(await desk.draft(visitor, found), request, visitor.lang)

    @router.get("/drafts/{draft_id}/replay")
    async def replay(request: Request, draft_id: str) -> Response:
        visitor = await door.must_be_in(request, May.DECIDE)
        found = await desk.publishing.draft(draft_id, visitor.officer.sees)
        latest = await desk.publishing.tables.replay_of(draft_id)
        shown = view.replay(latest, found["revision"], visitor.lang, desk.now())
        facts = {"replay": shown, "county": found["county"]}
        return html(desk.pages.page("tables_replay.html", visitor.lang, **facts))

    @router.post("/drafts/{draft_id}/{act}")
    async def perform(request: Request, draft_id: str, act: TableAct) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""), May.GOVERN)
        found = await desk.publishing.draft(draft_id, visitor.officer.sees)
        try:
            await desk.does(act, found, form, visitor)
        except Problem as problem:
            now = await desk.publishing.draft(draft_id, visitor.officer.sees)
            return await desk.draft(visitor, now, problem, text_of(form) if act is TableAct.SAVE else None)
        return RedirectResponse(f"/tables/drafts/{draft_id}{_part(act)}", 303, HEADERS)

    return router


def text_of(form: dict[str, str]) -> str:
    """The text of a form, its lines ended as on this side."""
    return form.get("text", "").replace("\r\n", "\n")


def period_of(county: str, form: dict[str, str]) -> Period:
    """The days of a form. Raises Unprocessable for what is no day."""
    try:
        return Period(county, date.fromisoformat(form.get("first", "")), date.fromisoformat(form.get("last", "")))
    except ValueError:
        raise Unprocessable("Write both days as 2026-11-22.", "起訖日請寫成 2026-11-22。") from None


def _number(value: str | None) -> int:
    """0, which no draft has, for what is no number."""
    return int(value) if value and value.isascii() and value.isdigit() else 0


def _part(act: TableAct) -> str:
    """Where on the page to go on."""
    return {TableAct.SAVE: "#check", TableAct.REPLAY: "#replay"}.get(act, "")
