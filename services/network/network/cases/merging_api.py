"""The API of merging: two cases of one family become one, by two people, and apart again."""

from contracts.cases import CaseId
from fastapi import APIRouter

from network.cases import ending_deeds
from network.cases.api import Does, Doing, Governs
from network.cases.bodies import PERSONALLY, Body, MergeBody, SplitBody, WithReason
from network.cases.domain.changes import case_of, found, part_id
from network.cases.domain.mergers import Back
from network.cases.part_views import MergeView
from network.cases.store import Touched

router = APIRouter(prefix="/v1", tags=["merging"])


@router.post(
    "/cases/{id}/merges", status_code=201, summary="Ask that another case of the family becomes part of this one"
)
async def ask(id: CaseId, body: MergeBody, who: Does) -> MergeView:
    await who.parts.acts.case(body.case_id, who.caller)
    touched = Touched(cases=(body.case_id,))
    case, act = await who.act(id, ending_deeds.ask_merge(body.case_id, body.reason), PERSONALLY, touched=touched)
    return MergeView.model_validate(found(case.merges, part_id(case.id, act.cause)))


@router.post("/merges/{id}/approval", summary="Merge them, as another person than asked")
async def approve(id: str, body: Body, who: Governs) -> MergeView:
    case, _ = await who.act(case_of(id), ending_deeds.merge(id), PERSONALLY, touched=await _both(id, who))
    return MergeView.model_validate(found(case.merges, id))


@router.post("/merges/{id}/refusal", summary="Leave them apart, for a reason")
async def refuse(id: str, body: WithReason, who: Governs) -> MergeView:
    case, _ = await who.act(case_of(id), ending_deeds.refuse_merge(id, body.reason), PERSONALLY)
    return MergeView.model_validate(found(case.merges, id))


@router.post("/merges/{id}/undo", summary="Part them again: each with its own, and what arose since where it belongs")
async def undo(id: str, body: SplitBody, who: Governs) -> MergeView:
    change = ending_deeds.split(id, Back(body.reports, body.tasks), body.reason)
    case, _ = await who.act(case_of(id), change, PERSONALLY, touched=await _both(id, who))
    return MergeView.model_validate(found(case.merges, id))


async def _both(id: str, who: Doing) -> Touched:
    """The other case of a merge, with where the reports of both stand by then."""
    case = await who.parts.acts.case(case_of(id), who.caller)
    return Touched(cases=[each.other for each in case.merges if each.id == id], moves=True)
