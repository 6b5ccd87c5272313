"""Who is on call: turns, shifts and overrides make one final rota, which pages, checks and escalation all read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from rules.spans import TAIPEI

Because: TypeAlias = Literal["override", "shift", "turn", "nobody"]


@dataclass(frozen=True)
class Turns:
    """People in turn: each has `days` days from the hand-over at `at` (Taipei), the first one from the day `since`."""

    people: tuple[str, ...]
    since: date
    days: int = 1
    at: time = time(8)

    def person_at(self, moment: datetime) -> str | None:
        turn = (self._day(moment) - self.since).days // self.days
        return self.people[turn % len(self.people)] if turn >= 0 and self.people else None

    def handovers(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments in [start, end] at which somebody else may take over."""
        day = self._day(start)
        while (moment := datetime.combine(day, self.at, TAIPEI)) <= end:
            yield moment
            day += timedelta(days=1)

    def _day(self, moment: datetime) -> date:
        """The day on whose hand-over the turn at `moment` depends."""
        there = moment.astimezone(TAIPEI)
        return there.date() if there.time() >= self.at else there.date() - timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    """One person from `start` to before `end`; as an override without a person, nobody.

    `swap` is the exchange that two people confirmed, where the override is one.
    """

    start: datetime
    end: datetime
    person: str | None = None
    swap: str | None = None

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True)
class Rota:
    """What was written down: an override goes before a shift, a shift before the turns; the later line wins."""

    turns: Turns | None = None
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class Duty:
    """A stretch of the final rota: who has it, if anybody, and by which kind of line."""

    start: datetime
    end: datetime
    person: str | None
    because: Because


def final(rota: Rota, start: datetime, end: datetime) -> tuple[Duty, ...]:
    """The rota as it is from `start` to `end`, without a gap: a stretch that nobody has is there, and says so."""
    cuts = sorted({start, end, *(cut for cut in _cuts(rota, start, end) if start < cut < end)})
    pieces = [(first, last, *_at(rota, first)) for first, last in pairwise(cuts)]
    stretches = (list(same) for _, same in groupby(pieces, key=lambda piece: piece[2:]))
    return tuple(Duty(each[0][0], each[-1][1], each[0][2], each[0][3]) for each in stretches)


def on_call(rota: Rota, moment: datetime) -> Duty:
    """Who has the duty at a moment: a cut through the final rota."""
    return final(rota, moment, moment + timedelta(microseconds=1))[0]


def _cuts(rota: Rota, start: datetime, end: datetime) -> Iterator[datetime]:
    for shift in (*rota.shifts, *rota.overrides):
        yield shift.start
        yield shift.end
    if rota.turns:
        yield from rota.turns.handovers(start, end)


def _at(rota: Rota, moment: datetime) -> tuple[str | None, Because]:
    for kind, lines in (("override", rota.overrides), ("shift", rota.shifts)):
        for line in reversed(lines):
            if line.covers(moment):
                return line.person, "override" if kind == "override" else "shift"
    person = rota.turns.person_at(moment) if rota.turns else None
    return person, "turn" if person else "nobody"
