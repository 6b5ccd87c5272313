"""The page beside the board: shift handover."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from kit.problems import Problem

from dispatch.board.acts import form_of
from dispatch.board.handover import note_shown, shown
from dispatch.board.reading import Reading
from dispatch.site.door import HEADERS, Door, Visitor, html, remembering
from dispatch.site.pages import Pages
from dispatch.site.words import LANGUAGES
from dispatch.window.shifts import Shifts

MOST_WORDS = 2000


def routes(pages: Pages, door: Door, reading: Reading, shifts: Shifts, now: Callable[[], datetime]) -> APIRouter:
    """`/handover` for those who decide."""
    router = APIRouter(include_in_schema=False)

    @router.get("/handover")
    async def handover(request: Request, county: str | None = None) -> Response:
        visitor = await door.must_be_in(request)
        return remembering(
            await page(visitor, await reading.county_for(visitor.officer, county)), request, visitor.lang
        )

    @router.post("/handover")
    async def hand_over(request: Request, county: str) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""))
        where = await reading.county_for(visitor.officer, county)
        await shifts.hand_over(where, form.get("words", "")[:MOST_WORDS], visitor.ruler)
        return RedirectResponse(f"/handover?county={where}", 303, HEADERS)

    @router.post("/handover/{note_id}")
    async def accept(request: Request, note_id: str, county: str) -> Response:
        visitor = await door.must_mean_it(request, (await form_of(request)).get("csrf", ""))
        where = await reading.county_for(visitor.officer, county)
        try:
            await shifts.accept(note_id, visitor.ruler, visitor.officer.sees)
        except Problem as problem:
            return await page(visitor, where, problem)
        return RedirectResponse(f"/handover?county={where}", 303, HEADERS)

    async def page(visitor: Visitor, where: str, problem: Problem | None = None) -> Response:
        visitor.ruler  # noqa: B018 - raises Forbidden for a role that takes no shifts
        lang, at = visitor.lang, now()
        notes = [note_shown(note, lang, at) for note in await shifts.latest(where)]
        facts = await reading.frame(visitor.officer, where, lang) | visitor.facts
        open_now = {what: shown(lines, lang, at) for what, lines in (await shifts.gathered(where)).items()}
        told = problem.detail[1 - LANGUAGES.index(lang)] if problem else None
        handed = await shifts.waiting(where)
        text = pages.page("handover.html", lang, notes=notes, now=open_now, problem=told, handed=handed, **facts)
        return html(text, problem.status if problem else 200)

    return router
