"""A sender's day as an equation: received = decided + open, whatever happened to each report."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from intake.domain.status import Status

_OPEN = (Status.RECEIVED, Status.UNDER_REVIEW)
_DISPATCHED = (Status.DISPATCHED, Status.ACCEPTED)


@dataclass(frozen=True)
class Part:
    """How many reports of a day share a status, a kind of unit or outcome, and how their written form stands."""

    day: str
    status: Status
    kind: str | None
    written: str | None
    """`due` or `overdue` for an oral report whose written form did not come."""
    count: int


@dataclass
class Day:
    """What became of the reports of a day; `decided` by the kinds that the sender may know."""

    received: int = 0
    open: int = 0
    decided: Counter[str] = field(default_factory=Counter)
    dispatched: int = 0
    accepted: int = 0
    written_due: int = 0
    written_overdue: int = 0

    def add(self, part: Part) -> None:
        self.received += part.count
        if part.status in _OPEN:
            self.open += part.count
        else:
            self.decided[part.kind or part.status.value] += part.count
        self.dispatched += part.count if part.status in _DISPATCHED else 0
        self.accepted += part.count if part.status is Status.ACCEPTED else 0
        self.written_due += part.count if part.written else 0
        self.written_overdue += part.count if part.written == "overdue" else 0


def days_of(parts: Iterable[Part]) -> Mapping[str, Day]:
    """Each day's equation."""
    days: dict[str, Day] = defaultdict(Day)
    for part in parts:
        days[part.day].add(part)
    return days
