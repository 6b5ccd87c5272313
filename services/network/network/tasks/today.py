"""What a worker and the unit owe today: overdue first, then today, this week, later; their own before their unit's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from contracts.roles import Caller
from rules.spans import TAIPEI

from network.access import Scope
from network.tasks.domain.task import Task
from network.tasks.store import Tasks, Wanted

MOST = 200
NEVER = datetime.max.replace(tzinfo=TAIPEI)
GROUPS = ("overdue", "today", "week", "later")


@dataclass(frozen=True)
class Today:
    """The first due in groups, and how many there are in all."""

    mine: int
    unit: int
    groups: Mapping[str, Sequence[Task]]
    more: bool

    @property
    def counts(self) -> Mapping[str, int]:
        return {group: len(tasks) for group, tasks in self.groups.items()}


async def owed_by(caller: Caller, tasks: Tasks, at: datetime) -> Today:
    """What is owed in a caller's scope."""
    scope = Scope.of(caller)
    found = await tasks.find(scope, Wanted(), None, MOST)
    groups: dict[str, list[Task]] = {group: [] for group in GROUPS}
    for task in sorted(found, key=lambda task: (task.person != caller.name, task.due_at or NEVER)):
        groups[group_of(task, at)].append(task)
    mine = await tasks.count(scope, Wanted(person=caller.name))
    unit = await tasks.count(scope, Wanted())
    return Today(mine, unit, groups, len(found) == MOST)


def group_of(task: Task, at: datetime) -> str:
    """Overdue, due today in Taiwan, within seven days, or later (also what has no time)."""
    if task.due_at is None:
        return "later"
    if task.due_at < at:
        return "overdue"
    midnight = datetime.combine(at.astimezone(TAIPEI).date() + timedelta(days=1), time(), TAIPEI)
    if task.due_at < midnight:
        return "today"
    return "week" if task.due_at < midnight + timedelta(days=6) else "later"
