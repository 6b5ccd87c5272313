"""A communication test: whom it calls, frozen as it begins, and what became of each call."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

Channel: TypeAlias = Literal["group", "line", "mail", "none"]
"""`none`: a person on a rota whom no channel leads to."""
APART = timedelta(hours=48)
"""Tests of a county lie so far apart, or people stop answering them."""


@dataclass(frozen=True)
class Call:
    """One call of a test, by one channel: to a group, or to a person for a unit. `id` is its message's."""

    id: str
    channel: Channel
    unit: str
    group_id: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Exercise:
    """A test as it began: its calls are fixed, whoever joins or leaves meanwhile."""

    id: str
    county: str
    by: str
    at: datetime
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Result:
    """What became of a call. `answered_at`: somebody pressed there, or said so when signed in."""

    call: Call
    state: str
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    reason: str | None = None

    @property
    def seconds(self) -> float | None:
        if self.answered_at is None or self.sent_at is None:
            return None
        return max((self.answered_at - self.sent_at).total_seconds(), 0)


@dataclass(frozen=True)
class OfChannel:
    """A channel's part of a test: called, left, answered, and the times to an answer in seconds, ascending."""

    channel: Channel
    called: int
    sent: int
    answered: int
    seconds: tuple[float, ...]


def by_channel(results: Sequence[Result]) -> tuple[OfChannel, ...]:
    """The sum of each channel, in the order in which they were called."""
    called = Counter(result.call.channel for result in results)
    return tuple(_of(channel, [each for each in results if each.call.channel == channel]) for channel in called)


def _of(channel: Channel, results: Sequence[Result]) -> OfChannel:
    sent = sum(each.sent_at is not None for each in results)
    answered = sum(each.answered_at is not None for each in results)
    seconds = sorted(each.seconds for each in results if each.seconds is not None)
    return OfChannel(channel, len(results), sent, answered, tuple(seconds))
