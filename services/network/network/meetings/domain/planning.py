"""A series and its year: dates by a rhythm or as they were set, chairs in turn, days off avoided."""

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from rules.spans import TAIPEI

from network.meetings.domain.meeting import Level, Line, Meeting, Member, Quorum

WorkingDay = Callable[[date], bool]
Every = Literal["month", "quarter", "half_year", "year"]
MONTHS: dict[Every, range] = {
    "month": range(1, 13), "quarter": range(3, 13, 3), "half_year": range(6, 13, 6), "year": range(12, 13),
}  # fmt: skip


@dataclass(frozen=True)
class Rhythm:
    """Every month or so, on the `nth` weekday (Monday is 0; -1 is the last one), at an hour in Taiwan."""

    every: Every = "month"
    nth: int = 1
    weekday: int = 0
    hour: str = "14:00"


@dataclass(frozen=True)
class Series:
    """Meetings of one purpose: how often, who sits, who chairs in turn (`chairs`), how long, where."""

    id: str
    county: str
    level: Level
    purpose: str
    host: str
    chairs: tuple[str, ...]
    made_by: str
    made_at: datetime
    units: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    quorum: Quorum | None = None
    rhythm: Rhythm | None = None
    minutes: int = 180
    minutes_per_item: int | None = None
    room: str | None = None
    link: str | None = None
    place: str | None = None
    history: tuple[Line, ...] = ()
    version: int = 1

    @property
    def parties(self) -> frozenset[str]:
        """The units that may see it: who convenes, who chairs in turn, who sits in it."""
        chairs = {each for each in self.chairs if "/" in each}
        return frozenset({self.host, *chairs, *self.units, *(each.unit for each in self.members if each.unit)})

    def line(self, cause: str | None) -> Line | None:
        """The line of an act that was done before."""
        return next((each for each in self.history if cause and each.cause == cause), None)


@dataclass(frozen=True)
class Planned:
    """One date of a plan; `moved_from` where the rhythm named a day that is off."""

    at: datetime
    chair: str
    moved_from: datetime | None = None

    @property
    def wanted(self) -> date:
        """The day that was asked for, by which it is known: what a county says of its days later moves no plan."""
        return (self.moved_from or self.at).date()


def dates_of(rhythm: Rhythm, year: int) -> Iterator[date]:
    """The days of a year that a rhythm names."""
    for month in MONTHS[rhythm.every]:
        days = [day for week in calendar.monthcalendar(year, month) if (day := week[rhythm.weekday])]
        index = rhythm.nth - 1 if rhythm.nth > 0 else rhythm.nth
        yield date(year, month, days[min(index, len(days) - 1)])


def plan(series: Series, days: Sequence[date], works: WorkingDay, first_chair: str | None = None) -> list[Planned]:
    """Every date with its chair, in turn from `first_chair`; a day that is off is put off to the next that is not."""
    chairs = series.chairs
    start = chairs.index(first_chair) if first_chair in chairs else 0
    hour = time.fromisoformat(series.rhythm.hour if series.rhythm else Rhythm().hour)
    found = []
    for turn, day in enumerate(sorted(days)):
        at, wanted = (datetime.combine(each, hour, TAIPEI) for each in (_worked(day, works), day))
        found.append(Planned(at, chairs[(start + turn) % len(chairs)], wanted if wanted != at else None))
    return found


def meeting_of(series: Series, planned: Planned, id: str, line: Line) -> Meeting:
    """A meeting of a series on one date of its plan."""
    return Meeting(
        id, series.county, series.level, series.purpose, planned.at, series.host, planned.chair, series.units,
        series.members, series.quorum, series.minutes, series.minutes_per_item, series.id, series.room, series.link,
        series.place, moved_from=planned.moved_from, history=(line,),
    )  # fmt: skip


def again(meeting: Meeting, id: str, at: datetime, line: Line) -> Meeting:
    """The meeting that is held instead of one to which too few came; when exactly, its host still says."""
    return replace(
        meeting, id=id, at=at, fixed=False, instead_of=meeting.id, state="planned", called_at=None, attendance=None,
        ended_at=None, corrections=None, approved=None, moved_from=None, history=(line,), version=1,
    )  # fmt: skip


def colliding(meeting: Meeting, others: Sequence[Meeting]) -> list[tuple[Meeting, frozenset[str]]]:
    """Other meetings of its day to which some of the same units are to come, with those units."""
    mine = meeting.parties - {""}
    found = [(each, mine & each.parties) for each in others if each.id != meeting.id and each.day == meeting.day]
    return [(each, units) for each, units in found if units and each.state != "cancelled"]


def _worked(day: date, works: WorkingDay) -> date:
    while not works(day):
        day += timedelta(days=1)
    return day
