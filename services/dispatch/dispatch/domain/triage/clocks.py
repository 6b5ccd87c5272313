"""Which clocks run for a decision, from data that names its source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.decisions import Clock, Outcome
from rules.calendars import Calendar
from rules.cells import Cell, TableError, parse_cells
from rules.spans import Span

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.triage.facts import Facts


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock that starts at the event `start` for reports that match `when`; empty filters let everything through.

    `stops` names the event that ends it; empty where the window never learns of one.
    """

    id: str
    start: str
    span: Span
    source: str
    verified: bool = True
    stops: str = ""
    when: tuple[Cell, ...] = ()
    outcomes: frozenset[str] = frozenset()
    priorities: frozenset[int] = frozenset()

    def applies(self, facts: Facts, outcome: Outcome, priority: int) -> bool:
        fits = (not self.outcomes or outcome in self.outcomes) and (not self.priorities or priority in self.priorities)
        return fits and all(cell.matches(facts) for cell in self.when)

    def from_(self, started_at: datetime, days: Calendar) -> Clock:
        due_at, span = days.due(self.span, started_at), str(self.span)
        return Clock(
            id=self.id, started_at=started_at, due_at=due_at, source=self.source, verified=self.verified, span=span
        )


def clocks_for(  # noqa: PLR0917  the facts of a decision, in the order in which they arise
    rules: Iterable[ClockRule],
    facts: Facts,
    outcome: Outcome,
    priority: int,
    starts: Mapping[str, datetime],
    days: Calendar,
) -> tuple[Clock, ...]:
    """The clocks that run, the first due first; `starts` gives the time of each event that has happened."""
    running = [
        rule.from_(starts[rule.start], days)
        for rule in rules
        if rule.start in starts and rule.applies(facts, outcome, priority)
    ]
    return tuple(sorted(running, key=lambda clock: (clock.due_at, clock.id)))


def parse_clocks(document: Mapping[str, object]) -> tuple[ClockRule, ...]:
    """The clocks from their YAML document. Raises TableError that says where and how to mend it."""
    clocks = document.get("clocks")
    if not isinstance(clocks, list):
        raise TableError("clocks", "write a list of clocks")
    return tuple(_rule(one, f"clocks[{number}]") for number, one in enumerate(clocks))


def _rule(one: Mapping[str, object], where: str) -> ClockRule:
    missing = {"id", "start", "due", "source"} - one.keys()
    if missing:
        raise TableError(where, f"write {', '.join(sorted(missing))}")
    try:
        span = Span.parse(str(one["due"]))
    except ValueError as error:
        raise TableError(f"{where}.due", str(error)) from None
    outcomes, priorities = one.get("outcomes", []), one.get("priorities", [])
    if not isinstance(outcomes, list) or not isinstance(priorities, list):
        raise TableError(where, "write outcomes and priorities as lists")
    return ClockRule(
        id=str(one["id"]),
        start=str(one["start"]),
        span=span,
        source=str(one["source"]),
        verified=one.get("verified", True) is True,
        stops=str(one.get("stops", "")),
        when=parse_cells(one.get("when", {}), f"{where}.when", FACTS),
        outcomes=frozenset(outcomes),
        priorities=frozenset(priorities),
    )
