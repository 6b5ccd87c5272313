"""How often a sender sends, learned per weekday and hour, and whether its silence is longer than that rhythm."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.reports import SilentSender, SourceUnit
from rules.spans import TAIPEI

WEEKS = 8
"""How far back a rhythm is learned."""
LEAST_WEEKS = 2
UNLIKELY = 0.001
"""A silence this improbable for a working sender is an alarm: by chance about once a year for one checked hourly on
working days."""

Hour = tuple[int, int]
"""A weekday (0 is Monday) and an hour of the day, in Taiwan."""


@dataclass(frozen=True)
class Silence:
    """A sender that was last heard at an instant, and how many reports its rhythm would have brought since."""

    agency_id: str
    source_unit: SourceUnit
    last_at: datetime
    expected: float

    @property
    def alarming(self) -> bool:
        """Whether nothing at all is improbable: reports taken as independent (Poisson), P(none) = e^-expected."""
        return math.exp(-self.expected) < UNLIKELY

    def told(self) -> SilentSender:
        """As it is published."""
        return SilentSender(
            agency_id=self.agency_id,
            source_unit=self.source_unit,
            last_at=self.last_at,
            expected=round(self.expected, 1),
        )


@dataclass(frozen=True)
class CountySenders:
    """How a county stands with its senders: who is silent, the longest first, and how many are not."""

    silent: Sequence[Silence]
    heard: int


def by_county(senders: Mapping[str, AbstractSet[str]], silent: Sequence[Silence]) -> dict[str, CountySenders]:
    """By county, over the senders that report to it; also for one that has no sender any more."""
    found = {}
    for county, agencies in senders.items():
        its = [each for each in silent if each.agency_id in agencies]
        found[county] = CountySenders(its, len(agencies) - len(its))
    return found


def hour_of(at: datetime) -> Hour:
    there = at.astimezone(TAIPEI)
    return there.weekday(), there.hour


def rates(counts: Mapping[Hour, int], weeks: float) -> dict[Hour, float]:
    """Reports per hour, for each hour of the week; empty until two weeks are known."""
    return {hour: count / weeks for hour, count in counts.items()} if weeks >= LEAST_WEEKS else {}


def expected(rates: Mapping[Hour, float], since: datetime, now: datetime) -> float:
    """How many reports a rhythm predicts between two instants, of at most the last week."""
    at = max(since, now - timedelta(weeks=1))
    total = 0.0
    while at < now:
        end = min(now, at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        total += rates.get(hour_of(at), 0.0) * (end - at) / timedelta(hours=1)
        at = end
    return total
