"""What planning a visit of several units changes: from what was sent to the rules and the events that follow."""

from datetime import UTC

from contracts.event import Event, Sealed

from network.cases.acts import Act, Change, Speaker
from network.cases.bodies import JointVisitBody
from network.cases.deeds import Told, utc
from network.cases.domain import events, visits
from network.cases.domain.case import Case
from network.cases.domain.changes import found
from network.cases.domain.contact import Address
from network.cases.domain.register import Register
from network.cases.domain.visits import Planned


def plan(body: JointVisitBody, note: Sealed | None, place: Sealed | None) -> Change:
    wanted = Planned(
        body.at.astimezone(UTC), body.joint, utc(body.until), body.asked_for,
        Address(body.address.source, body.address.id, place) if body.address else None, note,
    )  # fmt: skip

    def change(register: Register, case: Case, act: Act) -> Told:
        after = visits.plan(case, wanted, unit=act.unit, by=act.by, cause=act.cause, at=act.at)
        return after, [events.visit_planned(after, after.visits[-1], wanted.units, act.at)]

    return change


def invite(id: str, unit: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = visits.invite(case, id, unit, inviting=act.unit, by=act.by, cause=act.cause, at=act.at)
        return after, [events.visit_planned(after, found(after.visits, id), (unit,), act.at)]

    return change


def join(id: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = visits.join(case, id, by=act.by, cause=act.cause, at=act.at)
        visit, joined = visits.invitation(after, id)
        came = [each for each in after.active if each.unit == joined.unit and each not in case.active]
        told: list[Event] = [events.collaborator_joined(after, each, act.by, act.at) for each in came]
        return after, [*told, events.visit_joined(after, visit, joined, act.at)]

    return change


def decline(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = visits.decline(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        visit, declined = visits.invitation(after, id)
        return after, [events.visit_declined(after, visit, declined, reason, act.at)]

    return change


def withdraw(id: str, reason: str) -> Change:
    def change(register: Register, case: Case, act: Act) -> Told:
        after = visits.withdraw(case, id, reason=reason, by=act.by, cause=act.cause, at=act.at)
        awaited = events.elsewhere(found(case.visits, id), act.unit)
        return after, [events.visit_withdrawn(after, found(after.visits, id), awaited, reason, act.at)]

    return change


def of_invitation(id: str) -> Speaker:
    """The unit that was invited."""
    return lambda case: (visits.invitation(case, id)[1].unit,)


def of_lead_or_visit(id: str) -> Speaker:
    """The lead, which alone may bring a unit into the case, or the unit that planned a visit."""
    return lambda case: (case.lead.unit, found(case.visits, id, "visit_unknown").unit)


def of_visit(id: str) -> Speaker:
    """The unit that planned a visit, or the lead that answers for the case."""
    return lambda case: (found(case.visits, id, "visit_unknown").unit, case.lead.unit)
