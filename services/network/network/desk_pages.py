"""Pages of a desk: `/today` for a worker, `/friday` for a supervisor; every number opens its list."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from kit.problems import NO_STORE

from network.access import Scope
from network.cases.api import Given
from network.cases.documents import Pile, unseen_for, waiting_for_a_worker, week
from network.cases.domain.case import Case
from network.cases.store import Cases
from network.clock import now
from network.frame import PageRoute, SignedIn
from network.tasks import today

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200
MANY = 999
"""No number is counted further: beyond it a page says 999+."""


@dataclass(frozen=True)
class Listed:
    """One list of a supervisor's week: how many there are, counted no further than one above `MANY`, and the first."""

    count: int
    cases: Sequence[Case]


@router.get("/")
@router.get("/today")
async def owed_today(visit: SignedIn, parts: Given) -> Response:
    scope = Scope.of(visit.caller)
    owed = await today.owed_by(visit.caller, parts.tasks, now())
    waiting = await parts.cases.of(waiting_for_a_worker(scope), MOST)
    return visit.page("today.html", today=owed, waiting=waiting, handed=await parts.cases.offered_to(scope, MOST))


@router.get("/today/owed")
async def still_owed(visit: SignedIn, parts: Given) -> Response:
    """The ids of what is owed first: an open page asks every few seconds and counts those that it does not show."""
    owed = await today.ids_owed_by(visit.caller, parts.tasks)
    return JSONResponse({"owed": owed}, headers=dict(NO_STORE))


@router.get("/friday")
async def friday(visit: SignedIn, parts: Given) -> Response:
    """A supervisor's week. Raises Forbidden for who may not govern."""
    visit.must(May.GOVERN)
    scope = Scope.of(visit.caller)
    piles = week(scope, now())
    lists = {code: await _listed(parts.cases, pile) for code, pile in piles.items()}
    cases, tasks = await parts.cases.carried(scope), await parts.tasks.carried(scope)
    workers = sorted(cases.keys() | tasks.keys(), key=lambda each: (-tasks.get(each, 0), each))
    carried = [(each, cases.get(each, 0), tasks.get(each, 0)) for each in workers[:MOST]]
    return visit.page("friday.html", lists=lists, workers=carried, many=MANY, unseen_for=unseen_for(scope))


async def _listed(cases: Cases, pile: Pile) -> Listed:
    return Listed(await cases.count(pile, MANY + 1), await cases.of(pile, MOST))
