"""The API of visits of several units: planned, accepted by name or declined, called off."""

from contracts.cases import CaseId
from contracts.languages import Said
from fastapi import APIRouter

from network.cases import visit_deeds
from network.cases.acts import by_any
from network.cases.api import Does, Doing
from network.cases.bodies import Body, InviteBody, JointVisitBody, WithReason
from network.cases.domain.case import Case
from network.cases.domain.changes import case_of, found, part_id
from network.cases.part_views import InvitationView, JointVisitView
from network.cases.times import wrong
from network.clock import now

router = APIRouter(prefix="/v1", tags=["visits"])


@router.post("/cases/{id}/joint-visits", status_code=201, summary="Plan a visit with other units: each is invited")
async def plan(id: CaseId, body: JointVisitBody, who: Does) -> JointVisitView:
    if body.at <= now():
        raise wrong("at", "in_past", Said("訪視時間須晚於現在。", "Must lie ahead: what was done is a contact."))
    place = await who.seal(id, body.address.text if body.address else None)
    note = await who.seal(id, body.note)
    case, act = await who.act(id, visit_deeds.plan(body, note, place), body, speaker=by_any)
    case = await who.parts.acts.now_in(case)
    return JointVisitView.model_validate(found(case.visits, part_id(id, act.cause), "visit_unknown"))


@router.post("/joint-visits/{id}/invitations", status_code=201, summary="Invite another unit to a planned visit")
async def invite(id: str, body: InviteBody, who: Does) -> JointVisitView:
    case, _ = await who.act(
        await _where(id, who), visit_deeds.invite(id, body.unit), body, speaker=visit_deeds.of_lead_or_visit(id)
    )
    return JointVisitView.model_validate(found(case.visits, id))


@router.post("/joint-visits/{id}/withdrawal", summary="Call a planned visit off, for a reason")
async def withdraw(id: str, body: WithReason, who: Does) -> JointVisitView:
    change = visit_deeds.withdraw(id, body.reason)
    case, _ = await who.act(await _where(id, who), change, body, speaker=visit_deeds.of_visit(id))
    return JointVisitView.model_validate(found(case.visits, id))


@router.post("/invitations/{id}/acceptance", summary="Be there, by name")
async def join(id: str, body: Body, who: Does) -> InvitationView:
    case, _ = await who.act(
        await _where(id, who), visit_deeds.join(id), body, speaker=visit_deeds.of_invitation(id), leaving=True
    )
    return _invitation(case, id)


@router.post("/invitations/{id}/refusal", summary="Not be there, for a reason: the planner names another or goes alone")
async def decline(id: str, body: WithReason, who: Does) -> InvitationView:
    change, speaker = visit_deeds.decline(id, body.reason), visit_deeds.of_invitation(id)
    case, _ = await who.act(await _where(id, who), change, body, speaker=speaker, leaving=True)
    return _invitation(case, id)


async def _where(id: str, who: Doing) -> CaseId:
    """The case where a visit is now: it goes along when its case becomes part of another."""
    return await who.parts.cases.taken_in(CaseId(case_of(id)))


def _invitation(case: Case, id: str) -> InvitationView:
    known = (each for visit in case.visits for each in visit.invitations)
    return InvitationView.model_validate(found(known, id, "invitation_unknown"))
