"""What every change of a case does: one more version, one more line of history, tasks that end or change hands."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from contracts.decisions import UnitId
from contracts.event import derived_id

from network.cases.domain.case import Case, Note
from network.cases.domain.parts import Handover, State
from network.cases.domain.refusals import NotAnswerable, refused
from network.tasks.domain.task import ELSEWHERE, Because, Task, done, dropped, given, task_id

Item = TypeVar("Item")
Which = Callable[[Task], bool]


class _Part(Protocol):
    @property
    def id(self) -> str: ...


Part = TypeVar("Part", bound=_Part)
"""A part of a case: a collaboration, a plan, a handover, a closing, a merge."""


def part_id(case_id: str, cause: str) -> str:
    """The id of a part of a case (a collaboration, a handover, a closing): it says whose part it is."""
    return f"{case_id}.{derived_id('network', cause, 'part').hex[:12]}"


def case_of(part_id: str) -> str:
    """The case that a part belongs to."""
    return part_id.partition(".")[0]


def found(parts: Iterable[Part], id: str, unknown: str = "") -> Part:
    """The part of this id. Raises Refused with the code `unknown`."""
    if (part := next((each for each in parts if each.id == id), None)) is None:
        raise refused(unknown, id)
    return part


def changed(case: Case, note: Note, **fields: object) -> Case:
    """The case with these fields, one version on."""
    return replace(case, **fields, history=(*case.history, note), version=case.version + 1)  # type: ignore[arg-type]


def signed(case: Case, cause: str, sent: str | None) -> Case:
    """The case that remembers what was sent for its last act."""
    if not sent or not case.history or case.history[-1].cause != cause:
        return case
    return replace(case, history=(*case.history[:-1], replace(case.history[-1], sent=sent)))


def owing(case: Case, *tasks: Task) -> Case:
    """The case with more tasks. Raises NotAnswerable for a unit that has no part in it."""
    for task in tasks:
        if task.unit not in case.answerable:
            raise NotAnswerable(task.unit)
    return replace(case, tasks=(*case.tasks, *tasks))


def new_task(
    case: Case, what: str, unit: UnitId, because: Because, *, cause: str, at: datetime, **fields: object
) -> Task:
    """A task of this case, not yet in it."""
    id = task_id(cause, what, unit, because.id)
    return Task(id, what, unit, case.county, because, at, case_id=case.id, **fields)  # type: ignore[arg-type]


def with_done(case: Case, which: Which, *, by: str | None, at: datetime, evidence: str | None = None) -> Case:
    return _each(case, which, lambda task: done(task, by=by, at=at, evidence=evidence))


def with_dropped(case: Case, which: Which, *, reason: str, by: str | None, at: datetime) -> Case:
    return _each(case, which, lambda task: dropped(task, reason=reason, by=by, at=at))


def with_given(case: Case, which: Which, unit: UnitId, person: str | None) -> Case:
    return _each(case, which, lambda task: given(task, unit, person))


def ended(case: Case, state: State, *, reason: str, by: str | None, at: datetime) -> Case:
    """The case in a state in which nothing is owed: what was is dropped with the reason, what was offered is void.

    A visit to come does not take place.
    """
    # A referral is still out there: whoever sent it hears of it, also of a case that ended. A programme goes on.
    case = with_dropped(case, lambda task: task.because.kind not in ELSEWHERE, reason=reason, by=by, at=at)
    offers = tuple(replace(each, state="withdrawn") if each.state == "offered" else each for each in case.handovers)
    visits = tuple(each.called_off(reason, at) for each in case.visits)
    return replace(case, state=state, ended_at=at, handovers=offers, visits=visits)


def void(case: Case, unit: UnitId) -> tuple[Handover, ...]:
    """The handovers, those void that a unit offered which has that part no more."""
    return tuple(
        replace(each, state="withdrawn") if each.state == "offered" and each.from_unit == unit else each
        for each in case.handovers
    )


def open_task(case: Case, id: str) -> Task:
    """An open task of this case. Raises Refused."""
    if (task := case.task(id)) is None:
        raise refused("task_unknown", id)
    if not task.is_open:
        raise refused("task_not_open", id)
    return task


def swapped(items: tuple[Item, ...], old: Item, new: Item) -> tuple[Item, ...]:
    """The items with `new` in the place of `old`."""
    return tuple(new if each is old else each for each in items)


def union(some: tuple[Item, ...], more: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*some, *more)))


def must_be_open(case: Case) -> None:
    """Raises Refused for a case that was closed, merged or withdrawn."""
    if not case.is_open:
        raise refused("case_not_open", case.id)


def must_be_of(case: Case, unit: UnitId) -> None:
    """Raises Refused for a unit of another county: nobody there may see the case, and so nobody could answer."""
    county, _, own = unit.partition("/")
    if county != case.county or not own:
        raise refused("unit_elsewhere", unit)


def _each(case: Case, which: Which, change: Callable[[Task], Task]) -> Case:
    return replace(case, tasks=tuple(change(task) if task.is_open and which(task) else task for task in case.tasks))
