"""Where somebody who signs in begins: a worker with what is owed today, others with the room that is theirs."""

from contracts.roles import May, may
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from web.frame import PageRoute, SignedIn, go_to

from network import desk_pages
from network.cases.api import Given
from network.cases.timeline_api import Told

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
async def home(visit: SignedIn, parts: Given, steps: Told) -> Response:
    if may(visit.caller.role, May.WORK):
        return await desk_pages.owed_today(visit, parts, steps)
    if may(visit.caller.role, May.CONVENE):
        return go_to("/meetings")
    return go_to("/referrals" if may(visit.caller.role, May.ANSWER) else "/directory")


async def _worker(visit: SignedIn) -> None:
    visit.must(May.WORK)


WORKERS = Depends(_worker)
"""Of rooms that are for workers alone: who keeps the directory or answers as a partner is told so."""
