"""A warning: who sent it to which two readers of a unit, and what they say they did; its words are sealed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files

import yaml
from contracts.event import Sealed
from contracts.roles import Caller, May, may
from rules.spans import Span

from network.tasks.domain.task import STEPS, Because, Task, done, task_id

HEAR_MEASURES = "hear_measures"
READERS = 2


class AnsweredBefore(Exception):
    """Somebody answered it: what was recorded stays."""


@dataclass(frozen=True)
class StaffWarning:
    """`readers` are the names of the two people of `to` who may open it; nobody else may, whatever their role."""

    id: str
    county: str
    from_unit: str
    sent_by: str
    sent_at: datetime
    due_at: datetime
    to: str
    readers: tuple[str, ...]
    words: Sealed
    sent: str | None = None
    read_by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    answered_by: str | None = None
    answered_at: datetime | None = None

    def is_read_by(self, caller: Caller) -> bool:
        """Whether somebody is one of the two, and of their unit."""
        return caller.name in self.readers and self.to in caller.units and caller.sees(self.county)

    def is_sent_by(self, caller: Caller) -> bool:
        return caller.name == self.sent_by and caller.sees(self.county)


def answered(warning: StaffWarning, measures: Collection[str], *, by: str, at: datetime) -> StaffWarning:
    """What one of the two says was done; the same again changes nothing. Raises AnsweredBefore."""
    if (warning.answered_by, warning.measures) == (by, tuple(measures)):
        return warning
    if warning.answered_at:
        raise AnsweredBefore
    return replace(warning, measures=tuple(measures), answered_by=by, answered_at=at)


def owed(warning: StaffWarning) -> Task:
    """Who sent it hears the answer. It presses nowhere: no message of a group may say that there is one."""
    return Task(
        task_id(warning.id, HEAR_MEASURES, "1"), HEAR_MEASURES, warning.from_unit, warning.county,
        Because("referral", warning.id), warning.sent_at, warning.due_at, warning.sent_by, None, "county setting",
        False, pressed=STEPS[-1],
    )  # fmt: skip


def heard(task: Task, warning: StaffWarning) -> Task:
    """The task once it was answered."""
    assert warning.answered_at, "only what was answered is heard"
    return done(task, by=warning.answered_by or "", at=warning.answered_at, evidence=warning.id)


def heard_by(task: Task, caller: Caller) -> bool:
    """Whether somebody has this task in hand; one that has no name now, who governs its unit."""
    mine = task.person == caller.name if task.person else may(caller.role, May.GOVERN)
    return mine and task.what == HEAR_MEASURES and task.unit in caller.units and caller.sees(task.county)


@cache
def within() -> Span:
    """How long the readers have."""
    return Span.parse(_rules()["answer_within"])


@cache
def measures() -> tuple[str, ...]:
    return tuple(_rules()["measures"])


@cache
def _rules() -> dict[str, str]:
    known: dict[str, str] = yaml.safe_load((files("network") / "rules" / "warnings.yaml").read_text("utf-8"))
    return known
