"""A month's quota in people: what is kept for the gravest, and what would not fit until the month ends."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from math import ceil

from notify.domain.notices import GRAVEST

NAMED_FROM = 20
"""The day of the month from which what would not fit is named: time enough to enlarge the plan."""
LINES_DAYS = timezone(timedelta(hours=9))
"""LINE counts by days of UTC+9: https://developers.line.biz/en/reference/messaging-api/#get-number-of-push-messages"""
LOOKS_BACK = timedelta(days=28)


@dataclass(frozen=True)
class Line:
    """What is expected of one rank until the month ends, in people, and how much of it would not fit."""

    rank: int
    expected: int
    short: int


@dataclass(frozen=True)
class Forecast:
    """`left` is infinite without a limit. `reserve` is kept for the gravest; the others share what is beyond it."""

    left: float
    reserve: int
    days_left: int
    lines: tuple[Line, ...] = field(default=())

    @property
    def short(self) -> int:
        return sum(line.short for line in self.lines)


def reserve_of(limit: float, percent: int) -> int:
    """How many people are kept for the gravest, of a month's limit."""
    return 0 if limit == float("inf") else int(limit * percent / 100)


def is_beyond(cost: int | None, left: float, reserve: int, rank: int) -> bool:
    """Whether a message would take what is kept for the gravest. One of unknown cost is tried: asking costs nothing."""
    return rank != GRAVEST and cost is not None and left - cost < reserve


def days_left(now: datetime) -> int:
    """How many days the month has yet, today among them."""
    there = now.astimezone(LINES_DAYS)
    return monthrange(there.year, there.month)[1] - there.day + 1


def forecast(left: float, reserve: int, cost: Mapping[int, int], over: timedelta, now: datetime) -> Forecast:
    """What the ranks would cost until the month ends at their pace, and what of it would not fit, the gravest first.

    `cost` is what each rank has cost in people `over` the time before now.
    """
    days = days_left(now)
    pace = {rank: people / max(over / timedelta(days=1), 1) for rank, people in cost.items()}
    expected = {rank: ceil(a_day * days) for rank, a_day in sorted(pace.items())}
    gravest = min(expected.get(GRAVEST, 0), left)
    rest = max(left - max(gravest, reserve), 0)
    lines: list[Line] = []
    for rank, people in expected.items():
        fits = gravest if rank == GRAVEST else min(people, rest)
        rest -= 0 if rank == GRAVEST else fits
        lines.append(Line(rank, people, int(people - fits)))
    return Forecast(left, reserve, days, tuple(lines))


def is_named(found: Forecast, now: datetime) -> bool:
    """Whether what would not fit is to be told now."""
    return found.short > 0 and now.astimezone(LINES_DAYS).day >= NAMED_FROM
