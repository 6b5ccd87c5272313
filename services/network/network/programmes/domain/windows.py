"""When each thing of an enrolment is owed: worked out from what happened, the same whoever asks, and whenever.

A window says from when something may be done and by when it is due. What is done later is done late; what was missed
stays so, and an ended enrolment owes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from rules.calendars import Calendar
from rules.spans import TAIPEI

from network.programmes.domain.enrolment import Enrolment, Entered, Met
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import END, STAGE, Task
from network.programmes.domain.steps import counts

State = Literal["open", "overdue", "met", "late", "missed", "dropped"]
GO_ON = "go_on"
"""Owed in a pause: that it goes on when the pause is over."""
_LAST = time(23, 59, 59, tzinfo=TAIPEI)
_MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Window:
    """One time that something is owed: from when, by when, until when it can be done; times in UTC offset of its start.

    `met_at` when it was done, `met_by` with what; `over_at` when it could be done no more.
    """

    key: str
    task: str
    start: datetime
    due: datetime
    by: str | None = None
    source: str = ""
    verified: bool = True
    span: str | None = None
    until: datetime | None = None
    met_at: datetime | None = None
    met_by: str | None = None
    over_at: datetime | None = None
    why_over: str | None = None

    def state(self, now: datetime) -> State:
        """As it is at a time: `overdue` can still be done, `missed` no more; an end makes neither good."""
        if self.met_at:
            return "late" if self.met_at > self.due else "met"
        over = self.over_at if self.over_at and self.over_at <= now else None
        if (over or now) > self.due:
            return "missed" if over else "overdue"
        return "dropped" if over else "open"

    @property
    def is_owed(self) -> bool:
        return self.met_at is None and self.over_at is None


@dataclass(frozen=True)
class _Stay:
    """How long a task went on: through stages that follow each other and owe it alike; `answered` where one left it."""

    number: int
    entered: Entered
    start: datetime
    end: datetime | None = None
    answered: bool = False


def windows(programme: Programme, enrolment: Enrolment, days: Calendar, now: datetime) -> tuple[Window, ...]:
    """Every time that something was owed until now, is owed, or is owed next; the first due first."""
    found: list[Window] = list(_pauses(enrolment, now))
    for task in programme.tasks.values():
        make = _Making(programme, enrolment, task, days, now)
        found += [window for stay in _stays(programme, enrolment, task) for window in make.of(stay)]
    return tuple(sorted(found, key=lambda each: (each.due, each.key)))


def wakes_at(found: Sequence[Window], now: datetime) -> datetime | None:
    """When something changes next without anybody's doing: a period begins, a pause is over, a miss given up."""
    ahead = [at for each in found for at in (each.start, each.until) if at and at > now and each.is_owed]
    ahead += [each.due for each in found if each.task == GO_ON and each.due > now]
    return min(ahead, default=None)


def _pauses(enrolment: Enrolment, now: datetime) -> Iterator[Window]:
    ended = enrolment.ended_at
    for each in enrolment.pauses:
        over = each.until <= now
        yield Window(
            f"{GO_ON}:{_moment(each.start)}", GO_ON, each.start, each.until, met_at=each.until if over else None,
            met_by=GO_ON if over else None, over_at=ended if ended and not over else None, why_over="ended",
            source="county setting", verified=False,
        )  # fmt: skip


def _stays(programme: Programme, enrolment: Enrolment, task: Task) -> list[_Stay]:
    found: list[_Stay] = []
    owing = set(programme.in_stages(task.id))
    early = not enrolment.is_open and enrolment.entered[-1].answer not in _answers(programme, enrolment)
    for at, each in enumerate(enrolment.entered):
        goes_on = bool(found) and found[-1].end is None
        if goes_on and (each.stage not in owing or _is_anew(task, each)):
            last = at == len(enrolment.entered) - 1
            found[-1] = replace(found[-1], end=each.said.at, answered=not (last and early))
            goes_on = False
        if each.stage in owing and not goes_on:
            found.append(_Stay(len(found), each, each.said.at))
    return found


def _is_anew(task: Task, entered: Entered) -> bool:
    """Whether its clock starts again: any answer settles what an answer settles, and a fact may be said anew."""
    return (task.is_answer and task.start == STAGE) or task.start in (entered.facts or {})


def _answers(programme: Programme, enrolment: Enrolment) -> set[str]:
    """The answers of the stage before the last one."""
    before = enrolment.entered[-2].stage if len(enrolment.entered) > 1 else END
    stage = programme.stages.get(before)
    return set(stage.next) if stage else set()


@dataclass(frozen=True)
class _Making:
    programme: Programme
    enrolment: Enrolment
    task: Task
    days: Calendar
    now: datetime

    def of(self, stay: _Stay) -> list[Window]:
        if self.task.is_periodic:
            made = self._filled(list(self._periods(stay)), stay)
        elif self.task.every:
            made = list(self._rolling(stay))
        else:
            made = self._once(stay)
        return [self._closed(each, stay) for each in made]

    def _once(self, stay: _Stay) -> list[Window]:
        start = self._start(stay)
        if start is None or self.task.due is None:
            return []
        due = self._shifted(self.days.due(self.task.due, start), stay.start)
        birthday = self._birthday()
        due = min(due, birthday) if birthday else due
        window = self._window(f"{self.task.id}:{stay.number}", stay.start, due, str(self.task.due))
        return [self._settled(window, stay)]

    def _settled(self, window: Window, stay: _Stay) -> Window:
        if self.task.is_answer:
            return replace(window, met_at=stay.end, met_by="answer") if stay.end and stay.answered else window
        if self.task.evidence:
            brought = (each for each in self.enrolment.entered if self.task.evidence in each.evidence)
            found = next((each.said.at for each in brought if each.said.at >= stay.start), None)
            return replace(window, met_at=found, met_by=self.task.evidence) if found else window
        met = next(iter(self._contacts(stay)), None)
        return replace(window, met_at=met.said.at, met_by=met.id) if met else window

    def _rolling(self, stay: _Stay) -> Iterator[Window]:
        """One at a time: the next is due so long after the last contact."""
        start = stay.start
        for met in [*self._contacts(stay), None]:
            due = self._shifted(self.days.due(self.task.every, start), start)
            window = self._window(f"{self.task.id}:{stay.number}:{_moment(start)}", start, due, str(self.task.every))
            if met is None:
                yield window
            else:
                yield replace(window, met_at=met.said.at, met_by=met.id)
                start = met.said.at

    def _periods(self, stay: _Stay) -> Iterator[Window]:
        """Every whole period since the stay began, as far as the next; none that a pause takes whole.

        One that a pause takes a part of, its beginning or its end, is due later by as long: a pause of a minute at
        midnight ends no month's visit.
        """
        first = _period_after(self.task.every, stay.start.astimezone(TAIPEI).date())
        while True:
            begins = datetime.combine(first, time(0), TAIPEI)
            if stay.end and begins >= stay.end:
                return
            following = _period_after(self.task.every, first)
            if not self._is_paused(begins, following):
                yield from self._of_period(first, begins, following)
                if begins > self.now:
                    return
            first = following

    def _of_period(self, first: date, begins: datetime, following: date) -> Iterator[Window]:
        due = self._shifted(datetime.combine(following - timedelta(days=1), _LAST), begins)
        for nth in range(self.task.at_least):
            key = f"{self.task.id}:{first.isoformat()}" + (f":{nth + 1}" if nth else "")
            window = self._window(key, begins, due, None)
            if self.task.until:
                window = replace(window, until=self.days.due(self.task.until, due))
            yield window

    def _filled(self, made: list[Window], stay: _Stay) -> list[Window]:
        """A contact counts for the period that it was in; one too many makes up for the earliest that was missed."""
        spare = [
            met for met in self._contacts(stay) if not _fill(made, met, lambda each, at: each.start <= at <= each.due)
        ]
        for met in spare:
            _fill(made, met, lambda each, at: each.due < at and (each.until is None or at <= each.until))
        return made

    def _contacts(self, stay: _Stay) -> list[Met]:
        rule = self.programme.contacts[self.task.contact or ""]
        mine = (each for each in self.enrolment.contacts if each.what == rule.id and counts(each, rule))
        within = [each for each in mine if stay.start <= each.said.at and (not stay.end or each.said.at <= stay.end)]
        return sorted(within, key=lambda each: each.said.at)

    def _start(self, stay: _Stay) -> datetime | None:
        """When its clock starts; None where the fact that it starts with is not known."""
        if self.task.start == STAGE:
            return stay.start
        said = self.enrolment.facts_at(stay.entered).get(self.task.start)
        return _time(str(said)) if said else None

    def _birthday(self) -> datetime | None:
        day = (self.enrolment.of_age or {}).get(str(self.task.or_age)) if self.task.or_age else None
        return datetime.combine(date.fromisoformat(day), _LAST) if day else None

    def _window(self, key: str, start: datetime, due: datetime, span: str | None) -> Window:
        task = self.task
        return Window(key, task.id, start, due, task.by, task.source, task.verified, span)

    def _closed(self, window: Window, stay: _Stay) -> Window:
        """What can be done no more: its stage is left, or its time is over."""
        if window.met_at:
            return window
        if stay.end:
            why = "ended" if stay.end == self.enrolment.ended_at else "stage_left"
            return replace(window, over_at=stay.end, why_over=why)
        if window.until and window.until <= self.now:
            return replace(window, over_at=window.until, why_over="missed")
        return window

    def _is_paused(self, begins: datetime, following: date) -> bool:
        """Whether a pause leaves no whole day of a period."""
        last = datetime.combine(following - timedelta(days=1), time(0), TAIPEI)
        return any(each.start <= begins and each.until > last for each in self.enrolment.pauses)

    def _shifted(self, due: datetime, start: datetime) -> datetime:
        """Later by as long as the clock stood still while it ran."""
        for each in self.enrolment.pauses:
            if each.start < due and each.until > start:
                due += each.until - max(each.start, start)
        return due


def _fill(made: list[Window], met: Met, fits: Callable[[Window, datetime], bool]) -> bool:
    at = next((n for n, each in enumerate(made) if each.met_at is None and fits(each, met.said.at)), None)
    if at is None:
        return False
    made[at] = replace(made[at], met_at=met.said.at, met_by=met.id)
    return True


def _period_after(every: object, day: date) -> date:
    """The first day of the period that follows the one of a day."""
    if every == "week":
        return day + timedelta(days=7 - day.weekday())
    months = _MONTHS[str(every)]
    at = day.year * 12 + (day.month - 1) // months * months + months
    return date(at // 12, at % 12 + 1, 1)


def _time(text: str) -> datetime:
    """A day, or a time; a day begins with its first minute in Taiwan."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=TAIPEI)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
