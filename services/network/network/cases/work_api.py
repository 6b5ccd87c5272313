"""The API of the work on a case: tasks, contacts, assessments, collaborators."""

from datetime import UTC

from contracts.cases import CaseId
from contracts.languages import Said
from fastapi import APIRouter
from kit.paging import After
from kit.problems import NotFound
from rules.calendars import NATIONAL
from rules.spans import Span

from network.cases import deeds
from network.cases.acts import Change, Speaker, by_any
from network.cases.api import Does, Doing, Given, Parts, Worker
from network.cases.bodies import (
    AssessmentBody,
    Body,
    CollaboratorBody,
    Completion,
    ContactBody,
    Hand,
    PlanBody,
    TaskBody,
    WithReason,
)
from network.cases.domain import collaborations
from network.cases.domain.changes import case_of, found, part_id
from network.cases.part_views import AssessmentView, CollaboratorView, ContactsView, ContactView, PlanView
from network.cases.store import Touched
from network.cases.times import must_be_past, wrong
from network.clock import now
from network.tasks.views import TaskView

router = APIRouter(prefix="/v1", tags=["work"])


@router.post("/cases/{id}/tasks", status_code=201, summary="Make a unit of the case owe something")
async def give_task(id: CaseId, body: TaskBody, who: Does) -> TaskView:
    _must_recur_ahead(body)
    note = await who.seal(id, body.note)
    case, act = await who.act(id, deeds.give_task(body, note), body, speaker=by_any)
    # By its id: its case may be part of another by the time that this is sent again.
    return TaskView.model_validate(await who.parts.tasks.get(deeds.given_task(case, act)))


@router.post("/tasks/{task_id}/completion", summary="Done, with its evidence")
async def complete_task(task_id: str, body: Completion, who: Does) -> TaskView:
    id = await _case_of_task(who.parts, task_id)
    note = await who.seal(id, body.note)
    change = deeds.complete_task(task_id, body, note)
    case, _ = await who.act(id, change, body, speaker=deeds.of_task(task_id))
    return TaskView.model_validate(case.task(task_id))


@router.post("/tasks/{task_id}/drop", summary="Owed no more, for a reason")
async def drop_task(task_id: str, body: WithReason, who: Does) -> TaskView:
    id = await _case_of_task(who.parts, task_id)
    change = deeds.drop_task(task_id, body.reason)
    case, _ = await who.act(id, change, body, speaker=deeds.of_task(task_id))
    return TaskView.model_validate(case.task(task_id))


@router.post("/tasks/{task_id}/hand", summary="Into the hands of another person or unit of the case")
async def hand_task(task_id: str, body: Hand, who: Does) -> TaskView:
    id = await _case_of_task(who.parts, task_id)
    change = deeds.hand_task(task_id, body)
    case, _ = await who.act(id, change, body, speaker=deeds.of_task(task_id))
    return TaskView.model_validate(case.task(task_id))


@router.get("/cases/{id}/contacts", summary="Contacts of a case, the last first, page by page")
async def contacts(id: CaseId, caller: Worker, parts: Given, after: After | None = None) -> ContactsView:
    found, older = await parts.cases.contacts.of(await parts.acts.case(id, caller), after)
    return ContactsView(contacts=tuple(map(ContactView.of, found)), next=older)


@router.post("/cases/{id}/contacts", status_code=201, summary="A visit, call, session, message or escort, or a try")
async def record_contact(id: CaseId, body: ContactBody, who: Does) -> ContactView:
    return await recorded(id, body, who)


async def recorded(id: CaseId, body: ContactBody, who: Doing, step: TaskBody | None = None) -> ContactView:
    """A contact, and in the same act the next step where the page asks for one."""
    must_be_past("at", body.at)
    must_be_past("until", body.until)
    place = await who.seal(id, body.address.text if body.address else None)
    change = deeds.contact(body, await who.seal(id, body.note), place, step)
    worker, around = body.by or who.caller.name, body.at.astimezone(UTC)
    touched = Touched(contacts=body.corrects is not None, worker=worker, around=around)
    case, act = await who.act(id, change, body, speaker=by_any, touched=touched)
    made = await who.parts.cases.contacts.get(part_id(case.id, act.cause))
    return ContactView.of(made)


@router.post("/cases/{id}/assessments", status_code=201, summary="Open the case, or not; its needs, mode and tools")
async def assess(id: CaseId, body: AssessmentBody, who: Does) -> AssessmentView:
    case, act = await who.act(id, deeds.assess(body, who.parts.guard), body)
    made = next(each for each in case.assessments if each.id == part_id(case.id, act.cause))
    return AssessmentView.model_validate(made)


@router.post("/cases/{id}/plans", status_code=201, summary="What is agreed: goals, and who does what by when")
async def agree_plan(id: CaseId, body: PlanBody, who: Does) -> PlanView:
    words = await who.seal(id, body.words)
    case, act = await who.act(id, deeds.agree_plan(body, words), body)
    return PlanView.model_validate(found(case.plans, part_id(case.id, act.cause)))


@router.post("/plans/{id}/review", summary="The plan was looked at again")
async def review_plan(id: str, body: Body, who: Does) -> PlanView:
    case, _ = await who.act(case_of(id), deeds.review_plan(id), body)
    return PlanView.model_validate(found(case.plans, id))


@router.post("/cases/{id}/collaborators", status_code=201, summary="Ask a unit to take part, for named actions")
async def ask_collaborator(id: CaseId, body: CollaboratorBody, who: Does) -> CollaboratorView:
    case, act = await who.act(id, deeds.ask_collaborator(body), body)
    return CollaboratorView.model_validate(found(case.collaborators, part_id(case.id, act.cause)))


@router.post("/collaborations/{id}/acceptance", summary="Take part, by name")
async def join(id: str, body: Body, who: Does) -> CollaboratorView:
    return await _answer(id, deeds.join(id), deeds.of_collaboration(id), body, who)


@router.post("/collaborations/{id}/refusal", summary="Not take part, for a reason: the lead names another")
async def decline(id: str, body: WithReason, who: Does) -> CollaboratorView:
    return await _answer(id, deeds.decline(id, body.reason), deeds.of_collaboration(id), body, who)


@router.post("/collaborations/{id}/release", summary="Take part no more: what is still owed is the lead's")
async def release(id: str, body: WithReason, who: Does) -> CollaboratorView:
    return await _answer(id, deeds.release(id, body.reason), deeds.of_lead_or_collaboration(id), body, who)


async def _answer(id: str, change: Change, speaker: Speaker, body: Body, who: Doing) -> CollaboratorView:
    where = await who.parts.cases.taken_in(CaseId(case_of(id)))
    case, _ = await who.act(where, change, body, speaker=speaker, leaving=True)
    return CollaboratorView.model_validate(collaborations.part(case, id))


async def _case_of_task(parts: Parts, task_id: str) -> CaseId:
    """The case of a task. Raises NotFound; whether the caller may see it is the act's question."""
    task = await parts.tasks.get(task_id)
    if task is None or task.case_id is None:
        raise NotFound("There is no such task.", "查無此待辦事項。")
    return CaseId(task.case_id)


def _must_recur_ahead(body: TaskBody) -> None:
    """Raises Unprocessable for what is due so long ago that it would be owed many times at once."""
    if body.every and body.due_at and NATIONAL.due(Span.parse(body.every), body.due_at) <= now():
        said = Said("期限過早：下一次須晚於現在。", "Too early: the time after due_at must lie ahead.")
        raise wrong("due_at", "in_past", said)
