"""What closing, merging and parting change: from what was sent to the domain's rules and the events that follow."""

from contracts.cases import CaseId
from contracts.event import Sealed

from network.cases.acts import Act, Change
from network.cases.bodies import (
    ClosingBody,
)
from network.cases.deeds import Told, utc
from network.cases.domain import closings, events, mergers
from network.cases.domain.case import Case
from network.cases.domain.changes import found
from network.cases.domain.closing import Evidence, Guard
from network.cases.domain.contact import Contact
from network.cases.domain.mergers import Back
from network.cases.domain.refusals import refused
from network.cases.domain.register import Register


def ask_closing(body: ClosingBody, guard: Guard, plan: Sealed | None, words: Sealed | None) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        told = plan is not None, _of(register, case), act.at, words is not None
        request = closings.Request(body.reason, _evidence(body), *told)
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


def _of(register: Register, case: Case) -> list[Contact]:
    return [each for each in register.contacts if each.case_id in case.ids]


def _evidence(body: ClosingBody) -> Evidence:
    known = body.evidence
    confirmed = known.acknowledged
    return Evidence(
        known.heard, confirmed.by if confirmed else None, utc(confirmed.at) if confirmed else None,
        known.welfare_check, known.goals,
    )  # fmt: skip
