"""What each act changes: from what was sent to the domain's rules and the events that follow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Event, Sealed
from contracts.reports import ReportId
from rules.working_days import working_day

from network.cases.acts import Act, Change, Speaker
from network.cases.bodies import (
    AssessmentBody,
    ClosingBody,
    CollaboratorBody,
    Completion,
    ContactBody,
    Hand,
    TaskBody,
)
from network.cases.domain import closings, collaborations, events, findings, handovers, mergers
from network.cases.domain.case import Assessment, Case, Collaboration, Handover, Merge, ToolResult
from network.cases.domain.changes import part_id
from network.cases.domain.closing import Closing, Evidence, Guard
from network.cases.domain.contact import Address, Contact, NotSeen, Seen, overlapping
from network.cases.domain.handovers import Hands
from network.cases.domain.mergers import Back
from network.cases.domain.refusals import refused
from network.cases.domain.register import Register
from network.tasks.domain.task import Because, task_id

Part = TypeVar("Part", Collaboration, Handover, Closing, Merge)
Told = tuple[Case, Sequence[Event]]


def accept(report_id: ReportId) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        event = register.accept(case.id, report_id, act.unit, act.by, cause=act.cause, at=act.at)
        return register.cases[case.id], [event] if event else []

    return change


def give_back(report_id: ReportId, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        event = register.return_(case.id, report_id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return register.cases[case.id], [event]

    return change


def give_task(body: TaskBody, note: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.give(
            case, body.unit, body.what, due_at=_utc(body.due_at), by=act.by, cause=act.cause, at=act.at,
            person=body.person, every=body.every, note=note,
        ), []  # fmt: skip

    return change


def given_task(case: Case, act: Act, body: TaskBody) -> str:
    """The id of the task that `give_task` made."""
    return task_id(act.cause, body.what, body.unit, Because("case", case.id).id)


def complete_task(id: str, body: Completion, note: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return findings.complete(
            case, id, by=act.by, cause=act.cause, at=act.at, working_day=working_day, evidence=body.evidence, note=note
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


def contact(body: ContactBody, note: Sealed | None, place: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        made = _contact(body, case, act, note, place)
        made = replace(made, overlaps=overlapping(made, register.contacts))
        register.record(made)
        case = findings.contact(case, made, cause=act.cause, working_day=working_day)
        return case, [events.contacted(case, made)]

    return change


def assess(body: AssessmentBody) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        tools = tuple(ToolResult(each.tool, each.score, each.result) for each in body.tools)
        made = Assessment(
            part_id(case.id, act.cause), act.at, act.by, body.opened, body.needs, body.factors, body.service_mode,
            tools, body.reason,
        )  # fmt: skip
        after = findings.assess(case, made, cause=act.cause)
        return after, [events.assessed(after)]

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
        return after, [events.collaborator_joined(after, found(after.collaborators, id), act.by, act.at)]

    return change


def decline(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = collaborations.decline(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        declined = found(after.collaborators, id)
        return after, [events.collaborator_declined(after, declined, reason, act.by, act.at)]

    return change


def release(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = collaborations.release(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return after, [events.collaborator_released(after, found(after.collaborators, id), reason, act.at)]

    return change


def of_collaboration(id: str) -> Speaker:
    """The unit that was asked."""
    return lambda case: (found(case.collaborators, id, "collaboration_unknown").unit,)


def of_lead_or_collaboration(id: str) -> Speaker:
    """The lead that asked, or the unit itself."""
    return lambda case: (case.lead.unit, found(case.collaborators, id, "collaboration_unknown").unit)


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
        after = handovers.refuse(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        return after, [events.lead_declined(after, found(after.handovers, id), reason, act.by, act.at)]

    return change


def of_handover(id: str) -> Speaker:
    """The unit that a case is offered to."""
    return lambda case: (found(case.handovers, id, "handover_unknown").to_unit,)


def ask_closing(body: ClosingBody, guard: Guard, plan: Sealed | None, words: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        request = closings.Request(body.reason, _evidence(body), plan is not None, _of(register, case), act.at)
        return closings.ask(case, request, guard, by=act.by, cause=act.cause, return_plan=plan, words=words), []

    return change


def approve_closing(id: str, guard: Guard) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = closings.approve(case, id, _of(register, case), guard, by=act.by, cause=act.cause, at=act.at)
        return after, [events.closed(after, act.by, act.at)]

    return change


def refuse_closing(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return closings.refuse(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at), []

    return change


def ask_merge(other: CaseId, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = mergers.ask(case, _other(register, other), reason=reason, by=act.by, cause=act.cause, at=act.at)
        return after, []

    return change


def merge(id: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        asked = found(case.merges, id, "merge_unknown")
        after, other = mergers.merge(case, _other(register, asked.other), id, by=act.by, cause=act.cause, at=act.at)
        register.save(other)
        register.place((each.report_id for each in other.reports if each.state != "withdrawn"), case.id)
        return after, [events.merged(after, found(after.merges, id), act.at)]

    return change


def refuse_merge(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        return mergers.refuse(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at), []

    return change


def split(id: str, back: Back, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        done = found(case.merges, id, "merge_unknown")
        after, other = mergers.split(
            case, _other(register, done.other), id, back, reason=reason, by=act.by, cause=act.cause, at=act.at
        )
        register.save(other)
        reports = tuple(each.report_id for each in other.reports)
        register.place((each.report_id for each in other.reports if each.state != "withdrawn"), other.id)
        return after, [events.split(after, found(after.merges, id), reports, act.at)]

    return change


def _other(register: Register, id: CaseId) -> Case:
    if (case := register.cases.get(id)) is None:
        raise refused("case_unknown", id)
    return case


def found(parts: Sequence[Part], id: str, unknown: str = "") -> Part:
    """The part of this id. Raises Refused with the code `unknown`."""
    if (part := next((each for each in parts if each.id == id), None)) is None:
        raise refused(unknown, id)
    return part


def _of(register: Register, case: Case) -> list[Contact]:
    return [each for each in register.contacts if each.case_id in case.ids]


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None


def _contact(body: ContactBody, case: Case, act: Act, note: Sealed | None, place: Sealed | None) -> Contact:
    address = Address(body.address.source, body.address.id, place) if body.address else None
    return Contact(
        id=part_id(case.id, act.cause), case_id=case.id, county=case.county, kind=body.kind,
        at=body.at.astimezone(UTC), until=_utc(body.until), by=act.by, unit=act.unit, recorded_at=act.at,
        reached=body.reached, announced=body.announced, joint=body.joint, address=address,
        seen=tuple(Seen(each.person, each.alone) for each in body.seen),
        not_seen=tuple(NotSeen(each.person, each.why) for each in body.not_seen),
        measures=dict(body.measures), note=note, completes=body.completes, corrects=body.corrects,
    )  # fmt: skip


def _evidence(body: ClosingBody) -> Evidence:
    known = body.evidence
    confirmed = known.acknowledged
    return Evidence(
        known.heard, confirmed.by if confirmed else None, _utc(confirmed.at) if confirmed else None,
        known.welfare_check, known.goals,
    )  # fmt: skip
