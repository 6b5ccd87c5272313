"""Pages of a desk: `/today` for a worker, `/friday` for a supervisor; every number opens its list."""

from collections import Counter
from datetime import timedelta

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from kit.problems import NO_STORE

from network.access import Scope
from network.cases.api import Given
from network.clock import now
from network.frame import PageRoute, SignedIn
from network.tasks import today

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200
UNSEEN = timedelta(days=28)
"""How long nobody may have seen a family; practice (Southwark: four weeks), a county setting."""


@router.get("/")
@router.get("/today")
async def owed_today(visit: SignedIn, parts: Given) -> Response:
    scope = Scope.of(visit.caller)
    owed = await today.owed_by(visit.caller, parts.tasks, now())
    waiting = await parts.cases.waiting(scope, MOST)
    return visit.page("today.html", today=owed, waiting=waiting, handed=await parts.cases.offered_to(scope, MOST))


@router.get("/today/owed")
async def still_owed(visit: SignedIn, parts: Given) -> Response:
    """The ids of what is owed first: an open page asks every few seconds and counts those that it does not show."""
    owed = await parts.tasks.first_due(Scope.of(visit.caller), today.MOST)
    return JSONResponse({"owed": owed}, headers=dict(NO_STORE))


@router.get("/friday")
async def friday(visit: SignedIn, parts: Given) -> Response:
    """A supervisor's week. Raises Forbidden for who may not govern."""
    visit.must(May.GOVERN)
    scope = Scope.of(visit.caller)
    cases = await parts.cases.open_cases(scope)
    carried = Counter((each.lead.unit, each.lead.person) for each in cases if each.lead.person)
    owed = Counter((task.unit, task.person) for case in cases for task in case.owed if task.person)
    lists = {
        "waiting_for_a_worker": await parts.cases.waiting(scope, MOST),
        "not_taken": [each for each in cases if any(offer.state == "offered" for offer in each.handovers)],
        "to_settle": [each for each in cases if any(task.what == "settle_handover" for task in each.owed)],
        "to_close": [each for each in cases if each.state == "closing"],
        "to_merge": [each for each in cases if any(merge.state == "asked" for merge in each.merges)],
        "nothing_planned": [each for each in cases if each.lead.person and not each.owed and each.state != "closing"],
        "unseen": [each for each in cases if not any(last.at > now() - UNSEEN for last in each.last_seen)],
        "came_back": [each for each in cases if each.state == "reopened" or each.returned_after_closing],
    }
    workers = sorted(carried.keys() | owed.keys(), key=lambda each: -owed[each])
    return visit.page("friday.html", lists=lists, workers=[(each, carried[each], owed[each]) for each in workers])
