"""What an enrolment owes, in the one ledger: each window is a task of one unit, settled by what happens in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rules.calendars import Calendar
from rules.counties import units_of

from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.grammar import Programme
from network.programmes.domain.windows import Window
from network.tasks.domain.task import Because, Task, TaskId, counted, done, dropped, task_id


@dataclass(frozen=True)
class Hands:
    """In whose hands the enrolment is now, in which case: it goes where its tasks went, by a handover or a merge."""

    unit: str
    person: str | None
    case_id: str | None


def hands(enrolment: Enrolment, found: Sequence[Window], tasks: Sequence[Task]) -> Hands:
    others = {_id(enrolment, each) for each in found if each.by}
    own = [task for task in tasks if task.is_open and task.id not in others]
    if not own:
        return Hands(enrolment.unit, enrolment.person, enrolment.subject.case_id)
    return Hands(own[-1].unit, own[-1].person, own[-1].case_id)


def ledger(
    enrolment: Enrolment, found: Sequence[Window], tasks: Sequence[Task], days: Calendar, *, at: datetime
) -> list[Task]:
    """The tasks that change, so that each window that is owed is one, and nothing else is.

    The next period is nobody's task while the present one still is.
    """
    known: Mapping[TaskId, Task] = {task.id: task for task in tasks}
    begun = {each.task for each in found if each.is_owed and each.start <= at}
    found = [each for each in found if each.start <= at or each.task not in begun or _id(enrolment, each) in known]
    make = _Making(enrolment, hands(enrolment, found, tasks), days, at)
    changed = (make.of(window, known.get(_id(enrolment, window))) for window in found)
    still = {_id(enrolment, window) for window in found}
    gone = (make.gone(task) for task in tasks if task.is_open and task.id not in still)
    return [*(task for task in changed if task), *gone]


def unit_of(county: str, kind: str, preferred: str = "") -> str:
    """The unit of a county that does what a programme says: the preferred one where it is of the kind."""
    if preferred and _kind(preferred) == kind.partition(".")[0]:
        return preferred
    known = units_of(county)
    fits = (each for each in known if each == f"{county}/{kind}" or _kind(each) == kind)
    return next(fits, f"{county}/{kind}")


def parties(it: Enrolment, programme: Programme) -> frozenset[str]:
    """The units that have part: whose it is, who entered it, whoever owes something in it, or is called."""
    owing = {task.by for task in programme.tasks.values() if task.by}
    owing |= {unit for stage in programme.stages.values() for unit in stage.calls}
    return frozenset({it.unit, it.entered[0].said.unit, *(unit_of(it.county, each, it.unit) for each in owing)})


def _kind(unit: str) -> str:
    return unit.partition("/")[2].partition(".")[0]


def _id(enrolment: Enrolment, window: Window) -> TaskId:
    return task_id(enrolment.id, window.key)


@dataclass(frozen=True)
class _Making:
    enrolment: Enrolment
    whose: Hands
    days: Calendar
    at: datetime

    def of(self, window: Window, task: Task | None) -> Task | None:
        """The task of a window as it is now; None where nothing changes."""
        if task is None:
            return self._new(window) if window.is_owed else None
        if not task.is_open:
            again = task.state == "dropped" and window.is_owed
            return replace(task, state="open", closed_at=None, closed_by=None, reason=None) if again else None
        if window.met_at:
            return done(task, by=self.enrolment.last.by, at=self.at, evidence=window.met_by)
        if window.over_at:
            return dropped(task, reason=window.why_over or "ended", by=self.enrolment.last.by, at=self.at)
        return self._moved(window, task)

    def gone(self, task: Task) -> Task:
        """One of a period that did not begin: its stage was left before, or it stands still."""
        reason = "paused" if self.enrolment.is_open else "ended"
        return dropped(task, reason=reason, by=self.enrolment.last.by, at=self.at)

    def _new(self, window: Window) -> Task:
        county = self.enrolment.county
        unit, person = self.whose.unit, self.whose.person
        if window.by:
            unit = unit_of(county, window.by, unit)
            person = person if unit == self.whose.unit else None
        return Task(
            _id(self.enrolment, window), f"{self.enrolment.programme}.{window.task}", unit, county,
            Because("stage", self.enrolment.id), window.start.astimezone(UTC), window.due.astimezone(UTC), person,
            self.whose.case_id, window.source, window.verified, window.span,
        )  # fmt: skip

    def _moved(self, window: Window, task: Task) -> Task | None:
        """Due otherwise: its county said something of its days, or a pause put it off."""
        due = window.due.astimezone(UTC)
        if task.due_at == due:
            return None
        after = counted(task, self.days)
        return after if after.due_at == due else replace(task, due_at=due)
