"""What comes next in a case: one that is not closed always owes something by a day, whatever befell it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from rules.counties import settings_of

from network.cases.domain.case import Case
from network.cases.domain.changes import new_task, with_done, with_dropped
from network.tasks.domain.task import ELSEWHERE, Because, Task

ASSESS = "assess"
"""Opened or not: owed by whoever took the case on."""
MAKE_PLAN = "make_plan"
ANSWER_CLOSING = "answer_closing"
"""Another person of the unit than asked approves or refuses; no tick does."""
HEAR_FROM_WINDOW = "hear_from_window"
"""Every report went back: until the window has decided again, who gave them back still answers for the family."""
NEXT_STEP = "next_step"
"""Nothing else is owed by a day: say what is done next, or ask to close."""

ONWARD = frozenset({ASSESS, MAKE_PLAN, ANSWER_CLOSING, HEAR_FROM_WINDOW, NEXT_STEP})
"""Steps of the case itself: whoever takes the step settles them, and asking to close waits for none of them."""

_OTHERWISE = frozenset({ASSESS, NEXT_STEP})
"""Owed where nothing else is owed by a day, and given up once something is."""

_OF_ITSELF = frozenset({"merged", "closed"})
"""Why a step was given up with the case and not by anybody: it is owed anew where the case goes on."""

_CAME_BACK = frozenset({"returned", "merged", "split_off"})
"""Notes with which a report that went back to the window comes to stand in a case."""


def onward(case: Case, at: datetime | None = None) -> Case:
    """The case with what comes next in it: the same again changes nothing, and one that ended owes nothing.

    `at` is when it is looked at: its last change, where that is not said.
    """
    if not case.is_open:
        return case
    at = at or case.history[-1].at
    case = _settled(case, at)
    for what, lacks in _LACKS.items():
        case = _owing(case, what, at) if lacks(case) else case
    dated = {task.what for task in case.owed if task.due_at and task.because.kind not in ELSEWHERE}
    if not dated:
        return _owing(case, ASSESS if _HOLDS[ASSESS](case) else NEXT_STEP, at)
    if not dated - _OTHERWISE:
        return case
    by = case.history[-1].by
    return with_dropped(case, lambda task: task.what in _OTHERWISE, reason="step_given", by=by, at=at)


def given_up(case: Case, *, by: str, at: datetime) -> Case:
    """The case that becomes part of another, which owes these steps itself; parted again, it owes them anew."""
    return with_dropped(case, lambda task: task.what in ONWARD, reason="merged", by=by, at=at)


def _settled(case: Case, at: datetime) -> Case:
    """The case without the steps that are owed no more: done where they were taken, else not."""
    by = case.history[-1].by
    over = {what for what, holds in _HOLDS.items() if not holds(case)}
    case = with_done(case, lambda task: task.what in over and _TAKEN[task.what](case), by=by, at=at)
    return with_dropped(case, lambda task: task.what in over, reason="redecided", by=by, at=at)


def _owing(case: Case, what: str, at: datetime) -> Case:
    task = new_task(
        case, what, case.lead.unit, Because("case", case.id), cause=f"{case.id}:{case.version}", at=at,
        due_at=at + _within(case.county, what), person=None if what == ANSWER_CLOSING else case.lead.person,
        source="county setting", verified=False,
    )  # fmt: skip
    return replace(case, tasks=(*case.tasks, task))


def _within(county: str, what: str) -> timedelta:
    """How long a county gives a step."""
    set_ = settings_of(county)
    return {
        ASSESS: set_.assessed_within, MAKE_PLAN: set_.planned_within, ANSWER_CLOSING: set_.closing_answered_within,
        HEAR_FROM_WINDOW: set_.decided_again_within, NEXT_STEP: set_.next_step_within,
    }[what]  # fmt: skip


def _is_back(case: Case) -> bool:
    """Whether every report that is in the case went back to the window."""
    states = {each.state for each in case.reports if each.state != "withdrawn"}
    return states == {"returned"}


def _was_never(case: Case, what: str) -> bool:
    return not any(_asked(case, what))


def _hears_nothing_yet(case: Case) -> bool:
    """Whether nobody was asked since a report went back: from here, or from a case that became part of this one."""
    back = max((note.at for note in case.history if note.what in _CAME_BACK), default=case.opened_at)
    asked = list(_asked(case, HEAR_FROM_WINDOW))
    return not any(task.is_open for task in asked) and all(task.since < back for task in asked)


def _asked(case: Case, what: str) -> Iterator[Task]:
    """The times that a step was asked for, but for those that the case itself gave up."""
    return (task for task in case.tasks if task.what == what and task.reason not in _OF_ITSELF)


_HOLDS: Mapping[str, Callable[[Case], bool]] = {
    ASSESS: lambda case: case.state in ("accepted", "reopened") and bool(case.lead.person),
    MAKE_PLAN: lambda case: case.state in ("opened", "closing") and not case.plans,
    ANSWER_CLOSING: lambda case: case.state == "closing",
    HEAR_FROM_WINDOW: _is_back,
}
"""While what a step is owed."""
_TAKEN: Mapping[str, Callable[[Case], bool]] = {
    ASSESS: lambda case: case.state in ("opened", "closing"),
    MAKE_PLAN: lambda case: bool(case.plans),
    ANSWER_CLOSING: lambda case: bool(case.closing and case.closing.answered_at),
    HEAR_FROM_WINDOW: lambda case: True,
}
"""Whether a step that is owed no more was taken."""
_LACKS: Mapping[str, Callable[[Case], bool]] = {
    MAKE_PLAN: lambda case: _HOLDS[MAKE_PLAN](case) and _was_never(case, MAKE_PLAN),
    ANSWER_CLOSING: lambda case: _HOLDS[ANSWER_CLOSING](case) and not _owes(case, ANSWER_CLOSING),
    HEAR_FROM_WINDOW: lambda case: _HOLDS[HEAR_FROM_WINDOW](case) and _hears_nothing_yet(case),
}
"""Steps that are owed whatever else is. Who dropped or ticked one is not asked for it again."""


def _owes(case: Case, what: str) -> bool:
    return any(task.what == what for task in case.owed)
