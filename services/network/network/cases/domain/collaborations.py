"""One lead, many collaborators (一主責、多協力): asked by the lead, joined or declined by name, released."""

from dataclasses import replace
from datetime import datetime

from contracts.decisions import UnitId

from network.cases.domain.case import Case, Collaboration, Note
from network.cases.domain.changes import (
    changed,
    must_be_of,
    must_be_open,
    new_task,
    owing,
    part_id,
    swapped,
    void,
    with_done,
    with_dropped,
    with_given,
)
from network.cases.domain.invitations import kept
from network.cases.domain.refusals import refused
from network.cases.domain.reports import TAKE_PART
from network.tasks.domain.task import Because

NAME_ANOTHER = "name_another"
"""What the lead owes when a collaborator declines: another must do it, or the lead does."""


def ask(
    case: Case, unit: UnitId, asked_for: tuple[str, ...], due_at: datetime, *, by: str, cause: str, at: datetime
) -> Case:
    """The case once its lead has asked a unit to take part. Raises Refused for one with part in it, or elsewhere."""
    must_be_open(case)
    must_be_of(case, unit)
    if unit in case.answerable:
        raise refused("unit_has_part", unit)
    asked = Collaboration(part_id(case.id, cause), unit, at, None, asked_for, due_at, by)
    case = replace(case, collaborators=(*case.collaborators, asked))
    task = new_task(case, TAKE_PART, unit, Because("collaboration", asked.id), cause=cause, at=at, due_at=due_at)
    return changed(owing(case, task), Note(at, "collaborator_asked", None, unit, by, cause=cause))


def join(case: Case, id: str, *, by: str, cause: str, at: datetime) -> Case:
    """The case once somebody of the unit takes part by name: what was asked for becomes its tasks. Raises Refused."""
    asked = _waiting(case, id)
    joined = replace(asked, state="joined", person=by, answered_at=at, answered_by=by)
    case = replace(case, collaborators=swapped(case.collaborators, asked, joined))
    case = with_done(case, lambda task: (task.what, task.unit) == (TAKE_PART, asked.unit), by=by, at=at)
    case = with_given(case, lambda task: task.unit == asked.unit and not task.person, asked.unit, by)
    because = Because("collaboration", id)
    tasks = [
        new_task(case, what, asked.unit, because, cause=cause, at=at, due_at=asked.due_at, person=by, source="agreed")
        for what in asked.asked_for
    ]
    return changed(owing(case, *tasks), Note(at, "takes_part", None, asked.unit, by, cause=cause))


def decline(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case once a unit declines, by name: the lead owes another collaborator, and what the unit owed here by then.

    Raises Refused.
    """
    asked = _waiting(case, id)
    declined = replace(asked, state="declined", answered_at=at, answered_by=by, reason=reason, ended_at=at)
    case = with_dropped(
        case, lambda task: (task.what, task.unit) == (TAKE_PART, asked.unit), reason=reason, by=by, at=at
    )
    case = replace(case, collaborators=swapped(case.collaborators, asked, declined))
    case = kept(case, reason=reason, cause=cause, at=at)
    case = with_given(case, lambda task: task.unit == asked.unit, case.lead.unit, case.lead.person)
    another = new_task(
        case, NAME_ANOTHER, case.lead.unit, Because("collaboration", id), cause=cause, at=at, due_at=asked.due_at,
        person=case.lead.person, source="agreed",
    )  # fmt: skip
    return changed(owing(case, another), Note(at, "declined", None, asked.unit, by, reason, cause))


def release(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case without a collaborator: what the unit still owes is the lead's from now on. Raises Refused."""
    must_be_open(case)
    leaving = part(case, id)
    if not leaving.is_active:
        raise refused("collaboration_ended", id)
    case = with_dropped(
        case, lambda task: (task.what, task.unit) == (TAKE_PART, leaving.unit), reason=reason, by=by, at=at
    )
    released = replace(leaving, state="released", reason=reason, ended_at=at)
    parts = swapped(case.collaborators, leaving, released)
    case = replace(case, collaborators=parts, handovers=void(case, leaving.unit))
    case = kept(case, reason=reason, cause=cause, at=at)
    case = with_given(case, lambda task: task.unit == leaving.unit, case.lead.unit, case.lead.person)
    return changed(case, Note(at, "released", None, leaving.unit, by, reason, cause))


def part(case: Case, id: str) -> Collaboration:
    """The part of this id, or that had it in a case which is part of this one. Raises Refused."""
    known = (each for each in reversed(case.collaborators) if id in (each.id, *each.before))
    if (found := next(known, None)) is None:
        raise refused("collaboration_unknown", id)
    return found


def _waiting(case: Case, id: str) -> Collaboration:
    must_be_open(case)
    asked = part(case, id)
    if asked.state != "asked":
        raise refused("collaboration_answered", id)
    return asked
