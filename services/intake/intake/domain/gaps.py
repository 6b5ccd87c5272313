"""Gaps in a sender's numbers: found at once when a number is passed over, closed by whichever report brings it late."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.domain.reconciling import gaps

MOST = 1_000
"""How many gaps of one sender are kept, the latest: a sender with more does not number consecutively."""


@dataclass(frozen=True)
class NumberGap:
    """Numbers that never came, from the first to the last of them, and when they were passed over."""

    first: int
    last: int
    since: datetime


@dataclass(frozen=True)
class Numbers:
    """What is known of a sender's numbers: the highest, and the gaps below it. Nothing is missing before the first."""

    highest: int | None = None
    gaps: tuple[NumberGap, ...] = ()


def passed_over(highest: int | None, arriving: Iterable[int]) -> dict[int, tuple[int, int]]:
    """For each arriving number that leaves some out: the first and the last of those missing now."""
    found = {}
    for number in sorted(set(arriving)):
        if highest is not None and number > highest + 1:
            found[number] = (highest + 1, number - 1)
        highest = number if highest is None else max(highest, number)
    return found


def advanced(known: Numbers, seen: Iterable[tuple[int, datetime]]) -> Numbers:
    """What is known once higher numbers are seen, in their order, each with when it came."""
    highest, found = known.highest, list(known.gaps)
    for number, at in seen:
        if highest is not None and number > highest + 1:
            found.append(NumberGap(highest + 1, number - 1, at))
        highest = number if highest is None else max(highest, number)
    return Numbers(highest, tuple(found[-MOST:]))


def within(gap: NumberGap, numbers: Sequence[int]) -> Sequence[int]:
    """Those of ordered numbers that lie in a gap."""
    return numbers[bisect_left(numbers, gap.first) : bisect_right(numbers, gap.last)]


def remaining(gap: NumberGap, came: Sequence[int]) -> Iterator[NumberGap]:
    """What is left of a gap after some of its numbers came."""
    for first, last in gaps([gap.first - 1, *came, gap.last + 1], gap.first, gap.last):
        yield NumberGap(first, last, gap.since)
