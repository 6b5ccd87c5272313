"""The API of closing: asked for by one person, approved or refused by another who may govern."""

from contracts.cases import CaseId
from fastapi import APIRouter

from network.cases import ending_deeds
from network.cases.api import Does, Governs
from network.cases.bodies import PERSONALLY, Body, ClosingBody, WithReason
from network.cases.domain.changes import case_of, found, part_id
from network.cases.part_views import ClosingView
from network.cases.store import Touched
from network.cases.times import must_be_past

router = APIRouter(prefix="/v1", tags=["closing"])
WITH_CONTACTS = Touched(contacts=True)


@router.post("/cases/{id}/closings", status_code=201, summary="Ask to close; 409 lists everything that is missing")
async def ask(id: CaseId, body: ClosingBody, who: Does) -> ClosingView:
    if confirmed := body.evidence.acknowledged:
        must_be_past("evidence/acknowledged/at", confirmed.at)
    plan = await who.seal(id, body.return_plan)
    words = await who.seal(id, body.evidence.words)
    change = ending_deeds.ask_closing(body, who.parts.guard, plan, words)
    case, act = await who.act(id, change, PERSONALLY, touched=WITH_CONTACTS)
    return ClosingView.model_validate(found(case.closings, part_id(case.id, act.cause)))


@router.post("/closings/{id}/approval", summary="Close it, as another person than asked; it is watched from then on")
async def approve(id: str, body: Body, who: Governs) -> ClosingView:
    change = ending_deeds.approve_closing(id, who.parts.guard)
    case, _ = await who.act(case_of(id), change, PERSONALLY, touched=WITH_CONTACTS)
    return ClosingView.model_validate(found(case.closings, id))


@router.post("/closings/{id}/refusal", summary="Leave it open, for a reason")
async def refuse(id: str, body: WithReason, who: Governs) -> ClosingView:
    change = ending_deeds.refuse_closing(id, body.reason)
    case, _ = await who.act(case_of(id), change, PERSONALLY)
    return ClosingView.model_validate(found(case.closings, id))
