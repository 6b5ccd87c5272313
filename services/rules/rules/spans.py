"""Spans of hours, calendar days, working days and months, and when they end in Taiwan."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

TAIPEI = timezone(timedelta(hours=8))
"""Taiwan has kept one offset, without summer time, since 1980."""

WorkingDay = Callable[[date], bool]

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours the clock of a telephone or of a partner's system may be."""

LEVELS = (100, 80, 50)
"""At which hundredths of its time a clock alerts, the highest first; a county setting, not law."""

_SPAN = re.compile(r"(-?\d{1,4})(h|d|wd|mo)")
_LAST = time(23, 59, 59, tzinfo=TAIPEI)


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of `h` hours, `d` calendar days, `wd` working days or `mo` months; negative counts backwards."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Span":
        """From `24h`, `-15d`, `3wd` or `1mo`. Raises ValueError."""
        if not (match := _SPAN.fullmatch(text)):
            raise ValueError(f"{text[:40]!r} is no span: write 24h, 4d, 3wd or 1mo")
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def done_at(told: datetime, now: datetime) -> datetime | None:
    """When something was done that somebody's own clock told: at the latest now; None of what lies ahead."""
    return min(told, now) if told <= now + CLOCKS_DIFFER else None


def due(span: Span, started_at: datetime, working_day: WorkingDay) -> datetime:
    """When a span from `started_at` ends, in the offset of `started_at`.

    Hours run from minute to minute. Days and months leave out the first day and end with the last second of their last
    day in Taiwan (Civil Code 120-121, Administrative Procedure Act 48 I-III); a month that has no such day ends on its
    last one.

    A last day that is off is not put off to the next working day, as Civil Code 122 and Administrative Procedure Act
    48 IV do for declarations, payments and periods of a procedure that bear on people's rights. No statute behind a
    clock here says that a visit to a child, or a report that an office owes, waits likewise; whether 48 IV reaches them
    is a question for a county's lawyers (docs/adr/0027). The earlier day is in time by either reading, and over New
    Year's week the later one is nine days away. Only what is itself counted in working days grows with days off.
    """
    if span.unit == "h":
        return started_at + timedelta(hours=span.amount)
    day = _last_day(span, started_at.astimezone(TAIPEI).date(), working_day)
    return datetime.combine(day, _LAST).astimezone(started_at.tzinfo)


def fraction(started_at: datetime, due_at: datetime, now: datetime) -> float:
    """The share of a clock's time that is over: 0 at its start, 1 when it is due, more after that.

    A clock that is due before it starts (`-15d` before a placement ends) has no length: 0 until it is due, then 1.
    """
    length = (due_at - started_at).total_seconds()
    if length <= 0:
        return float(now >= due_at)
    return max(0.0, (now - started_at).total_seconds() / length)


def level(started_at: datetime, due_at: datetime, now: datetime) -> int:
    """The highest alert that a clock has reached: 100, 80 or 50 (hundredths of its time), or 0."""
    over = fraction(started_at, due_at, now) * 100
    return next((each for each in LEVELS if over >= each), 0)


def _last_day(span: Span, first: date, working_day: WorkingDay) -> date:
    if span.unit == "d":
        return first + timedelta(days=span.amount)
    if span.unit == "mo":
        return _months_later(first, span.amount)
    return _working_days_later(first, span.amount, working_day)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _working_days_later(day: date, amount: int, working_day: WorkingDay) -> date:
    step = timedelta(days=1 if amount >= 0 else -1)
    for _ in range(abs(amount)):
        day += step
        while not working_day(day):
            day += step
    return day
