"""Enrolments played in the engine alone: a programme by its file, and what happens to somebody in it, day by day."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from network.programmes.domain import pausing, steps
from network.programmes.domain.amounts import Grant
from network.programmes.domain.enrolment import Enrolment, Entered, Met, Pause, Subject
from network.programmes.domain.figures import Number, Period, counted
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import ledger
from network.programmes.domain.said import Said
from network.programmes.domain.windows import Window, windows
from network.programmes.reading import read, shipped
from network.tasks.domain.task import Task
from rules.calendars import NATIONAL, Calendar
from rules.spans import TAIPEI

COUNTY = "chiayi-county"
SMALL = """
programme: small
version: 1
since: 2026-01-01
source: of the tests
verified: false
of: person
unit: health
enters_by: [referral]
facts:
  ends: {kind: day}
  rooms: {kind: number}
stages:
  serving:
    tasks:
      - {id: decide, due: 30d, source: of the tests, verified: false}
      - {id: call_back, due: 3wd, contact: talk, source: of the tests, verified: false}
    contacts:
      - {id: talk, kind: [visit, telephone]}
    next: {well: end}
pausable: {longest: 3mo, source: of the tests, verified: false}
figures:
  served: {count: begun}
words:
  small: [小, Small]
  serving: [服務中, Serving]
  decide: [決定, Decide]
  call_back: [回電, Call back]
  talk: [會談, Talk]
  well: [好轉, Well]
  ends: [止日, Ends]
  rooms: [房間, Rooms]
  served: [人數, Served]
"""
"""A programme as small as one can be."""


@cache
def programmes() -> dict[str, Programme]:
    return {each.programme: each for _, each in shipped()}


@cache
def programme(code: str) -> Programme:
    return programmes()[code]


def parsed(text: str) -> Programme:
    return read(text)


def day(text: str) -> datetime:
    """`2026-03-02` is nine o'clock of that day in Taiwan; a time with its hour stands as it is."""
    at = datetime.fromisoformat(text)
    return at.replace(hour=9 if len(text) == 10 else at.hour, tzinfo=TAIPEI)


@dataclass
class Life:
    """One enrolment, its tasks kept as the ledger would."""

    of: Programme
    it: Enrolment
    days: Calendar = NATIONAL
    tasks: dict[str, Task] = field(default_factory=dict)
    serial: int = 0

    @classmethod
    def begin(cls, code: "str | Programme", at: str, who: str = "p", **more: Any) -> "Life":
        of = programme(code) if isinstance(code, str) else code
        unit = more.pop("unit", f"{COUNTY}/{of.unit}")
        said = Said("甲", unit, day(at), day(at))
        given = {"entered_by": of.enters_by[0], "subject": Subject(person=who)} | more
        days = given.pop("days", NATIONAL)
        it = Enrolment(
            f"e-{who}",
            of.programme,
            of.version,
            COUNTY,
            unit,
            entered=(Entered(of.first, said, facts=given.pop("facts", None)),),
            **given,
        )
        life = cls(of, steps.begun(it, of), days)
        life.look(at)
        return life

    def said(self, at: str, unit: str = "", written: str = "") -> Said:
        where = f"{COUNTY}/{unit}" if unit else self.it.unit
        return Said("乙", where, day(at), day(written or at))

    def answer(self, answer: str, at: str, *evidence: str, told: tuple[str, ...] | None = None, **facts: Any) -> "Life":
        tells = self.of.stages[self.it.stage].next[answer].tells if told is None else told
        self.it = steps.answered(self.it, self.of, answer, self.said(at), evidence=evidence, told=tells, facts=facts)
        return self.look(at)

    def contact(
        self, at: str, kind: str = "visit", what: str = "", *, unit: str = "", units: tuple[str, ...] = (),
        others: tuple[str, ...] = (), reached: bool = True, written: str = "", **measures: float,
    ) -> "Life":  # fmt: skip
        self.serial += 1
        there = (*(f"{COUNTY}/{each}" for each in units), *others)
        met = Met(f"m{self.serial}", what, kind, self.said(at, unit, written), reached, there, measures)
        self.it = steps.contacted(self.it, self.of, met)
        return self.look(written or at)

    def grant(self, item: str, amount: int, at: str, cause: str | None = None, *, pay: bool = True) -> Grant:
        self.serial += 1
        asked = Grant(f"g{self.serial}", item, amount, amount, self.said(at), cause)
        self.it, made = steps.granted(self.it, self.of, asked, self.it.grants)
        if pay:
            self.it = steps.paid(self.it, made.id, self.said(at))
        return made

    def pause(self, start: str, until: str, written: str = "") -> "Life":
        asked = Pause(day(start), day(until), "epidemic", self.said(start, written=written))
        self.it = pausing.paused(self.it, self.of, asked, self.days)
        return self.look(written or start)

    def end(self, reason: str, at: str) -> "Life":
        self.it = steps.ended(self.it, self.of, reason, self.said(at))
        return self.look(at)

    def look(self, at: str) -> "Life":
        """The ledger as of a time."""
        now = day(at)
        found = windows(self.of, self.it, self.days, now)
        for task in ledger(self.it, found, [*self.tasks.values()], self.days, at=now):
            self.tasks[task.id] = task
        return self

    def windows(self, at: str) -> tuple[Window, ...]:
        return windows(self.of, self.it, self.days, day(at))

    def due(self, task: str) -> list[str]:
        """The days by which open tasks of a kind are due, in Taiwan."""
        name = f"{self.of.programme}.{task}"
        found = [each.due_at for each in self.tasks.values() if each.what == name and each.is_open and each.due_at]
        return [f"{at.astimezone(TAIPEI):%Y-%m-%d}" for at in sorted(found)]

    def states(self, task: str, at: str) -> list[str]:
        """How each time that something was owed stands, of what has begun."""
        now = day(at)
        return [each.state(now) for each in self.windows(at) if each.task == task and each.start <= now]

    @property
    def owed(self) -> list[Task]:
        return [each for each in self.tasks.values() if each.is_open]


def figures(lives: list[Life], start: str, end: str) -> dict[str, Number]:
    """The figures of one programme over a period, whose last day is `end`, as of the day after."""
    after = day(f"{end}T00:00") + timedelta(days=1)
    period = Period(day(f"{start}T00:00"), after, after)
    return {each.name: each for each in counted(lives[0].of, [each.it for each in lives], period)}


def values(lives: list[Life], start: str, end: str, *names: str) -> list[int | float | None]:
    found = figures(lives, start, end)
    return [found[name].value for name in names]
