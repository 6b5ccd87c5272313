"""What the forms on the page of a case do: the same as the API, by the same bodies; a problem is told in place."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contracts.cases import CaseId
from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Conflict, NotFound, Problem
from web.frame import Filled, Form, Meant, PageRoute, Visit, body_of, go_to

from network.cases import api, closing_api, hands_api, merging_api, visits_api, work_api
from network.cases.api import Doing, Given, Parts
from network.cases.bodies import (
    AssessmentBody,
    Body,
    ClosingBody,
    CollaboratorBody,
    Completion,
    ContactBody,
    Hand,
    HandoverBody,
    InviteBody,
    JointVisitBody,
    MergeBody,
    PlanBody,
    SplitBody,
    TaskBody,
    WithReason,
)
from network.cases.domain.case import Case
from network.cases.domain.closing import Closing
from network.cases.domain.contact import Contact
from network.cases.domain.parts import JointVisit
from network.cases.pages import Family, Kept, address_of, shown
from network.cases.referred import AtMeetings
from network.clock import now
from network.looks.store import Look
from network.once import told
from network.tasks.domain.task import Task

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Do = Callable[[CaseId, Filled, Doing], Awaitable[object]]


@router.post("/cases/{id}/looks")
async def uncover(*, id: CaseId, visit: Meant, form: Form, parts: Given, people: Family, looks: Kept) -> Response:
    """The case with the words of one contact, visit, closing or task open, once the look is on record."""
    case = await parts.acts.case(id, visit.caller)
    part = await _worded(form["contact"], case, parts)
    place = part.address.id if isinstance(part, Contact | JointVisit) and part.address else None
    if not part.sealed and not place:
        raise NotFound("There is no such note.", "查無此紀錄。")
    await looks.note(Look(now(), visit.caller.name, case.county, case.id, part.id, tuple(case.parties)))
    said = await parts.sealing.open(part.sealed)
    if place:
        said.append(await address_of(place, case, parts, people))
    return await shown(visit, case, parts, people, uncovered={part.id: said})


@router.post("/cases/{id}/incidents")
async def happened(
    *, id: CaseId, visit: Meant, form: Form, parts: Given, people: Family, met: AtMeetings
) -> Response:  # fmt: skip
    """Something happened again, known to a unit: whoever stands on a list, or did within a year, is discussed again."""
    visit.must(May.MEET)
    case = await parts.acts.case(id, visit.caller)
    try:
        key = parts.prints.key("incidents", form["key"], form.words)
        await met.happened(case.id, form, visit.caller, key)
    except NotFound:
        raise
    except Problem as problem:
        return await shown(visit, case, parts, people, problem=told(problem), form=form, act="incidents")
    return go_to(f"/cases/{id}#meetings")


@router.post("/cases/{id}/{act}")
async def do(*, id: CaseId, act: str, visit: Meant, form: Form, parts: Given, people: Family) -> Response:
    """One act of a form; afterwards the case, or the form again with what stands in the way."""
    if act in GOVERNED:
        visit.must(May.GOVERN)
    elif act not in WORKED:
        raise NotFound("There is no such act.", "查無此動作。")
    who = Doing(visit.caller, parts, parts.prints.key(act, form["key"], form.words))
    try:
        await (WORKED | GOVERNED)[act](id, form, who)
    except NotFound:
        raise
    except Problem as problem:
        case = await parts.acts.case(id, visit.caller)
        return await shown(visit, case, parts, people, problem=told(problem), form=form, act=act)
    return go_to("/today" if form["then"] == "/today" else await _where(id, visit, who))


async def _worded(id: str, case: Case, parts: Parts) -> Contact | Closing | JointVisit | Task:
    """The part of a case that has this id. Raises NotFound."""
    own: Sequence[Closing | JointVisit | Task] = (*case.closings, *case.visits, *case.tasks)
    part = next((each for each in own if each.id == id), None) or await parts.cases.contacts.in_case(case, id)
    if part is None:
        raise NotFound("There is no such note.", "查無此紀錄。")
    return part


async def _where(id: CaseId, visit: Visit, who: Doing) -> str:
    """The case, or the list for who may not see it any more."""
    try:
        await who.parts.acts.case(id, visit.caller)
    except NotFound:
        return "/today"
    return f"/cases/{id}"


async def _accept(id: CaseId, form: Filled, who: Doing) -> None:
    report_id = form["report_id"]
    body = body_of(api.Acceptance, {"report_id": report_id})
    case = await api.accept(id, body, who)
    taken = next((each.accepted_by for each in case.reports if each.report_id == report_id), None)
    if taken != who.caller.name:
        raise Conflict(f"{taken} was faster: this report is theirs.", f"{taken} 較快：這件通報已由其接案。")


async def _give_back(id: CaseId, form: Filled, who: Doing) -> None:
    await api.give_back(id, body_of(api.Return, form.texts("report_id", "reason")), who)


async def _contact(id: CaseId, form: Filled, who: Doing) -> None:
    """A contact, and the next step as a task where one is named."""
    seen, why = form.all("seen"), {each: form[f"why-{each}"] for each in form.all("person")}
    body = body_of(ContactBody, {
        "kind": form["kind"], "at": form.time("at"), "until": form.time("until"), "reached": form["reached"] == "yes",
        "announced": {"yes": True, "no": False}.get(form["announced"]), "with": form.all("with"),
        "address": _address(form),
        "seen": [{"person": each, "alone": each in form.all("alone")} for each in seen],
        "not_seen": [{"person": each, "why": why[each]} for each in why if why[each] and each not in seen],
        "note": form["note"] or None, "completes": form.all("completes"),
    })  # fmt: skip
    following = {"unit": form["next_unit"], "what": form["next"], "due_at": form.time("next_at")}
    await work_api.recorded(id, body, who, body_of(TaskBody, following) if form["next"] else None)


def _address(form: Filled) -> dict[str, str] | None:
    """One that the case knows, with the source that it has; else what was written down, and where that comes from."""
    source, _, known = form["known"].partition(" ")
    if known:
        return {"id": known, "source": source}
    return {"source": form["source"], **form.texts("text")} if form["source"] else None


async def _joint_visit(id: CaseId, form: Filled, who: Doing) -> None:
    fields = {
        "with": form.all("with"), "at": form.time("at"), "until": form.time("until"), "address": _address(form),
        "asked_for": form.all("asked_for"), "note": form["note"] or None,
    }  # fmt: skip
    await visits_api.plan(id, body_of(JointVisitBody, fields), who)


async def _invite(id: CaseId, form: Filled, who: Doing) -> None:
    await visits_api.invite(form["part"], body_of(InviteBody, form.texts("unit")), who)


async def _task(id: CaseId, form: Filled, who: Doing) -> None:
    fields = form.texts("unit", "what", "person", "every", "note") | {"due_at": form.time("due_at")}
    await work_api.give_task(id, body_of(TaskBody, fields), who)


async def _complete(id: CaseId, form: Filled, who: Doing) -> None:
    await work_api.complete_task(form["task"], body_of(Completion, form.texts("note")), who)


async def _drop(id: CaseId, form: Filled, who: Doing) -> None:
    await work_api.drop_task(form["task"], body_of(WithReason, form.texts("reason")), who)


async def _hand(id: CaseId, form: Filled, who: Doing) -> None:
    await work_api.hand_task(form["task"], body_of(Hand, form.texts("unit", "person")), who)


async def _assess(id: CaseId, form: Filled, who: Doing) -> None:
    tools = [{"tool": form["tool"], **form.texts("score", "result")}] if form["tool"] else []
    fields: dict[str, Any] = {"opened": form["opened"] == "yes", "needs": form.all("needs"), "tools": tools}
    await work_api.assess(id, body_of(AssessmentBody, fields | form.texts("service_mode", "reason")), who)


async def _plan(id: CaseId, form: Filled, who: Doing) -> None:
    step = {"unit": form["unit"], "what": form["what"], "due_at": form.time("due_at")}
    fields = {
        "goals": form.all("goals"), "steps": [step] if form["what"] else [], "review_at": form.time("review_at"),
        "agreed": {"yes": True, "no": False}.get(form["agreed"]), "words": form["words"] or None,
    }  # fmt: skip
    await work_api.agree_plan(id, body_of(PlanBody, fields), who)


async def _ask_collaborator(id: CaseId, form: Filled, who: Doing) -> None:
    fields = {"unit": form["unit"], "asked_for": form.all("asked_for"), "due_at": form.time("due_at")}
    await work_api.ask_collaborator(id, body_of(CollaboratorBody, fields), who)


async def _offer(id: CaseId, form: Filled, who: Doing) -> None:
    await hands_api.offer(id, body_of(HandoverBody, form.texts("to", "person", "reason")), who)


async def _ask_closing(id: CaseId, form: Filled, who: Doing) -> None:
    confirmed = {"by": form["acknowledged_by"], "at": form.time("acknowledged_at")}
    evidence = {
        "heard": form.all("heard"), "acknowledged": confirmed if form["acknowledged_by"] else None,
        "welfare_check": form["welfare_check"] or None, "words": form["words"] or None,
    }  # fmt: skip
    fields = {"reason": form["reason"], "evidence": evidence, "return_plan": form["return_plan"] or None}
    await closing_api.ask(id, body_of(ClosingBody, fields), who)


async def _ask_merge(id: CaseId, form: Filled, who: Doing) -> None:
    await merging_api.ask(id, body_of(MergeBody, form.texts("case_id", "reason")), who)


def _answers(route: Callable[..., Awaitable[object]], body: type[Body] = Body) -> Do:
    """An answer to a part of the case (`part`), with a reason where its body asks for one."""

    async def do(id: CaseId, form: Filled, who: Doing) -> None:
        await route(form["part"], body_of(body, form.texts("reason")), who)

    return do


WORKED: dict[str, Do] = {
    "acceptances": _accept,
    "returns": _give_back,
    "contacts": _contact,
    "joint-visits": _joint_visit,
    "visit-invitations": _invite,
    "visit-joins": _answers(visits_api.join),
    "visit-declines": _answers(visits_api.decline, WithReason),
    "visit-withdrawals": _answers(visits_api.withdraw, WithReason),
    "tasks": _task,
    "completions": _complete,
    "drops": _drop,
    "hands": _hand,
    "assessments": _assess,
    "plans": _plan,
    "plan-reviews": _answers(work_api.review_plan),
    "collaborators": _ask_collaborator,
    "joins": _answers(work_api.join),
    "declines": _answers(work_api.decline, WithReason),
    "releases": _answers(work_api.release, WithReason),
    "handovers": _offer,
    "takings": _answers(hands_api.take),
    "refusals": _answers(hands_api.refuse, WithReason),
    "closings": _ask_closing,
    "merges": _ask_merge,
}
"""By the last part of a form's address: what is for whoever works a case."""

GOVERNED: dict[str, Do] = {
    "closing-approvals": _answers(closing_api.approve),
    "closing-refusals": _answers(closing_api.refuse, WithReason),
    "merge-approvals": _answers(merging_api.approve),
    "merge-refusals": _answers(merging_api.refuse, WithReason),
    "splits": _answers(merging_api.undo, SplitBody),
}
"""What is only for who may govern, as in the API."""
