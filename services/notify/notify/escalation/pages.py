"""What nobody has answered now: since when, who was asked, who is next and when; and answering it by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from contracts.roles import May, may
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from kit.problems import NO_STORE, Problem
from web.frame import Meant, PageRoute, SignedIn, Visit, go_to

from notify.api import DeliveryView
from notify.domain.escalation import Whom
from notify.domain.notices import is_of_window
from notify.escalation.api import Answers, Messages, accepted, refused, runs_of
from notify.escalation.reach import Reach
from notify.escalation.store import Runs
from notify.store import Delivery, delivery_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200


@dataclass(frozen=True)
class Asked:
    """A message that nobody has answered, and who is next; `at` is None where it stands until somebody answers."""

    view: DeliveryView
    since: datetime
    at: datetime | None
    whom: Whom | None
    person: str | None
    mine: bool
    may_accept: bool


async def reach_of(request: Request) -> Reach:
    reach: Reach = request.app.state.reach
    return reach


Open = Annotated[Runs, Depends(runs_of)]
Finds = Annotated[Reach, Depends(reach_of)]


@router.get("/")
@router.get("/escalations")
async def escalations_page(visit: SignedIn, runs: Open, reach: Finds) -> Response:
    return await _shown(visit, runs, reach)


@router.get("/escalations/open")
async def still_open(visit: SignedIn, runs: Open) -> Response:
    """The ids of what is unanswered: an open page asks every few seconds and counts those that it does not show."""
    found = await runs.asking(visit.caller.counties, visit.caller.units, MOST)
    return JSONResponse({"open": [each["_id"] for each in found]}, headers=dict(NO_STORE))


@router.post("/escalations/{delivery_id}/acceptance")
async def accept(
    *, delivery_id: str, visit: Meant, deliveries: Messages, acceptances: Answers, runs: Open, reach: Finds
) -> Response:
    try:
        await accepted(await deliveries.of(delivery_id), acceptances, visit.caller)
    except Problem as problem:
        return await _shown(visit, runs, reach, problem)
    return go_to("/escalations")


@router.post("/escalations/{delivery_id}/refusal")
async def refuse(
    *, delivery_id: str, visit: Meant, deliveries: Messages, acceptances: Answers, runs: Open, reach: Finds
) -> Response:
    try:
        await refused(await deliveries.of(delivery_id), acceptances, visit.caller)
    except Problem as problem:
        return await _shown(visit, runs, reach, problem)
    return go_to("/escalations")


async def _shown(visit: Visit, runs: Runs, reach: Reach, problem: Problem | None = None) -> Response:
    caller = visit.caller
    found = await runs.asking(caller.counties, caller.units, MOST)
    asked = [await _asked(visit, DeliveryView.of(each), delivery_of(each), reach) for each in found]
    count = await runs.count_asking(caller.counties, caller.units)
    told = [[each for each in asked if bool(each.view.steps) == is_told] for is_told in (True, False)]
    return visit.page("escalations.html", problem, escalated=told[0], waiting=told[1], count=count)


async def _asked(visit: Visit, view: DeliveryView, message: Delivery, reach: Reach) -> Asked:
    run, caller = message.run, visit.caller
    assert run
    rest = run.policy.steps[len(run.taken) :]
    whom = rest[0].whom if rest and run.next_at else None
    person = await reach.person(message.notice, whom, run.next_at) if whom and run.next_at else None
    deed = May.DECIDE if is_of_window(message.notice) else May.WORK
    return Asked(view, run.asked_at, run.next_at, whom, person, run.waits_for == caller.name, may(caller.role, deed))
