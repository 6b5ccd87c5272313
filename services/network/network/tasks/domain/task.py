"""A task: one unit owes one thing by one time; it ends done with evidence, or dropped with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NewType

from contracts.decisions import UnitId
from contracts.event import Sealed, derived_id
from rules.calendars import Calendar, moved
from rules.spans import LEVELS, Span, level

TaskId = NewType("TaskId", str)

Kind = Literal[
    "report",
    "collaboration",
    "contact",
    "case",
    "handover",
    "closing",
    "visit",
    "referral",
    "household",
    "sheet",
    "stage",
    "decision",
    "item",
    "meeting",
    "signal",
    "early_warning",
]
State = Literal["open", "done", "dropped"]

STEPS = tuple(sorted(LEVELS))
"""Hundredths of a task's time at which it presses (`task.pressing`)."""


HEAR_ANSWER, FOLLOW_START, FOLLOW_OUTCOME, ASK_PERSON, ASK_KEPT = (
    "hear_answer", "follow_start", "follow_outcome", "ask_person", "ask_kept"
)  # fmt: skip
BY_REFERRAL = frozenset({HEAR_ANSWER, FOLLOW_START, FOLLOW_OUTCOME, ASK_PERSON, ASK_KEPT})
"""What who sent a referral owes until it is answered, begun, done, and the person was asked: its steps settle it."""


ELSEWHERE: frozenset[Kind] = frozenset({"referral", "stage", "decision", "early_warning"})
"""What is settled by a step of a referral, a programme or a meeting, or by the answer to a warning: it does not end
with its case."""


class NotOpen(Exception):
    """The task is done or dropped already: what was recorded stays as it is."""


@dataclass(frozen=True)
class Because:
    """What brought a task about."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Moved:
    """Why a task in working days is due otherwise than it was: what its county said of a day, who said it, when."""

    id: str
    due_before: datetime
    day: str
    says: str
    reason: str
    told_by: str
    told_at: datetime


@dataclass(frozen=True)
class Task:
    """What `unit` owes, `person` of it by name where somebody has it in hand.

    `what` is a code; `source` the statute or county setting behind it; `note` words sealed under the case's key.
    `span` is how long it was given, such as `3wd`; `moved` says why it is due otherwise than it was.
    `every` is a span such as `1mo` after which it is owed again; `followed` once the next one is there.
    `pressed` is the last step of its time that was told.
    """

    id: TaskId
    what: str
    unit: UnitId
    county: str
    because: Because
    since: datetime
    due_at: datetime | None = None
    person: str | None = None
    case_id: str | None = None
    source: str = ""
    verified: bool = True
    span: str | None = None
    moved: Moved | None = None
    every: str | None = None
    state: State = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None
    reason: str | None = None
    evidence: str | None = None
    note: Sealed | None = None
    pressed: int = 0
    followed: bool = False

    @property
    def report_id(self) -> str | None:
        """The report behind it, where a report brought it about."""
        return self.because.id if self.because.kind == "report" else None

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """Its free words."""
        return (self.note,) if self.note else ()

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def county_of(unit: UnitId) -> str:
    """The county whose unit it is: what a unit owes is on the lists of its own county, whoever asked it."""
    return unit.partition("/")[0]


def task_id(cause: str, *parts: str) -> TaskId:
    """The id of the task that `cause` brings about: the same whenever it is repeated."""
    return TaskId(str(derived_id("network", cause, "task:" + ":".join(parts))))


def done(task: Task, *, by: str | None, at: datetime, evidence: str | None = None, note: Sealed | None = None) -> Task:
    """Raises NotOpen."""
    closed = _closed(task, "done", by, at)
    return replace(closed, evidence=evidence, note=note or task.note)


def dropped(task: Task, *, reason: str, by: str | None, at: datetime) -> Task:
    """Raises NotOpen."""
    return replace(_closed(task, "dropped", by, at), reason=reason)


def taken_up(task: Task) -> Task:
    """A task that was dropped and is owed after all: in the hands that had it."""
    return replace(task, state="open", closed_at=None, closed_by=None, reason=None, pressed=0)


def given(task: Task, unit: UnitId, person: str | None) -> Task:
    """The task in another hand. Raises NotOpen."""
    if not task.is_open:
        raise NotOpen(task.id)
    return replace(task, unit=unit, person=person)


def presses_at(task: Task) -> datetime | None:
    """When the next step of an open task's time is reached; None where nothing is left to tell.

    One that is due as it begins, or before, has no time between: all its steps are reached when it is due.
    """
    following = next((step for step in STEPS if step > task.pressed), None)
    if not task.is_open or task.due_at is None or following is None:
        return None
    if task.due_at <= task.since:
        return task.due_at
    return task.since + (task.due_at - task.since) * following / 100


def pressed(task: Task, now: datetime) -> Task:
    """The task once what it has reached of its time is told: after a pause the latest step alone."""
    reached = level(task.since, task.due_at, now) if task.due_at else 0
    return replace(task, pressed=max(task.pressed, reached))


def counted(task: Task, days: Calendar) -> Task:
    """An open task by its county's days: due otherwise where it is owed in working days; what was told stays told."""
    change = moved(days, task.span, task.since, task.due_at) if task.is_open and task.due_at else None
    if change is None or task.due_at is None:
        return task
    by = change.by
    why = Moved(by.id, task.due_at, by.day.isoformat(), by.says, by.reason, by.told_by, by.told_at)
    return replace(task, due_at=change.due_at, moved=why)


def following(task: Task, days: Calendar) -> Task | None:
    """The next of a recurring task, owed from when this one was due, whether that was done or missed."""
    if task.every is None or task.due_at is None or task.followed or task.state == "dropped":
        return None
    again = days.due(Span.parse(task.every), task.due_at)
    fresh = replace(task, closed_at=None, closed_by=None, evidence=None, note=None, pressed=0, state="open")
    id = task_id(task.id, "next")
    return replace(fresh, id=id, since=task.due_at, due_at=again, span=task.every, moved=None)


def _closed(task: Task, state: State, by: str | None, at: datetime) -> Task:
    if not task.is_open:
        raise NotOpen(task.id)
    return replace(task, state=state, closed_at=at, closed_by=by)
