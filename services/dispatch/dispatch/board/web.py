"""The board's pages, its fragments and its stream, for signed-in officers."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Header, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from kit.problems import Forbidden, NotFound, Problem, Unauthorized
from kit.sessions import must_be_same_site
from pydantic import ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from dispatch.board.hub import Hub
from dispatch.board.officers import Officer, Officers
from dispatch.board.pages import Pages
from dispatch.board.reading import Reading
from dispatch.board.store import Session, Sessions
from dispatch.board.words import LANGUAGES, word
from dispatch.rulings import Ruler, Ruling, Rulings

COOKIE = "dispatch_session"
"""Not `session`: cookies know no ports, and the pages of other services may share a host."""
LANGUAGE = "lang"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
           "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"}  # fmt: skip


@dataclass(frozen=True)
class Visitor:
    """Who asks for a page, from which session, in which language."""

    officer: Officer
    session: Session
    lang: str


class Door:
    """Knows who is signed in, and lets people in and out."""

    def __init__(self, officers: Officers, sessions: Sessions) -> None:
        self._officers = officers
        self.sessions = sessions

    async def visitor(self, request: Request) -> Visitor | None:
        session = await self.sessions.of(request.cookies.get(COOKIE))
        officer = self._officers.named(session.username) if session else None
        return Visitor(officer, session, language(request)) if session and officer else None

    async def must_be_in(self, request: Request) -> Visitor:
        """Raises Unauthorized when nobody is signed in."""
        if visitor := await self.visitor(request):
            return visitor
        raise Unauthorized("Sign in first.", "請先登入。")

    async def must_mean_it(self, request: Request, csrf: str) -> Visitor:
        """The visitor of a form that came from our own page. Raises Unauthorized or Forbidden."""
        must_be_same_site(request)
        visitor = await self.must_be_in(request)
        if not hmac.compare_digest(csrf.encode(), visitor.session.csrf.encode()):
            raise Forbidden("Reload the page and send the form again.", "請重新整理頁面後再送出。")
        return visitor

    async def enter(self, request: Request, username: str, password: str) -> tuple[str | None, str]:
        """A new session's token, or None and the word for why not."""
        must_be_same_site(request)
        address = request.client.host if request.client else ""
        if not await self.sessions.may_try(username, address):
            return None, "too_many"
        if not (officer := await self._officers.with_password(username, password)):
            return None, "wrong"
        await self.sessions.forgive(username, address)
        return await self.sessions.open(officer.username), ""


def language(request: Request) -> str:
    """zh-TW unless the visitor chose English."""
    asked = request.query_params.get(LANGUAGE) or request.cookies.get(LANGUAGE)
    return asked if asked in LANGUAGES else LANGUAGES[0]


def html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, HEADERS)


def routes(pages: Pages, hub: Hub, door: Door, reading: Reading, rulings: Rulings) -> APIRouter:
    """`/` and what it is made of; not part of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def board(request: Request, report: str | None = None) -> Response:
        lang, visitor = language(request), await door.visitor(request)
        if visitor is None:
            return _remembering(html(pages.page("sign_in.html", lang, problem=None)), request, lang)
        where = await reading.county_for(visitor.officer, request.query_params.get("county"))
        mark = hub.mark
        facts = await reading.board(visitor.officer, where, lang) | {"after": mark, "csrf": visitor.session.csrf}
        panel = await reading.panel(visitor.officer, report, lang) if report and visitor.officer.reads else None
        text = pages.page("board.html", lang, panel=panel, report=report, problem=None, **facts)
        return _remembering(html(text), request, lang)

    @router.post("/sign-in")
    async def sign_in(
        request: Request, username: Annotated[str, Form(max_length=80)], password: Annotated[str, Form(max_length=200)]
    ) -> Response:
        token, problem = await door.enter(request, username, password)
        if token is None:
            text = pages.page("sign_in.html", language(request), problem=problem)
            return html(text, 429 if problem == "too_many" else 401)
        answer = RedirectResponse("/", 303, HEADERS)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request, csrf: Annotated[str, Form(max_length=80)]) -> Response:
        await door.must_mean_it(request, csrf)
        await door.sessions.close(request.cookies[COOKIE])
        answer = RedirectResponse("/", 303, HEADERS)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    @router.get("/board/rows")
    async def rows(request: Request, county: str) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        return html(pages.page("rows.html", visitor.lang, **await reading.board(visitor.officer, where, visitor.lang)))

    @router.get("/board/reports/{report_id}")
    async def report(request: Request, report_id: str) -> Response:
        visitor = await door.must_be_in(request)
        return await _panel(visitor, report_id)

    @router.post("/board/reports/{report_id}/decision")
    async def decide(request: Request, report_id: str, x_fragment: Annotated[str, Header()] = "") -> Response:
        form = {
            name: value for name, value in (await request.form()).items() if isinstance(value, str) and value.strip()
        }
        visitor = await door.must_mean_it(request, form.get("csrf", ""))
        if not visitor.officer.decides:
            raise Forbidden("This role may not decide.", "此角色不能決定。")
        by = Ruler(visitor.officer.name, supervisor=visitor.officer.role == "supervisor")
        try:
            await rulings.rule(report_id, Ruling.model_validate(form), by, visitor.officer.sees)
        except ValidationError:
            return await _panel(visitor, report_id, word("mend", visitor.lang), 422)
        except Problem as problem:
            return await _panel(visitor, report_id, problem.detail[1 - LANGUAGES.index(visitor.lang)], problem.status)
        return (
            await _panel(visitor, report_id) if x_fragment else RedirectResponse(f"/?report={report_id}", 303, HEADERS)
        )

    @router.get("/board/events")
    async def events(
        request: Request, county: str, after: str = "", last_event_id: Annotated[str, Header()] = ""
    ) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        return EventSourceResponse(_stream(request, visitor, where, last_event_id or after), ping=15, headers=HEADERS)

    async def _panel(visitor: Visitor, report_id: str, problem: str | None = None, status: int = 200) -> Response:
        panel = await reading.panel(visitor.officer, report_id, visitor.lang)
        if panel is None:
            raise NotFound("No such report here.", "查無此通報。")
        facts = {"panel": panel, "officer": visitor.officer, "csrf": visitor.session.csrf, "problem": problem}
        return html(pages.page("panel.html", visitor.lang, **facts), status)

    async def _stream(request: Request, visitor: Visitor, where: str, after: str) -> AsyncIterator[ServerSentEvent]:
        """Until the board leaves or its session ends; asks for the session again with every beat."""
        async for message in hub.listen(where, after, reads=visitor.officer.reads):
            if message.event == "beat" and not await door.visitor(request):
                return
            yield ServerSentEvent(message.texts[visitor.lang], event=message.event, id=message.mark)

    return router


def _remembering(answer: Response, request: Request, lang: str) -> Response:
    if LANGUAGE in request.query_params:
        answer.set_cookie(LANGUAGE, lang, max_age=31_536_000, samesite="strict", secure=request.url.scheme == "https")
    return answer
