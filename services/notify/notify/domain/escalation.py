"""What happens to a message that asks for someone and that nobody answers: one step after the other, each once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal, TypeAlias

from rules.spans import TAIPEI

Whom: TypeAlias = Literal["on_call", "supervisor", "last_resort"]
Way: TypeAlias = Literal["mention", "line", "mail", "window", "standing"]
"""A mention in the unit's group, LINE one-to-one, e-mail, the group of the county's window, and a notice that stands
among what nobody has answered, which needs nobody to be reachable."""
Follow: TypeAlias = Literal["due", "done", "again"]
"""Whether work is awaited of whoever answers, was seen, or was asked for again because none was."""
State: TypeAlias = Literal["open", "standing", "answered", "ended"]


@dataclass(frozen=True)
class Quiet:
    """Hours of the night in Taipei that steps wait out; they may go over midnight."""

    start: time
    end: time

    def until(self, moment: datetime) -> datetime | None:
        """The end of the quiet hours that `moment` lies in; None outside of them."""
        there = moment.astimezone(TAIPEI)
        today = datetime.combine(there.date(), self.end, TAIPEI)
        end = today if there < today else today + timedelta(days=1)
        length = (datetime.combine(end, self.end) - datetime.combine(end, self.start)) % timedelta(days=1)
        return end if there >= end - length else None


@dataclass(frozen=True)
class Step:
    """After so long without an answer: these people, by these ways."""

    after: timedelta
    whom: Whom
    by: tuple[Way, ...]


@dataclass(frozen=True)
class Policy:
    """The steps for one kind of message. `version` names the file it was written in.

    What was taken on by name and shows no work `again` later is asked again.
    """

    id: str
    version: str
    steps: tuple[Step, ...]
    quiet: Quiet | None = None
    again: timedelta | None = None


@dataclass(frozen=True)
class Found:
    """Whom a step finds at a moment, by which line of which rota, and the ways that lead to them now."""

    person: str | None
    because: str
    by: frozenset[Way] = frozenset()


Facts: TypeAlias = Mapping[Whom, Found]


@dataclass(frozen=True)
class Taken:
    """A step that was taken; `by` is empty where it found nobody, or nobody whom a way leads to."""

    whom: Whom
    at: datetime
    person: str | None
    because: str
    by: tuple[Way, ...]


@dataclass(frozen=True)
class Run:
    """An escalation: its policy as it was at the beginning, the steps taken, and when the next one is due.

    `version` is the case's when it asked, `asked_at` when that was: what came before answers nothing. `unable` have
    said that they cannot. After its last step it is `standing` until somebody answers.
    """

    policy: Policy
    asked_at: datetime
    version: int
    next_at: datetime | None
    state: State = "open"
    taken: tuple[Taken, ...] = ()
    unable: tuple[str, ...] = ()
    answered_by: str | None = None
    ended_at: datetime | None = None
    follow: Follow = "done"

    @property
    def is_open(self) -> bool:
        return self.state in ("open", "standing")

    @property
    def waits_for(self) -> str | None:
        """Who was asked last and has not said that they cannot."""
        asked = next((each.person for each in reversed(self.taken) if each.by), None)
        return asked if asked not in self.unable else None


def begin(policy: Policy, asked_at: datetime, version: int, now: datetime, *, is_lost: bool = False) -> Run:
    """A run begins with its message; at once where the message cannot reach anybody."""
    follow: Follow = "due" if policy.again else "done"
    return Run(policy, asked_at, version, now if is_lost else now + policy.steps[0].after, follow=follow)


def is_forgotten(run: Run, now: datetime) -> bool:
    """Whether somebody took this on by name, and no work was seen for as long as the policy waits."""
    awaited = run.state == "answered" and run.follow == "due" and run.policy.again and run.ended_at
    return bool(awaited and run.ended_at and run.policy.again and now - run.ended_at >= run.policy.again)


def advance(run: Run, now: datetime, facts: Facts) -> Run | None:
    """The run once the step that is due was taken, and those that find nobody after it; None when none is due.

    Quiet hours move the step to their end; nothing is skipped.
    """
    if run.state != "open" or run.next_at is None or now < run.next_at:
        return None
    if run.policy.quiet and (end := run.policy.quiet.until(now)):
        return replace(run, next_at=end)
    taken = run.taken
    for step in run.policy.steps[len(taken) :]:
        taken = (*taken, _taken(step, run, now, facts[step.whom]))
        if taken[-1].by:
            break
    rest = run.policy.steps[len(taken) :]
    state: State = "open" if rest else "standing"
    return replace(run, taken=taken, state=state, next_at=now + rest[0].after if rest else None)


def _taken(step: Step, run: Run, now: datetime, found: Found) -> Taken:
    if found.person and found.person in run.unable:
        return Taken(step.whom, now, found.person, "cannot", ())
    return Taken(step.whom, now, found.person, found.because, reached(step, found))


def reached(step: Step, found: Found) -> tuple[Way, ...]:
    """Those ways of a step that lead to whom it finds."""
    return tuple(way for way in step.by if way in found.by)


def decline(run: Run, person: str, now: datetime) -> Run | None:
    """The run once the person it asked last has said that they cannot: the next step is due now. None for others."""
    if run.state != "open" or run.waits_for != person:
        return None
    return replace(run, unable=(*run.unable, person), next_at=now)
