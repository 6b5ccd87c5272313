"""A visit of several units (共訪): planned by one, accepted by name or declined by each other, called off."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.decisions import UnitId
from contracts.event import Sealed

from network.cases.domain import collaborations
from network.cases.domain.case import Case, Collaboration, Note
from network.cases.domain.changes import (
    changed,
    found,
    must_be_of,
    must_be_open,
    new_task,
    owing,
    part_id,
    swapped,
    with_done,
    with_dropped,
)
from network.cases.domain.contact import Address
from network.cases.domain.invitations import (
    JOIN_VISIT,
    JOINT_VISIT,
    NAME_ANOTHER_VISITOR,
    of,
    standing_of,
    with_another_to_name,
)
from network.cases.domain.parts import Invitation, JointVisit
from network.cases.domain.refusals import NotAnswerable, refused
from network.cases.domain.reports import TAKE_PART
from network.tasks.domain.task import Because, Task


@dataclass(frozen=True)
class Planned:
    """When, with whom, where and what for; `joint` are units, or codes such as `village_chief`."""

    at: datetime
    joint: tuple[str, ...]
    until: datetime | None = None
    asked_for: tuple[str, ...] = ()
    address: Address | None = None
    note: Sealed | None = None

    @property
    def units(self) -> tuple[UnitId, ...]:
        return tuple(dict.fromkeys(each for each in self.joint if "/" in each))


def plan(case: Case, wanted: Planned, *, unit: UnitId, by: str, cause: str, at: datetime) -> Case:
    """The case with a visit to come, that `unit` owes and every other unit of it is invited to. Raises Refused.

    The lead may invite a unit that has no part in the case: with the same answer it takes part or not.
    """
    must_be_open(case)
    visit = JointVisit(
        part_id(case.id, cause), unit, by, at, wanted.at, wanted.until, wanted.joint, wanted.asked_for, wanted.address,
        wanted.note,
    )  # fmt: skip
    case = replace(case, visits=(*case.visits, visit))
    own = new_task(
        case, JOINT_VISIT, unit, Because("visit", visit.id), cause=cause, at=at, due_at=wanted.at, person=by,
        source="agreed",
    )  # fmt: skip
    case = owing(case, own)
    for each in wanted.units:
        case = _with_invited(case, found(case.visits, visit.id), each, unit, by=by, cause=cause, at=at)
    return changed(case, Note(at, "visit_planned", None, unit, by, cause=cause))


def invite(case: Case, id: str, unit: UnitId, *, inviting: UnitId, by: str, cause: str, at: datetime) -> Case:
    """The case in which the lead, or who planned it, invites another unit to a visit. Raises Refused."""
    visit = _planned(case, id)
    case = with_done(case, lambda task: of(id)(task) and task.what == NAME_ANOTHER_VISITOR, by=by, at=at)
    case = _with_invited(case, visit, unit, inviting, by=by, cause=cause, at=at)
    return changed(case, Note(at, "visitor_invited", None, unit, by, cause=cause))


def join(case: Case, id: str, *, by: str, cause: str, at: datetime) -> Case:
    """The case once somebody of an invited unit will be there, by name; whoever was asked to take part does so too."""
    visit, invited = invitation(case, id)
    if invited.state != "invited":
        raise refused("invitation_answered", id)
    if part := _asked(case, invited.unit):
        case = collaborations.join(case, part, by=by, cause=f"{cause}:part", at=at)
    answered = replace(invited, state="accepted", person=by, answered_by=by, answered_at=at)
    case = with_done(case, of(id), by=by, at=at)
    own = new_task(
        case, JOINT_VISIT, invited.unit, Because("visit", id), cause=cause, at=at, due_at=visit.at, person=by,
        source="agreed",
    )  # fmt: skip
    return changed(
        owing(_with(case, visit, invited, answered), own), Note(at, "visit_joined", None, invited.unit, by, cause=cause)
    )


def decline(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case once a unit will not be there, also after all: who planned it names another or goes alone.

    A unit that this invitation alone brought into the case has no part in it any more. Raises Refused.
    """
    visit, invited = invitation(case, id)
    if not invited.stands:
        raise refused("invitation_answered", id)
    answered = replace(invited, state="declined", answered_by=by, answered_at=at, reason=reason)
    case = with_dropped(case, of(id), reason=reason, by=by, at=at)
    case = _with(case, visit, invited, answered)
    case = _without_part(case, invited, reason, by, at)
    case = with_another_to_name(case, found(case.visits, visit.id), cause, at)
    return changed(case, Note(at, "visit_declined", None, invited.unit, by, reason, cause))


def withdraw(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case with a planned visit called off: nobody owes anything for it, and who came for it alone leaves."""
    visit = _planned(case, id)
    ids = {visit.id, *(each.id for each in visit.invitations)}
    case = with_dropped(case, lambda task: _is_of(task, ids), reason=reason, by=by, at=at)
    case = replace(case, visits=swapped(case.visits, visit, visit.called_off(reason, at)))
    for each in visit.standing:
        case = _without_part(case, each, reason, by, at)
    return changed(case, Note(at, "visit_withdrawn", None, visit.unit, by, reason, cause))


def invitation(case: Case, id: str) -> tuple[JointVisit, Invitation]:
    """A planned visit and the invitation to it of this id. Raises Refused."""
    for visit in case.visits:
        for each in visit.invitations:
            if each.id == id:
                return _planned(case, visit.id), each
    raise refused("invitation_unknown", id)


def _planned(case: Case, id: str) -> JointVisit:
    visit = found(case.visits, id, "visit_unknown")
    if visit.state != "planned":
        raise refused("visit_ended", id)
    return visit


def _with_invited(
    case: Case, visit: JointVisit, unit: UnitId, inviting: UnitId, *, by: str, cause: str, at: datetime
) -> Case:
    """The case with an invitation by a unit; the lead alone brings in one that has no part in the case."""
    must_be_of(case, unit)
    if unit == visit.unit:
        raise refused("plans_it", unit)
    if standing_of(visit, unit):
        raise refused("invited_already", unit)
    brought = None
    if unit not in case.answerable:
        if inviting != case.lead.unit:
            raise NotAnswerable(unit)
        case = collaborations.ask(case, unit, (), visit.at, by=by, cause=f"{cause}:{unit}", at=at)
        brought = case.collaborators[-1].id
    invited = Invitation(part_id(visit.id.partition(".")[0], f"{cause}:{unit}:visit"), unit, at, brought)
    task = new_task(case, JOIN_VISIT, unit, Because("visit", invited.id), cause=cause, at=at, due_at=visit.at)
    more = replace(visit, invitations=(*visit.invitations, invited))
    return owing(replace(case, visits=swapped(case.visits, visit, more)), task)


def _with(case: Case, visit: JointVisit, old: Invitation, new: Invitation) -> Case:
    answered = replace(visit, invitations=swapped(visit.invitations, old, new))
    return replace(case, visits=swapped(case.visits, visit, answered))


def _without_part(case: Case, invited: Invitation, reason: str, by: str, at: datetime) -> Case:
    """The case without a unit that was to take part in it for this visit alone, and owes nothing else in it."""
    part = next((each for each in case.active if each.unit == invited.unit and each.state == "asked"), None)
    owes = any(task.unit == invited.unit and task.what != TAKE_PART for task in case.owed)
    if part is None or owes or invited.brought not in (part.id, *part.before) or not _for_visits_alone(part):
        return case
    declined = replace(part, state="declined", answered_at=at, answered_by=by, reason=reason, ended_at=at)
    case = with_dropped(
        case, lambda task: (task.what, task.unit) == (TAKE_PART, part.unit), reason=reason, by=by, at=at
    )
    return replace(case, collaborators=swapped(case.collaborators, part, declined))


def _for_visits_alone(part: Collaboration) -> bool:
    """Whether neither a report nor anything else that was asked for brought a unit into the case."""
    return part.report_id is None and not part.asked_for


def _asked(case: Case, unit: UnitId) -> str | None:
    """The part in the case that a unit was asked to take and has not answered."""
    return next((each.id for each in case.active if each.unit == unit and each.state == "asked"), None)


def _is_of(task: Task, ids: set[str]) -> bool:
    return task.because.kind == "visit" and task.because.id in ids
