"""Nights to come, run dry: when would nobody be asked, or nobody whom a way leads to?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from notify.domain.escalation import Found, Policy, Way, reached
from notify.domain.rota import Duty, Rota, final

AHEAD = timedelta(days=14)

Kind: TypeAlias = Literal["nobody", "unreachable"]


@dataclass(frozen=True)
class Hole:
    """A stretch in which a message of the first priority would ring nobody; `person` is on call, and unreachable."""

    start: datetime
    end: datetime
    kind: Kind
    person: str | None = None


def found_of(name: str, duty: Duty, ways: frozenset[Way]) -> Found:
    """What a step finds in a stretch of the rota `name`, with the line of it that says so."""
    because = f"{name}: {duty.because}"
    return Found(duty.person, because if ways or not duty.person else f"{because}, unreachable", ways)


def holes(
    policy: Policy, rota: Rota | None, ways: Mapping[str, frozenset[Way]], start: datetime, end: datetime
) -> tuple[Hole, ...]:
    """The holes of a rota from `start` to `end`; without a rota all of it is one. `ways` lead to people now."""
    found: list[Hole] = []
    for duty in final(rota or Rota(), start, end):
        steps = found_of("", duty, ways.get(duty.person or "", frozenset()))
        if any(reached(step, steps) for step in policy.steps if step.whom == "on_call"):
            continue
        hole = Hole(duty.start, duty.end, "unreachable" if duty.person else "nobody", duty.person)
        if (
            found
            and found[-1].end == hole.start
            and replace(found[-1], end=hole.end) == replace(hole, start=found[-1].start)
        ):
            found[-1] = replace(found[-1], end=hole.end)
        else:
            found.append(hole)
    return tuple(found)


def is_whole(found: tuple[Hole, ...], start: datetime, end: datetime) -> bool:
    """Whether there is nothing but a hole: the gravest, since nobody is ever asked."""
    return sum(((each.end - each.start) for each in found), timedelta()) >= end - start


def made(found: Sequence[Hole], before: Sequence[Hole], until: datetime) -> tuple[Hole, ...]:
    """The holes that a change made since the look that found those `before`, which looked ahead `until`."""
    return tuple(
        each
        for each in found
        if each.start < until and not any(old.start < each.end and each.start < old.end for old in before)
    )
