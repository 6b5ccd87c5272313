"""Handover without a drop (換手不漏接): offered with all that is owed, taken by name; until then the old answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.decisions import UnitId
from rules.counties import settings_of

from network.cases.domain.case import Case, Lead, Note
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
    with_given,
)
from network.cases.domain.invitations import kept, moved
from network.cases.domain.parts import Handover
from network.cases.domain.refusals import refused
from network.cases.domain.reports import TAKE_PART, leading
from network.tasks.domain.task import Because, Task

FIRST_CONTACT = "first_contact"
FIRST_CONTACT_WITHIN = timedelta(days=7)
"""By when the new worker stands before the family; practice (Bolton, transfer of cases), a county setting."""
SETTLE = "settle_handover"
"""What the old unit owes when a handover is refused: its supervisor names somebody else, or keeps the case."""


@dataclass(frozen=True)
class Hands:
    """A unit, and a person of it where one is named."""

    unit: UnitId
    person: str | None = None


def offer(case: Case, to: Hands, *, reason: str, by: str, cause: str, at: datetime, of: Hands | None = None) -> Case:
    """The case offered to other hands, with the list of what they would owe; `of` where a collaborator changes hands.

    Raises Refused: offered already, the same hands, a unit of another county, or a collaborator's part to another unit.
    """
    must_be_open(case)
    must_be_of(case, to.unit)
    old = of or Hands(case.lead.unit, case.lead.person)
    leads = old.unit == case.lead.unit and old.person == case.lead.person
    if any(each.state == "offered" and each.from_unit == old.unit for each in case.handovers):
        raise refused("handover_open", case.id)
    if (old.unit, old.person) == (to.unit, to.person) or (leads and not to.person and to.unit == old.unit):
        raise refused("same_hands", to.unit)
    if not leads and to.unit != old.unit:
        raise refused("not_the_lead", old.unit)
    offered = Handover(part_id(case.id, cause), old.unit, old.person, to.unit, to.person, reason, by, at, leads=leads)
    offered = replace(offered, owed=owed_in(case, offered))
    note = Note(at, "handover_offered", None, to.unit, by, reason, cause)
    return changed(case, note, handovers=(*case.handovers, offered))


def owed_in(case: Case, handover: Handover) -> tuple[str, ...]:
    """The open tasks that change hands: all of a unit that leaves, else the worker's own and, of a lead, nobody's."""
    leaves = handover.from_unit != handover.to_unit
    return tuple(
        task.id
        for task in case.owed
        if task.unit == handover.from_unit
        and (leaves or task.person == handover.from_person or (handover.leads and not task.person))
    )


def take(case: Case, id: str, *, by: str, cause: str, at: datetime) -> Case:
    """The case in the hands of whoever takes it, with everything the old ones owed by then. Raises Refused."""
    offered = _waiting(case, id)
    case = with_done(case, lambda task: task.what == SETTLE and _settles(offered, case, task), by=by, at=at)
    moving = owed_in(case, offered)
    if offered.leads:
        case = with_done(_led_by(case, offered, by, at), lambda task: _asks(task, offered.to_unit), by=by, at=at)
    else:
        case = _taken_part(case, offered, by)
    case = with_given(case, lambda task: task.id in moving, offered.to_unit, by)
    if offered.from_unit != offered.to_unit:
        case = kept(moved(case, offered.from_unit, offered.to_unit, by), reason="leads", cause=cause, at=at)
    taken = replace(offered, state="accepted", answered_by=by, answered_at=at)
    case = replace(case, handovers=swapped(case.handovers, offered, taken))
    first = new_task(
        case, FIRST_CONTACT, offered.to_unit, Because("handover", id), cause=cause, at=at, person=by,
        due_at=at + FIRST_CONTACT_WITHIN, source="county setting", verified=False,
    )  # fmt: skip
    return changed(owing(case, first), Note(at, "handover_taken", None, offered.to_unit, by, cause=cause))


def refuse(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case stays where it is; its old unit owes the supervisor's answer who takes it. Raises Refused."""
    offered = _waiting(case, id)
    declined = replace(offered, state="refused", answered_by=by, answered_at=at, answer=reason)
    case = replace(case, handovers=swapped(case.handovers, offered, declined))
    settle = new_task(
        case, SETTLE, case.lead.unit, Because("handover", id), cause=cause, at=at,
        due_at=at + settings_of(case.county).handover_settled_within, source="county setting", verified=False,
    )  # fmt: skip
    return changed(owing(case, settle), Note(at, "handover_refused", None, offered.to_unit, by, reason, cause))


def take_back(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case no longer offered, by those who offered it: they keep it. Raises Refused."""
    offered = _waiting(case, id)
    back = replace(offered, state="withdrawn", answered_by=by, answered_at=at, answer=reason)
    note = Note(at, "handover_taken_back", None, offered.from_unit, by, reason, cause)
    return changed(case, note, handovers=swapped(case.handovers, offered, back))


def shared_out(loads: Sequence[tuple[str, int]], to: Sequence[Hands]) -> dict[str, Hands]:
    """Cases by what is owed in each, spread so that every hand gets about as much; the heaviest first."""
    carried = dict.fromkeys(to, 0)
    shares: dict[str, Hands] = {}
    for id, owed in sorted(loads, key=lambda load: (-load[1], load[0])):
        least = min(to, key=lambda hands: carried[hands])
        shares[id] = least
        carried[least] += owed + 1
    return shares


def _led_by(case: Case, offered: Handover, person: str, at: datetime) -> Case:
    lead = Lead(offered.to_unit, case.lead.outcome, case.lead.accepted_by, case.lead.accepted_at, person, at)
    return replace(leading(case, lead.unit, at), lead=lead)


def _taken_part(case: Case, offered: Handover, person: str) -> Case:
    """The case in which a collaborator's part is another worker's of the same unit."""
    old = (offered.from_unit, offered.from_person)
    mine = next((each for each in case.active if (each.unit, each.person) == old), None)
    if mine is None:
        return case
    return replace(case, collaborators=swapped(case.collaborators, mine, replace(mine, person=person)))


def _settles(taken: Handover, case: Case, task: Task) -> bool:
    """Whether a settlement was owed because the same hands' part was turned down before."""
    before = next((each for each in case.handovers if each.id == task.because.id), None)
    return before is not None and (before.from_unit, before.leads) == (taken.from_unit, taken.leads)


def _asks(task: Task, unit: UnitId) -> bool:
    """Whether a task asks a unit to take part: who leads does."""
    return (task.what, task.unit) == (TAKE_PART, unit)


def _waiting(case: Case, id: str) -> Handover:
    offered = found(case.handovers, id, "handover_unknown")
    if offered.state != "offered":
        raise refused("handover_answered", id)
    if offered.leads and offered.from_unit != case.lead.unit:
        raise refused("handover_overtaken", id)
    return offered
