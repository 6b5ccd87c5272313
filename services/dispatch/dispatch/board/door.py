"""Who is signed in at the board, and how people come in and leave."""

import hmac
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from kit.problems import Forbidden, Unauthorized
from kit.sessions import must_be_same_site

from dispatch.board.officers import Officer, Officers
from dispatch.board.store import Session, Sessions
from dispatch.board.words import LANGUAGES
from dispatch.claims import Ruler

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

    @property
    def ruler(self) -> Ruler:
        """The visitor as the one who acts. Raises Forbidden for a role that may not."""
        if not self.officer.decides:
            raise Forbidden("This role may not decide.", "此角色不能決定。")
        return Ruler(self.officer.name, self.officer.role == "supervisor", self.officer.username)

    @property
    def facts(self) -> dict[str, Any]:
        """What every template knows of the visitor."""
        return {"officer": self.officer, "csrf": self.session.csrf}


class Door:
    """Knows who is signed in, and lets people in and out."""

    def __init__(self, officers: Officers, sessions: Sessions) -> None:
        self._officers = officers
        self.sessions = sessions

    async def visitor(self, request: Request) -> Visitor | None:
        session = await self.sessions.of(request.cookies.get(cookie(request)))
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

    async def leave(self, request: Request) -> Response:
        """Ends the session on the server and takes the cookie back."""
        name = cookie(request)
        await self.sessions.close(request.cookies[name])
        answer = RedirectResponse("/", 303, HEADERS)
        answer.delete_cookie(name, httponly=True, samesite="strict", secure=secure(request))
        return answer


def secure(request: Request) -> bool:
    return request.url.scheme == "https"


def cookie(request: Request) -> str:
    """The cookie's name: over https no other host or path can set it."""
    return f"__Host-{COOKIE}" if secure(request) else COOKIE


def admitted(request: Request, token: str) -> Response:
    """The answer to someone who was let in."""
    answer = RedirectResponse("/", 303, HEADERS)
    answer.set_cookie(cookie(request), token, httponly=True, samesite="strict", secure=secure(request))
    return answer


def language(request: Request) -> str:
    """zh-TW unless the visitor chose English."""
    asked = request.query_params.get(LANGUAGE) or request.cookies.get(LANGUAGE)
    return asked if asked in LANGUAGES else LANGUAGES[0]


def html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, HEADERS)


def remembering(answer: Response, request: Request, lang: str) -> Response:
    """The answer, with the language that was asked for kept for next time."""
    if LANGUAGE in request.query_params:
        answer.set_cookie(LANGUAGE, lang, max_age=31_536_000, samesite="strict", secure=secure(request))
    return answer
