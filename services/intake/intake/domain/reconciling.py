"""A sender's own list against what was received: each report's place, what is missing, and gaps in the numbering."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from intake.domain.status import Status


class Stage(StrEnum):
    """How far a report came, as a reconciliation counts it: exactly one of these for every line of a list."""

    RECEIVED = "received"
    DECIDED = "decided"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    MISSING = "missing"


_STAGES = {
    Status.RECEIVED: Stage.RECEIVED,
    Status.UNDER_REVIEW: Stage.RECEIVED,
    Status.OUTCOME: Stage.DECIDED,
    Status.DISPATCHED: Stage.DISPATCHED,
    Status.ACCEPTED: Stage.ACCEPTED,
}


def stage_of(status: Status) -> Stage:
    """A report that waits for a person is received but not yet decided."""
    return _STAGES[status]


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Whole numbers as runs without a hole: `1 2 3 7` is `(1, 3) (7, 7)`."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def gaps(seen: Iterable[int], first: int | None = None, last: int | None = None) -> Iterator[tuple[int, int]]:
    """Runs of numbers not seen between `first` and `last`, or between the least and the greatest seen."""
    runs = [run for run in ranges(seen) if (first is None or run[1] >= first) and (last is None or run[0] <= last)]
    following = first if first is not None else (runs[0][0] if runs else None)
    for begin, end in runs:
        if following is not None and begin > following:
            yield following, begin - 1
        following = end + 1
    if following is not None and last is not None and following <= last:
        yield following, last


def repeated(listed: Sequence[str]) -> list[str]:
    """What a list names more than once, in order."""
    return [ref for ref, times in Counter(listed).items() if times > 1]
