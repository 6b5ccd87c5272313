"""Pages about people who use the board: who is signed in, who opened what; and what a liaison knows of senders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from contracts.roles import May
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from kit.problems import NotFound
from rules.spans import TAIPEI
from web.sessions import Session, Sessions

from dispatch.board.reading import Reading
from dispatch.board.store import Looks
from dispatch.figures.senders import senders_of
from dispatch.site import words
from dispatch.site.door import HEADERS, Door, Visitor, html, remembering
from dispatch.site.pages import Pages

Days = Annotated[int, Query(ge=1, le=365)]


@dataclass(frozen=True)
class Office:
    """What these pages are made of."""

    pages: Pages
    door: Door
    reading: Reading
    sessions: Sessions
    looks: Looks
    now: Callable[[], datetime]


def routes(office: Office) -> APIRouter:
    """`/people` for administrators, `/looks` for who answers for others, `/senders` for liaisons and the window."""
    router = APIRouter(include_in_schema=False)
    door, reading, sessions, now = office.door, office.reading, office.sessions, office.now

    @router.get("/people")
    async def people(request: Request, county: str | None = None) -> Response:
        visitor = await door.must_be_in(request, May.ADMINISTER)
        shown = [_shown(each, visitor, now()) for each in await sessions.listed() if _is_theirs(each, visitor)]
        return await page(request, visitor, county, "people.html", people=shown)

    @router.post("/people")
    async def end(
        request: Request, session: Annotated[str, Form(max_length=64)], csrf: Annotated[str, Form(max_length=80)] = ""
    ) -> Response:
        """Ends a session; its boards hear it with their next beat."""
        visitor = await door.must_mean_it(request, csrf, May.ADMINISTER)
        if not any(each.id == session and _is_theirs(each, visitor) for each in await sessions.listed()):
            raise NotFound("No such session here.", "查無此登入。")
        await sessions.end(session)
        return RedirectResponse("/people", 303, HEADERS)

    @router.get("/looks")
    async def looked(request: Request, county: str | None = None, who: str = "", report: str = "") -> Response:
        visitor = await door.must_be_in(request, May.LOOKS)
        where = await reading.county_for(visitor.officer, county)
        found = await office.looks.latest([where], who=who, report_id=report)
        shown = [each | {"when": words.time(each["at"], now(), visitor.lang)} for each in found]
        return await page(request, visitor, where, "looks.html", looks=shown, who=who, of=report)

    @router.get("/senders")
    async def senders(request: Request, county: str | None = None, days: Days = 30) -> Response:
        visitor = await door.must_be_in(request, May.SENDERS)
        where = await reading.county_for(visitor.officer, county)
        last = now().astimezone(TAIPEI).date()
        found = await senders_of(reading.reports, where, last - timedelta(days=days - 1), last)
        return await page(request, visitor, where, "senders.html", days=days, now=now(), when=words.time, **found)

    async def page(request: Request, visitor: Visitor, county: str | None, name: str, **facts: Any) -> Response:
        where = await reading.county_for(visitor.officer, county)
        frame = await reading.frame(visitor.officer, where, visitor.lang) | visitor.facts | {"handed": 0}
        return remembering(html(office.pages.page(name, visitor.lang, **facts, **frame)), request, visitor.lang)

    return router


def _is_theirs(session: Session, visitor: Visitor) -> bool:
    """Whether every county of a session is one of the visitor's: nobody ends what reaches further than they do."""
    return all(visitor.officer.sees(county) for county in session.person.counties)


def _shown(session: Session, visitor: Visitor, now: datetime) -> dict[str, Any]:
    person, lang = session.person, visitor.lang
    everywhere = words.word("all_counties", lang)
    counties = [everywhere if each == "*" else words.county(each, lang) for each in person.counties]
    return {
        "id": session.id,
        "username": person.username,
        "name": person.name,
        "role": person.role,
        "counties": counties,
        "since": words.time(session.opened_at, now, lang),
        "seen": words.time(session.seen_at, now, lang),
        "by": "by_provider" if session.id_token else "by_password",
        "mine": session.id == visitor.session.id,
    }
