"""The API of changing hands: one case handed over, a whole caseload when a worker leaves, and what a person owns."""

from typing import Annotated
from uuid import uuid4

from contracts.cases import CaseId
from fastapi import APIRouter, Query

from network.access import Scope
from network.cases import deeds
from network.cases.acts import Change, Speaker
from network.cases.api import Does, Doing, Given, Worker
from network.cases.bodies import Body, CaseloadBody, HandoverBody, WithReason
from network.cases.caseloads import Handed, Load, Offer
from network.cases.domain.changes import case_of, found, part_id
from network.cases.domain.handovers import Hands
from network.cases.part_views import GivenView, HandedView, HandoversView, HandoverView, OwnsView, PassedView
from network.once import Key

router = APIRouter(prefix="/v1", tags=["handovers"])


@router.post("/cases/{id}/handovers", status_code=201, summary="Offer the case to other hands, with all that is owed")
async def offer(id: CaseId, body: HandoverBody, who: Does) -> HandoverView:
    change = deeds.offer(Hands(body.to, body.person), body.reason)
    case, act = await who.act(id, change, body)
    return HandoverView.model_validate(found(case.handovers, part_id(case.id, act.cause)))


@router.post("/handovers/{id}/acceptance", summary="Take the case, by name, with everything that is owed")
async def take(id: str, body: Body, who: Does) -> HandoverView:
    return await _answer(id, deeds.take(id), deeds.of_handover(id), body, who)


@router.post("/handovers/{id}/refusal", summary="Not take it, for a reason, or take the offer back")
async def refuse(id: str, body: WithReason, who: Does) -> HandoverView:
    return await _answer(id, deeds.refuse(id, body.reason), deeds.of_either_hand(id), body, who)


@router.post("/caseloads/handovers", status_code=201, summary="A worker leaves: all that they have, to several others")
async def hand_out(body: CaseloadBody, who: Does) -> HandoversView:
    load = await handed_out(body, who)
    given = (
        GivenView(household_id=each.household_id, to_unit=each.to.unit, to_person=each.to.person)
        for each in load.households
    )
    passed = (PassedView(task_id=each.task_id, to_unit=each.to.unit, to_person=each.to.person) for each in load.tasks)
    return HandoversView(handovers=tuple(map(_line, load.cases)), households=tuple(given), tasks=tuple(passed))


async def handed_out(body: CaseloadBody, who: Doing) -> Load:
    """A caseload offered to others, as the API and the page ask for it."""
    leaver = Hands(body.leaver.unit, body.leaver.person)
    to = [Hands(each.unit, each.person) for each in body.to]
    offer = Offer(leaver, to, body.reason, body.by, who.key or Key(str(uuid4())))
    return await who.parts.caseloads.hand_out(offer, who.caller)


@router.get("/people/{person}/owns", summary="All that a person has: who owes something is not taken off the rolls")
async def owns(
    person: str, caller: Worker, parts: Given, unit: Annotated[str | None, Query(max_length=80)] = None
) -> OwnsView:
    return await parts.caseloads.owned(person, unit, Scope.of(caller))


def _line(each: Handed) -> HandedView:
    problem = each.problem.said.en if each.problem else None
    return HandedView(
        case_id=each.case_id, to_unit=each.to.unit, to_person=each.to.person, handover_id=each.handover_id,
        problem=problem,
    )  # fmt: skip


async def _answer(id: str, change: Change, speaker: Speaker, body: Body, who: Doing) -> HandoverView:
    case, _ = await who.act(case_of(id), change, body, speaker=speaker, leaving=True)
    return HandoverView.model_validate(found(case.handovers, id))
