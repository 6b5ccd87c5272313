"""The plan of a case on a page of its own, to be printed and agreed with the family."""

from typing import Annotated

from contracts.cases import CaseId
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import NotFound
from web.frame import Meant, PageRoute, SignedIn, Visit

from network.cases.api import Given
from network.cases.domain.case import Case, Plan
from network.cases.domain.plans import REVIEW
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import Look, Looks

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/cases/{id}/plan")
async def plan_page(id: CaseId, visit: SignedIn, parts: Given) -> Response:
    case = await parts.acts.case(id, visit.caller)
    return _shown(visit, case, _latest(case))


@router.post("/cases/{id}/plan")
async def uncover(id: CaseId, visit: Meant, parts: Given, looks: Annotated[Looks, Depends(looks_of)]) -> Response:
    """The plan with its words open, once the look is on record."""
    case = await parts.acts.case(id, visit.caller)
    plan = _latest(case)
    if not plan.words:
        raise NotFound("There is no such note.", "查無此紀錄。")
    await looks.note(Look(now(), visit.caller.name, case.county, case.id, plan.id, tuple(case.parties)))
    [words] = await parts.sealing.open([plan.words])
    return _shown(visit, case, plan, words=words or visit.label("erased"))


def _latest(case: Case) -> Plan:
    if not case.plans:
        raise NotFound("This case has no plan yet.", "此共案尚無計畫。")
    return case.plans[-1]


def _shown(visit: Visit, case: Case, plan: Plan, words: str | None = None) -> Response:
    """The plan with its steps, each by whom and by when."""
    steps = [task for task in case.tasks if task.id in plan.steps]
    review = next((task.due_at for task in case.owed if task.what == REVIEW), None)
    return visit.page("plan.html", case=case, plan=plan, steps=steps, review_at=review, plan_words=words)
