"""What a worker and the unit owe today: overdue first, then today, this week, later; their own before their unit's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain, pairwise

from contracts.roles import Caller
from kit.mongo import Session
from rules.spans import TAIPEI

from network.access import Scope
from network.tasks.domain.task import Task, TaskId
from network.tasks.store import Tasks, Wanted

MOST = 200
NEVER = datetime.max.replace(tzinfo=TAIPEI)
GROUPS = ("overdue", "today", "week", "later")


@dataclass(frozen=True)
class Today:
    """The first due in groups, how many there are in each and in all, and how many of them are not listed."""

    mine: int
    unit: int
    groups: Mapping[str, Sequence[Task]]
    counts: Mapping[str, int]

    @property
    def more(self) -> int:
        return self.unit - sum(map(len, self.groups.values()))


async def owed_by(caller: Caller, tasks: Tasks, at: datetime, moment: Session) -> Today:
    """What is owed in a caller's scope: their own is looked for by itself, however much their unit owes before it.

    `moment`: of which all of it is, or a count would say otherwise than its list.
    """
    scope, mine = Scope.of(caller), Wanted(person=caller.name)
    own, _ = await tasks.find(scope, mine, None, MOST, moment)
    first, _ = await tasks.find(scope, Wanted(), None, MOST, moment)
    found = {task.id: task for task in (*own, *first)}.values()
    groups: dict[str, list[Task]] = {group: [] for group in GROUPS}
    for task in sorted(found, key=lambda task: (task.person != caller.name, task.due_at or NEVER)):
        groups[group_of(task, at)].append(task)
    unit = await tasks.count(scope, Wanted(), moment)
    shown = {group: len(tasks) for group, tasks in groups.items()}
    counts = shown if unit == len(found) else await _counted(scope, tasks, unit, at, moment)
    return Today(await tasks.count(scope, mine, moment), unit, groups, counts)


async def _counted(scope: Scope, tasks: Tasks, unit: int, at: datetime, moment: Session) -> Mapping[str, int]:
    """How many are in each group, also of those that are not listed."""
    ends = [await tasks.count(scope, Wanted(due_before=end), moment) for end in (at, *_ends(at))]
    return dict(zip(GROUPS, (end - start for start, end in pairwise((0, *ends, unit))), strict=True))


async def ids_owed_by(caller: Caller, tasks: Tasks, moment: Session) -> list[TaskId]:
    """The ids alone of what `owed_by` finds, read from the index."""
    scope = Scope.of(caller)
    found = [await tasks.first_due(scope, each, MOST, moment) for each in (Wanted(person=caller.name), Wanted())]
    return list(dict.fromkeys(chain.from_iterable(found)))


def group_of(task: Task, at: datetime) -> str:
    """Overdue, due today in Taiwan, within seven days, or later (also what has no time)."""
    if task.due_at is None:
        return "later"
    if task.due_at < at:
        return "overdue"
    midnight, week = _ends(at)
    if task.due_at < midnight:
        return "today"
    return "week" if task.due_at < week else "later"


def _ends(at: datetime) -> tuple[datetime, datetime]:
    """When this day ends in Taiwan, and seven days of which it is the first."""
    midnight = datetime.combine(at.astimezone(TAIPEI).date() + timedelta(days=1), time(), TAIPEI)
    return midnight, midnight + timedelta(days=6)
