"""Who is at the board: kit's door with an officer, a language and a role's bounds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from contracts.languages import Lang
from contracts.roles import May
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from kit.problems import Forbidden
from web.door import Door as Entrance
from web.headers import SCRIPT, headers
from web.language import LANGUAGE, language, remembering
from web.sessions import Session, Sessions

from dispatch.domain.report.actor import Actor
from dispatch.site.officers import Officer
from dispatch.site.pages import Pages

HEADERS = headers(*SCRIPT)


@dataclass(frozen=True)
class Visitor:
    """Whoever is signed in, from which session, in which language; `query` is the rest of the address, for links."""

    officer: Officer
    session: Session
    lang: Lang
    query: str

    @property
    def actor(self) -> Actor:
        """The visitor as the one who acts. Raises Forbidden for a role that may not."""
        if not self.officer.decides:
            raise Forbidden("This role may not decide.", "此角色不能決定。")
        return Actor(self.officer.name, self.officer.may(May.GOVERN), self.officer.username)

    @property
    def facts(self) -> dict[str, Any]:
        """What every template knows of the visitor."""
        return {"officer": self.officer, "csrf": self.session.csrf, "query": self.query}


class Door:
    """Knows who is at the board, and what their role lets them see."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    @property
    def sessions(self) -> Sessions:
        return self._entrance.sessions

    async def still(self, sessions: Collection[str]) -> dict[str, Officer]:
        """The officers of those sessions that go on; listening does not make a session last."""
        there = await self.sessions.still(sessions)
        return {id: Officer.of(person) for id, person in there.items()}

    async def must_be_in(self, request: Request, *any_of: May) -> Visitor:
        """Raises SignInFirst when nobody is signed in, Forbidden for a role that may do nothing of it."""
        return _bounded(_visitor(request, await self._entrance.must_be_in(request)), any_of)

    async def must_mean_it(self, request: Request, csrf: str, *any_of: May) -> Visitor:
        """The visitor of a form that came from our own page. Raises SignInFirst or Forbidden."""
        return _bounded(_visitor(request, await self._entrance.must_mean_it(request, csrf)), any_of)


def _visitor(request: Request, session: Session) -> Visitor:
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in (LANGUAGE, "county")]
    return Visitor(Officer.of(session.person), session, language(request), urlencode(asked))


def _bounded(visitor: Visitor, any_of: Sequence[May]) -> Visitor:
    if not any(visitor.officer.may(each) for each in any_of):
        raise Forbidden("This role may not see that.", "此角色無此權限。")
    return visitor


def sign_in_page(pages: Pages, request: Request, facts: Mapping[str, Any], status: int) -> Response:
    """The page at the door, in the visitor's language."""
    lang = language(request)
    return remembering(html(pages.page("sign_in.html", lang, **facts), status), request, lang)


def html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, HEADERS)
