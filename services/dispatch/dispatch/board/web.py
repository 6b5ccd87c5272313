"""The board's pages, its fragments and its stream, for signed-in officers."""

from collections.abc import AsyncIterator
from typing import Annotated

from contracts.roles import May
from fastapi import APIRouter, Header, Request
from fastapi.responses import RedirectResponse, Response
from sse_starlette import EventSourceResponse

from dispatch.board.hub import Hub
from dispatch.board.reading import Reading
from dispatch.site.door import HEADERS, Door, Visitor, html, remembering
from dispatch.site.pages import Pages
from dispatch.window.shifts import Shifts


def routes(pages: Pages, hub: Hub, door: Door, reading: Reading, shifts: Shifts) -> APIRouter:
    """`/` and what it is made of; not part of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def board(request: Request, report: str | None = None) -> Response:
        visitor = await door.must_be_in(request, May.SENDERS, May.COUNT)
        if visitor.officer.home != "/":
            return RedirectResponse(visitor.officer.home, 303, HEADERS)
        lang = visitor.lang
        where = await reading.county_for(visitor.officer, request.query_params.get("county"))
        mark = hub.mark
        facts = await reading.board(visitor.officer, where, lang) | {"after": mark, "report": report} | visitor.facts
        panel = await reading.panel(visitor.officer, report, lang) if report else None
        handed = await shifts.waiting(where)
        text = pages.page("board.html", lang, panel=panel, problem=None, handed=handed, **facts)
        return remembering(html(text), request, lang)

    @router.get("/board/rows")
    async def rows(request: Request, county: str, group: str | None = None) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        found = await reading.rows(visitor.officer, where, visitor.lang, group)
        return html(pages.page("rows.html", visitor.lang, county=where, **found))

    @router.get("/board/events")
    async def events(
        request: Request, county: str, after: str = "", last_event_id: Annotated[str, Header()] = ""
    ) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        return EventSourceResponse(_stream(visitor, where, last_event_id or after), ping=15, headers=HEADERS)

    async def _stream(visitor: Visitor, where: str, after: str) -> AsyncIterator[bytes]:
        async for told in hub.listen(where, after, visitor.session.id, visitor.officer):
            yield b"".join(message.frame(visitor.lang) for message in told)

    return router
