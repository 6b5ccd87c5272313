"""A colleague's calendar under an address that nobody can guess, made and revoked by them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.problems import NO_STORE, NotFound
from pydantic import BaseModel
from web.callers import allowed

from notify.calendars.calendar import AHEAD, BEFORE, Stretch, calendar_of
from notify.calendars.store import Feeds
from notify.domain.rota import final
from notify.rota.api import Office, office_of
from notify.rota.store import Kept

Worker = Annotated[Caller, allowed(May.WORK)]
EVERYWHERE = frozenset({"*"})

router = APIRouter(tags=["rota"])


class FeedView(BaseModel):
    """`path` is told once, when it is made: whoever has it reads the calendar, so it is kept nowhere."""

    made_at: datetime
    path: str | None = None


async def feeds_of(request: Request) -> Feeds:
    feeds: Feeds = request.app.state.feeds
    return feeds


Given = Annotated[Feeds, Depends(feeds_of)]
Desk = Annotated[Office, Depends(office_of)]


@router.post("/v1/calendar", status_code=201, summary="A calendar of my duties, under a new secret address")
async def make(feeds: Given, caller: Worker) -> FeedView:
    """The address before it shows nothing any more."""
    now = datetime.now(UTC)
    return FeedView(made_at=now, path=path_of(await feeds.make(caller.name, now)))


@router.get("/v1/calendar", summary="Whether I have a calendar, and since when")
async def mine(feeds: Given, caller: Worker) -> FeedView:
    if (found := await feeds.of(caller.name)) is None:
        raise _none()
    return FeedView(made_at=found["made_at"])


@router.delete("/v1/calendar", status_code=204, summary="My calendar's address shows nothing any more")
async def revoke(feeds: Given, caller: Worker) -> None:
    if not await feeds.revoke(caller.name):
        raise _none()


@router.get("/calendars/{secret}.ics", summary="When somebody is on call (RFC 5545)", response_class=Response)
async def calendar(secret: str, feeds: Given, office: Desk) -> Response:
    """For calendar programs, which cannot sign in: on call, the kind of unit, and times, from a week ago on."""
    person = await feeds.person_of(secret)
    if person is None:
        raise NotFound("There is no such calendar.", "查無此行事曆。")
    now = datetime.now(UTC)
    body = calendar_of(duties_of(person, await office.rotas.listed(EVERYWHERE), now - BEFORE, now + AHEAD), now)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=NO_STORE | {"X-Robots-Tag": "noindex"})


def duties_of(person: str, rotas: Sequence[Kept], start: datetime, end: datetime) -> Iterator[Stretch]:
    """What somebody has by these rotas."""
    for kept in rotas:
        for each in final(kept.rota, start, end):
            if each.person == person:
                yield Stretch(kept.unit, kept.duty, each.start, each.end)


def path_of(secret: str) -> str:
    return f"/calendars/{secret}.ics"


def _none() -> NotFound:
    return NotFound("You have no calendar yet.", "您尚未建立行事曆。")
