"""Who comes to a planned visit: whatever befalls a case, each is waited for, was there, or is waited for no more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from contracts.decisions import UnitId
from rules.spans import TAIPEI

from network.cases.domain.case import Case
from network.cases.domain.changes import new_task, swapped, with_done, with_dropped, with_given
from network.cases.domain.contact import FACE_TO_FACE, Contact
from network.cases.domain.parts import Invitation, JointVisit
from network.tasks.domain.task import Because, Task

JOIN_VISIT = "join_visit"
"""What an invited unit owes: to answer by name."""
JOINT_VISIT = "joint_visit"
"""What who planned a visit and who accepted owe: to be there. Only an entry of what happened settles it."""
NAME_ANOTHER_VISITOR = "name_another_visitor"
"""What who planned a visit owes when a unit does not come: to invite another, or go without."""


def is_to_be_there(task: Task) -> bool:
    """Whether a task is a part in a planned visit, which no tick settles."""
    return task.what == JOINT_VISIT and task.because.kind == "visit"


def of(id: str) -> Callable[[Task], bool]:
    """The tasks that a visit, or an invitation to it, brought about."""
    return lambda task: task.because == Because("visit", id)


def kept(case: Case, *, reason: str, cause: str, at: datetime) -> Case:
    """The case in which nobody without part in it plans a visit or is awaited at one: its lead plans it from now on."""
    for visit in case.visits:
        if visit.state == "planned":
            case = _kept(case, visit, reason, cause, at)
    return case


def moved(case: Case, old: UnitId, new: UnitId, person: str | None) -> Case:
    """The case in which one unit is in every planned visit what another was."""
    visits = tuple(_moved(each, old, new, person) if each.state == "planned" else each for each in case.visits)
    return replace(case, visits=visits)


def held(case: Case, made: Contact) -> Case:
    """The case once what was planned is recorded: whoever was there has done it, whoever was not is gone without.

    A contact is the visit whose task it completes, else the first of its day or before that all of its units were to be
    at who had accepted. One that corrects the entry of a visit is the entry of that visit.
    """
    for visit in case.visits:
        if made.corrects and visit.contact_id == made.corrects:
            return replace(case, visits=swapped(case.visits, visit, _entered(visit, made)))
    named = [task.because.id for id in made.completes if (task := case.task(id)) and is_to_be_there(task)]
    for visit in sorted(case.visits, key=lambda each: each.at):
        if visit.state == "planned" and (visit.has(named) or (not named and _is_this(visit, made))):
            return _held(case, visit, made)
    return case


def _is_this(visit: JointVisit, made: Contact) -> bool:
    there, day = {*made.units}, visit.at.astimezone(TAIPEI).date()
    expected = {visit.unit, *(each.unit for each in visit.invitations if each.state == "accepted")}
    came = any(each.unit in there for each in visit.standing)
    on_its_day = made.at >= visit.planned_at and made.at.astimezone(TAIPEI).date() >= day
    return came and expected <= there and made.kind in FACE_TO_FACE and on_its_day


def _held(case: Case, visit: JointVisit, made: Contact) -> Case:
    by, at = made.by, made.recorded_at
    for id, unit in ((visit.id, visit.unit), *((each.id, each.unit) for each in visit.standing)):
        if unit in made.units:
            case = with_done(case, of(id), by=by, at=at, evidence=made.id)
        case = with_dropped(case, of(id), reason="went_without_them", by=by, at=at)
    done = replace(_entered(visit, made), state="done", ended_at=at)
    return replace(case, visits=swapped(case.visits, visit, done))


def _entered(visit: JointVisit, made: Contact) -> JointVisit:
    """The visit as its entry tells it: who of those that were awaited came."""
    invited = tuple(
        replace(each, state="was_there" if each.unit in made.units else "missed")
        if each.state in ("invited", "accepted", "was_there", "missed")
        else each
        for each in visit.invitations
    )
    return replace(visit, invitations=invited, contact_id=made.id)


def _kept(case: Case, visit: JointVisit, reason: str, cause: str, at: datetime) -> Case:
    plans = visit.unit if visit.unit in case.answerable else case.lead.unit
    gone = [each for each in visit.standing if each.unit not in case.answerable or each.unit == plans]
    for each in gone:
        case = with_dropped(case, of(each.id), reason=reason, by=None, at=at)
    case = with_given(
        case, lambda task: of(visit.id)(task) and task.unit not in case.answerable, plans, case.lead.person
    )
    left = {each.id for each in gone}
    invitations = tuple(
        replace(each, state="withdrawn", reason=reason, answered_at=at) if each.id in left else each
        for each in visit.invitations
    )
    after = replace(visit, unit=plans, invitations=invitations)
    case = replace(case, visits=swapped(case.visits, visit, after))
    return with_another_to_name(case, after, cause, at) if any(each.unit != plans for each in gone) else case


def with_another_to_name(case: Case, visit: JointVisit, cause: str, at: datetime) -> Case:
    """The case whose planner of a visit owes an answer to who is not coming, once however many that are."""
    if any(of(visit.id)(task) and task.what == NAME_ANOTHER_VISITOR for task in case.owed):
        return case
    own = next((task for task in case.owed if of(visit.id)(task)), None)
    another = new_task(
        case, NAME_ANOTHER_VISITOR, visit.unit, Because("visit", visit.id), cause=cause, at=at, due_at=visit.at,
        person=own.person if own else None, source="agreed",
    )  # fmt: skip
    return replace(case, tasks=(*case.tasks, another))


def _moved(visit: JointVisit, old: UnitId, new: UnitId, person: str | None) -> JointVisit:
    known = {visit.unit, *(each.unit for each in visit.standing)}
    invitations = tuple(
        replace(each, unit=new, person=person if each.person else None)
        if each.stands and each.unit == old and new not in known
        else each
        for each in visit.invitations
    )
    return replace(visit, unit=new if visit.unit == old else visit.unit, invitations=invitations)


def standing_of(visit: JointVisit, unit: UnitId) -> Invitation | None:
    """The invitation of a unit that has neither declined nor was called off."""
    return next((each for each in visit.standing if each.unit == unit), None)
