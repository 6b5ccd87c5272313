"""What the routing says beside its rules: hours of digests, storms, the month's reserve, who answers the press."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from contracts.event import Model
from pydantic import BeforeValidator, Field
from rules.spans import TAIPEI

from notify.domain.policies import span


def last_at(hour: time, now: datetime) -> datetime:
    """The latest time it was that hour in Taipei, at or before `now`."""
    there = now.astimezone(TAIPEI)
    today = datetime.combine(there.date(), hour, TAIPEI)
    return today if today <= there else today - timedelta(days=1)


class DigestLine(Model):
    """A digest a unit, each day at an hour of Taipei.

    It tells what was kept for it, and `open`: whatever nobody has answered; or `breaches`: what runs out before
    `until` of the next day. Its id names its words. What it `keeps` waits for it, whatever a rule says.
    """

    id: Literal["morning", "tonight"]
    at: time
    tells: Literal["open", "breaches"]
    until: time = time(8)
    keeps: tuple[Literal["visit_over"], ...] = ()
    verified: bool
    source: str

    def next(self, now: datetime) -> datetime:
        """The next time it is due after `now`."""
        last = self.last(now)
        return last + timedelta(days=1)

    def last(self, now: datetime) -> datetime:
        """The latest time it was due, at or before `now`."""
        return last_at(self.at, now)

    def horizon(self, due: datetime) -> datetime:
        """The end of the night that follows a digest that was due then."""
        there = due.astimezone(TAIPEI)
        return datetime.combine(there.date() + timedelta(days=1), self.until, TAIPEI)

    def key(self, group: str, due: datetime) -> str:
        """Under which messages for a group wait for this digest: one key, so that there is one digest."""
        return f"{group}|{self.id}|{due.astimezone(TAIPEI).isoformat()}"


Span = Annotated[timedelta, BeforeValidator(span)]


class StormLine(Model):
    """A group that was told `cards` within a time hears what is no graver than those together, `every` so often."""

    cards: Annotated[int, Field(ge=2, le=1000)] = 12
    within: Span = timedelta(minutes=2)
    every: Span = timedelta(minutes=2)
    verified: bool = False
    source: str = "county setting"


class Budget(Model):
    """The part of the month's quota that is kept for the gravest, in hundredths."""

    reserve_percent: Annotated[int, Field(ge=0, le=90)] = 20
    verified: bool = False
    source: str = "county setting"


class Watch(Model):
    """Which kinds of unit owe an answer when something is in the news, and when they are reminded of it."""

    bureaus: Annotated[tuple[str, ...], Field(min_length=1)] = ("protection", "police", "education", "health")
    remind_before: Span = timedelta(minutes=30)
    verified: bool = False
    source: str = "county setting"


class RotaCheck(Model):
    """At which hour of Taipei a unit's supervisor is told each day of holes in the rota."""

    at: time = time(15)
    verified: bool = False
    source: str = "county setting"

    def last(self, now: datetime) -> datetime:
        """The latest time it was due, at or before `now`."""
        return last_at(self.at, now)


class MonthlyTest(Model):
    """On which day of a month, at which hour of Taipei, each county's communication test begins by itself."""

    day: Annotated[int, Field(ge=1, le=28)] = 1
    at: time = time(10)
    verified: bool = False
    source: str = "county setting"

    def last(self, now: datetime) -> datetime:
        """The latest time it was due, at or before `now`."""
        due = last_at(self.at, now)
        while due.day != self.day:
            due -= timedelta(days=1)
        return due
