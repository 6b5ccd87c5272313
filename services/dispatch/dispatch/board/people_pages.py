"""Pages about those who use the board: who is signed in, and who opened what."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from contracts.roles import May
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.problems import NotFound
from web.sessions import Session, Sessions

from dispatch.board.store import Looks
from dispatch.site import words
from dispatch.site.frame import Filled, Visit, go_to, meant, signed_in

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Office:
    """What these pages are made of."""

    sessions: Sessions
    looks: Looks
    now: Callable[[], datetime]


def office_of(request: Request) -> Office:
    """The office that the composition root made."""
    made: Office = request.app.state.office
    return made


OfOffice = Annotated[Office, Depends(office_of)]


@router.get("/people")
async def people(visit: Annotated[Visit, Depends(signed_in(May.ADMINISTER))], office: OfOffice) -> Response:
    theirs = [each for each in await office.sessions.listed() if _is_theirs(each, visit)]
    return await visit.page("people.html", people=[_shown(each, visit, office.now()) for each in theirs])


@router.post("/people")
async def end(visit: Annotated[Visit, Depends(meant(May.ADMINISTER))], office: OfOffice, form: Filled) -> Response:
    """Ends a session; its boards hear it with their next beat."""
    session = form.get("session", "")
    if not any(each.id == session and _is_theirs(each, visit) for each in await office.sessions.listed()):
        raise NotFound("No such session here.", "查無此登入。")
    await office.sessions.end(session)
    return go_to("/people")


@router.get("/looks")
async def looked(
    visit: Annotated[Visit, Depends(signed_in(May.LOOKS))], office: OfOffice, who: str = "", report: str = "",
    after: str = "",
) -> Response:  # fmt: skip
    found, following = await office.looks.latest([visit.county], who=who, report_id=report, after=after)
    looks = [(words.time(each.at, office.now(), visit.lang), each) for each in found]
    return await visit.page("looks.html", looks=looks, who=who, of=report, following=following)


def _is_theirs(session: Session, visit: Visit) -> bool:
    """Whether every county of a session is one of the visitor's: nobody ends what reaches further than they do."""
    return all(visit.officer.sees(county) for county in session.person.counties)


def _shown(session: Session, visit: Visit, now: datetime) -> dict[str, Any]:
    person, lang = session.person, visit.lang
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
        "mine": session.id == visit.session.id,
    }
