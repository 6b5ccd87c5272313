"""What each act changes: from what was sent to the domain's rules and the events that follow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from contracts.decisions import UnitId
from contracts.event import Event, Sealed
from contracts.reports import ReportId

from network.cases.acts import Act, Change, Speaker
from network.cases.bodies import (
    AssessmentBody,
    CollaboratorBody,
    Completion,
    ContactBody,
    Hand,
    PlanBody,
    TaskBody,
)
from network.cases.domain import collaborations, events, findings, handovers, plans
from network.cases.domain.case import Assessment, Case, Plan, ToolResult
from network.cases.domain.changes import found, must_be_open, part_id
from network.cases.domain.closing import Guard
from network.cases.domain.contact import Address, Contact, NotSeen, Seen, overlapping
from network.cases.domain.handovers import Hands
from network.cases.domain.refusals import refused
from network.cases.domain.register import Register
from network.tasks.domain.task import Because, task_id

Told = tuple[Case, Sequence[Event]]


def accept(report_id: ReportId) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        must_be_open(case)
        event = register.accept(case.id, report_id, act.unit, act.by, cause=act.cause, at=act.at)
        return register.cases[case.id], [event] if event else []

    return change


def give_back(report_id: ReportId, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        must_be_open(case)
        event = register.return_(case.id, report_id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return register.cases[case.id], [event]

    return change


def give_task(body: TaskBody, note: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.give(
            case, body.unit, body.what, due_at=utc(body.due_at), by=act.by, cause=act.cause, at=act.at,
            person=body.person, every=body.every, note=note,
        ), []  # fmt: skip

    return change


def given_task(case: Case, act: Act) -> str:
    """The id of the task that `give_task` made under this cause, whatever a repeat asks for."""
    made = next(note for note in case.history if note.cause == act.cause)
    return task_id(act.cause, str(made.reason), str(made.unit), Because("case", case.id).id)


def complete_task(id: str, body: Completion, note: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.complete(
            case,
            id,
            by=act.by,
            cause=act.cause,
            at=act.at,
            days=register.days(case.county),
            evidence=body.evidence,
            note=note,
        ), []

    return change


def drop_task(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.drop(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at), []

    return change


def hand_task(id: str, to: Hand) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.hand(case, id, to.unit, to.person, by=act.by, cause=act.cause, at=act.at), []

    return change


def of_task(id: str) -> Speaker:
    """The unit that owes a task, or the lead that answers for the case."""

    def speaker(case: Case) -> Sequence[UnitId]:
        if (task := case.task(id)) is None:
            raise refused("task_unknown", id)
        return (task.unit, case.lead.unit)

    return speaker


def contact(body: ContactBody, note: Sealed | None, place: Sealed | None, step: TaskBody | None = None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        if step:
            case, _ = give_task(step, None)(register, case, replace(act, cause=f"{act.cause}:next"))
        made = _contact(body, case, act, note, place)
        made = replace(made, overlaps=overlapping(made, register.contacts))
        earlier = [each for each in register.contacts if each.case_id in case.ids] if made.corrects else []
        case = findings.contact(case, made, cause=act.cause, days=register.days(case.county), earlier=earlier)
        register.record(made)
        return case, [events.contacted(case, made)]

    return change


def assess(body: AssessmentBody, guard: Guard) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        tools = tuple(ToolResult(each.tool, each.score, each.result) for each in body.tools)
        made = Assessment(
            part_id(case.id, act.cause), act.at, act.by, body.opened, body.needs, body.factors, body.service_mode,
            tools, body.reason,
        )  # fmt: skip
        after = findings.assess(case, made, cause=act.cause, watch=guard.watch)
        return after, [events.assessed(after), *events.called_off(case, after, act.at)]

    return change


def agree_plan(body: PlanBody, words: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        steps = [
            plans.step(
                case, each.unit, each.what, due_at=each.due_at.astimezone(UTC), person=each.person,
                cause=f"{act.cause}:{number}", at=act.at,
            )
            for number, each in enumerate(body.steps)
        ]  # fmt: skip
        plan = Plan(part_id(case.id, act.cause), act.at, act.by, body.goals, agreed=body.agreed, words=words)
        return plans.agree(case, plan, steps, review_at=utc(body.review_at), by=act.by, cause=act.cause), []

    return change


def review_plan(id: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return plans.review(case, id, by=act.by, cause=act.cause, at=act.at), []

    return change


def ask_collaborator(body: CollaboratorBody) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        due_at = body.due_at.astimezone(UTC)
        after = collaborations.ask(case, body.unit, body.asked_for, due_at, by=act.by, cause=act.cause, at=act.at)
        return after, [events.collaborator_asked(after, after.collaborators[-1], due_at)]

    return change


def join(id: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = collaborations.join(case, id, by=act.by, cause=act.cause, at=act.at)
        return after, [events.collaborator_joined(after, collaborations.part(after, id), act.by, act.at)]

    return change


def decline(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = collaborations.decline(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        declined = collaborations.part(after, id)
        return after, [events.collaborator_declined(after, declined, reason, act.by, act.at)]

    return change


def release(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = collaborations.release(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return after, [events.collaborator_released(after, collaborations.part(after, id), reason, act.at)]

    return change


def of_collaboration(id: str) -> Speaker:
    """The unit that was asked."""
    return lambda case: (collaborations.part(case, id).unit,)


def of_lead_or_collaboration(id: str) -> Speaker:
    """The lead that asked, or the unit itself."""
    return lambda case: (case.lead.unit, collaborations.part(case, id).unit)


def offer(to: Hands, reason: str, of: Hands | None = None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = handovers.offer(case, to, reason=reason, by=act.by, cause=act.cause, at=act.at, of=of)
        return after, [events.lead_offered(after, after.handovers[-1])]

    return change


def take(id: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = handovers.take(case, id, by=act.by, cause=act.cause, at=act.at)
        return after, [events.lead_taken(after, found(after.handovers, id), act.by, act.at)]

    return change


def refuse(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        if act.unit != found(case.handovers, id).to_unit:
            return handovers.take_back(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at), []
        after = handovers.refuse(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return after, [events.lead_declined(after, found(after.handovers, id), reason, act.by, act.at)]

    return change


def of_handover(id: str) -> Speaker:
    """The unit that a case is offered to."""
    return lambda case: (found(case.handovers, id, "handover_unknown").to_unit,)


def of_either_hand(id: str) -> Speaker:
    """The unit that a case is offered to, or the one that offered it."""
    return lambda case: (*of_handover(id)(case), found(case.handovers, id).from_unit)


def utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None


def _contact(body: ContactBody, case: Case, act: Act, note: Sealed | None, place: Sealed | None) -> Contact:
    address = Address(body.address.source, body.address.id, place) if body.address else None
    return Contact(
        id=part_id(case.id, act.cause), case_id=case.id, county=case.county, kind=body.kind,
        at=body.at.astimezone(UTC), until=utc(body.until), by=act.by, unit=act.unit, recorded_at=act.at,
        reached=body.reached, announced=body.announced, joint=body.joint, address=address,
        seen=tuple(Seen(each.person, each.alone) for each in body.seen),
        not_seen=tuple(NotSeen(each.person, each.why) for each in body.not_seen),
        measures=dict(body.measures), note=note, completes=body.completes, corrects=body.corrects,
    )  # fmt: skip
