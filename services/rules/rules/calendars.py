"""A county's working days: the national ones, with what the county said of its own, and the clocks that count them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from contracts.calendar import DayTold

from rules.spans import TAIPEI, Span, due
from rules.working_days import working_day

WORKING_DAYS = "wd"
_LAST = time(23, 59, 59, tzinfo=TAIPEI)


@dataclass(frozen=True)
class Calendar:
    """What a county said of its days, in the order in which it said it; `version` counts that, from the beginning.

    Offices close by county (the head of a county decides, 天然災害停止上班及上課作業辦法), and here for whole days:
    half a day off is a working day, so that no clock is longer than somebody meant.
    """

    told: tuple[DayTold, ...] = ()
    version: int = 0

    def works(self, day: date) -> bool:
        """Whether the county's offices work on a day."""
        said = self._latest.get(day)
        return working_day(day) if said is None or said.says == "withdrawn" else said.says == "worked"

    def latest(self, day: date) -> DayTold | None:
        """What the county said last of a day."""
        return self._latest.get(day)

    def due(self, span: Span, started_at: datetime) -> datetime:
        """When a span from `started_at` ends here, in the offset of `started_at`.

        Only working days are the county's: hours run through a typhoon, and a day or a month is one of the calendar's
        (`rules.spans.due`). It is counted with what was known when it started, and anew with each thing that the county
        said while it ran: so it does not matter who counts it, or when. What was over before the county said so stays
        over, and nothing is over at once: what ends earlier than today, because a day was withdrawn, ends today.
        """
        if span.unit != WORKING_DAYS:
            return due(span, started_at, working_day)
        known = [each for each in self.told if each.told_at <= started_at]
        ends = due(span, started_at, Calendar(tuple(known)).works)
        for each in self.told:
            if started_at < each.told_at < ends:
                known.append(each)
                ends = max(due(span, started_at, Calendar(tuple(known)).works), _end_of(each.told_at, started_at))
        return ends

    def moves(self, started_at: datetime, before: datetime, after: datetime) -> DayTold | None:
        """What the county said last of a day that a clock runs over; None where it said nothing of any.

        `before` and `after` are two times at which the clock ends.
        """
        first, last = (each.astimezone(TAIPEI).date() for each in (started_at, max(before, after)))
        return next((each for each in reversed(self.told) if first < each.day <= last), None)

    @cached_property
    def _latest(self) -> Mapping[date, DayTold]:
        return {each.day: each for each in self.told}


NATIONAL = Calendar()
"""Of a county that has said nothing."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock that ends otherwise than it did, by what the county said."""

    due_at: datetime
    by: DayTold


def moved(calendar: Calendar, span: str | None, started_at: datetime, due_at: datetime) -> Moved | None:
    """How a clock in working days moves, from its `due_at`; None for one that stays, and for every other clock."""
    if span is None or not span.endswith(WORKING_DAYS) or not calendar.told:
        return None
    after = calendar.due(Span.parse(span), started_at).astimezone(due_at.tzinfo)
    by = calendar.moves(started_at, due_at, after) if after != due_at else None
    return Moved(after, by) if by else None


def calendars(told: Iterable[tuple[str, DayTold]]) -> Mapping[str, Calendar]:
    """The calendars by county, of everything that was said in order."""
    found: dict[str, list[DayTold]] = {}
    for county, each in told:
        found.setdefault(county, []).append(each)
    return {county: Calendar(tuple(days), len(days)) for county, days in found.items()}


def _end_of(at: datetime, like: datetime) -> datetime:
    return datetime.combine(at.astimezone(TAIPEI).date(), _LAST).astimezone(like.tzinfo)
