"""Pages of a desk: `/today` for a worker, `/friday` for a supervisor; every number opens its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.cases import CaseId
from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from kit.mongo import Session
from kit.problems import NO_STORE, NotFound
from web.frame import PageRoute, SignedIn

from network.access import Scope
from network.cases.api import Given
from network.cases.documents import Pile, unseen_for, waiting_for_a_worker, week
from network.cases.domain.case import Case
from network.cases.store import Cases
from network.cases.timeline_api import Told
from network.clock import now
from network.rosters.api import Given as Lists
from network.rosters.store import Sought as Households
from network.steps.step import Step
from network.steps.store import Steps
from network.tasks import today
from network.tasks.store import Wanted

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200
MANY = 999
"""No number is counted further: beyond it a page says 999+."""


@dataclass(frozen=True)
class Listed:
    """One list of a supervisor's week: how many there are, counted no further than one above `MANY`, and some of them.

    `following` is the `after` of what follows these, where more does.
    """

    count: int
    cases: Sequence[Case]
    following: str | None


@router.get("/today")
async def owed_today(visit: SignedIn, parts: Given, steps: Told) -> Response:
    scope = Scope.of(visit.caller)
    async with parts.cases.at_one_moment() as moment:
        handed = await parts.cases.offered_to(scope, None, MOST, moment)
        waiting = await _listed(parts.cases, waiting_for_a_worker(scope), None, moment)
        owed = await today.owed_by(visit.caller, parts.tasks, now(), moment)
    unanswered = await _unanswered(waiting.cases, steps)
    return visit.page(
        "today.html", today=owed, waiting=waiting, unanswered=unanswered, handed=handed, most=MOST, many=MANY
    )


@router.get("/today/all")
async def all_owed(visit: SignedIn, parts: Given, after: str | None = None) -> Response:
    """Everything that is owed in a visit's scope, by due time, page by page."""
    found, following = await parts.tasks.find(Scope.of(visit.caller), Wanted(), after, MOST)
    return visit.page("owed.html", tasks=found, following=following)


@router.get("/today/handed")
async def all_handed(visit: SignedIn, parts: Given, after: CaseId | None = None) -> Response:
    """Every case that is offered to a unit of a visit's scope, page by page."""
    found = await parts.cases.offered_to(Scope.of(visit.caller), after, MOST)
    return visit.page("handed.html", handed=found, following=found[-1].id if len(found) == MOST else None)


@router.get("/today/owed")
async def still_owed(visit: SignedIn, parts: Given) -> Response:
    """The ids of what is owed first: an open page asks every few seconds and counts those that it does not show."""
    async with parts.cases.at_one_moment() as moment:
        owed = await today.ids_owed_by(visit.caller, parts.tasks, moment)
    return JSONResponse({"owed": owed}, headers=dict(NO_STORE))


@router.get("/friday")
async def friday(visit: SignedIn, parts: Given, rosters: Lists) -> Response:
    """A supervisor's week. Raises Forbidden for who may not govern."""
    visit.must(May.GOVERN)
    scope = Scope.of(visit.caller)
    piles = week(scope, now())
    async with parts.cases.at_one_moment() as moment:
        lists = {code: await _listed(parts.cases, pile, None, moment) for code, pile in piles.items()}
        cases, tasks = await parts.cases.carried(scope, moment), await parts.tasks.carried(scope, moment)
    workers = sorted(cases.keys() | tasks.keys(), key=lambda each: (-tasks.get(each, 0), each))
    carried = [(each, cases.get(each, 0), tasks.get(each, 0)) for each in workers]
    late, _ = await rosters.households.find(scope, Households(now(), state="overdue"), None, MOST)
    return visit.page(
        "friday.html", lists=lists, workers=carried, many=MANY, unseen_for=unseen_for(scope), households=late, most=MOST
    )


@router.get("/friday/{name}")
async def friday_list(name: str, visit: SignedIn, parts: Given, after: str | None = None) -> Response:
    """One list of a supervisor's week, page by page. Raises Forbidden, and NotFound for no list."""
    visit.must(May.GOVERN)
    scope = Scope.of(visit.caller)
    if (pile := week(scope, now()).get(name)) is None:
        raise NotFound("There is no such list.", "查無此清單。")
    async with parts.cases.at_one_moment() as moment:
        listed = await _listed(parts.cases, pile, after, moment)
    return visit.page("friday_list.html", code=name, list=listed, many=MANY, unseen_for=unseen_for(scope))


async def _unanswered(waiting: Sequence[Case], steps: Steps) -> list[tuple[Case, Step]]:
    """The cases that wait for a worker although others than their unit's group were asked, with whom was asked last."""
    reports = [each.report_id for case in waiting for each in case.reports]
    asked = await steps.asked_next(reports, [case.id for case in waiting])
    return [(case, last) for case in waiting if (last := _last_asked(case, asked))]


def _last_asked(case: Case, asked: Mapping[str, Step]) -> Step | None:
    since = case.waits_for_worker_since
    found = [asked[id] for id in (case.id, *(each.report_id for each in case.reports)) if id in asked]
    return max((each for each in found if since and each.at >= since), key=lambda each: each.at, default=None)


async def _listed(cases: Cases, pile: Pile, after: str | None, moment: Session) -> Listed:
    found, following = await cases.of(pile, MOST, after, moment)
    return Listed(await cases.count(pile, MANY + 1, moment), found, following)
