"""Which facts of a case put it on which agenda: cells, so that it can be said why, with the values that were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.event import BlindIndex
from rules.cells import Cell, Fact
from rules.spans import TAIPEI, Span, due
from rules.working_days import working_day

CATALOGUE: Mapping[str, Fact] = {
    "sdm": Fact("number", "SDM 等級", "SDM level", rises="more"),
    "tipvda": Fact("number", "TIPVDA", "TIPVDA", rises="more"),
    "service_mode": Fact("code", "處遇模式", "service mode"),
    "factors": Fact("codes", "評估因素", "factors as assessed"),
    "rereported": Fact("flag", "處遇中再通報", "reported again while served"),
    "again": Fact("flag", "解除列管後再有事件", "a further incident after leaving the list"),
}
"""What a cell of agenda.yaml may ask about a case."""


@dataclass(frozen=True)
class Facts:
    """What is known of a case, the latest of each tool; None where nobody measured. `changed_at`: the last of it."""

    case_id: str
    county: str
    owner: str
    sdm: int | None = None
    tipvda: int | None = None
    service_mode: str | None = None
    factors: frozenset[str] = field(default_factory=frozenset)
    rereported: bool = False
    again: bool = False
    listed: frozenset[str] = field(default_factory=frozenset)
    is_open: bool = True
    ids: frozenset[str] = field(default_factory=frozenset)
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of agenda.yaml: `always` cannot be put off; `lists` the case as well."""

    id: str
    purpose: str
    cells: tuple[Cell, ...]
    zh: str
    en: str
    source: str
    verified: bool
    always: bool = False
    lists: str | None = None

    def holds(self, facts: Facts) -> bool:
        return all(cell.matches(facts) for cell in self.cells)

    def values(self, facts: Facts) -> tuple[tuple[str, str], ...]:
        """What each cell read."""
        return tuple((cell.fact, _shown(getattr(facts, cell.fact), cell)) for cell in self.cells)


@dataclass(frozen=True)
class SchoolReports:
    """So many `reports` about one person `within` so long, of `source_units`, call a conference of `purpose`."""

    id: str
    purpose: str
    reports: int
    within: Span
    source_units: frozenset[str]
    zh: str
    en: str
    source: str
    verified: bool
    held_within: Span


@dataclass(frozen=True)
class Sighting:
    """One report of a school about one person; `counts` unless it repeats another. `also`: their other keys there."""

    report_id: str
    key: BlindIndex
    county: str
    received_at: datetime
    counts: bool
    case_id: str | None = None
    also: tuple[BlindIndex, ...] = ()

    @property
    def keys(self) -> frozenset[BlindIndex]:
        return frozenset({self.key, *self.also})


def holding(facts: Facts, rules: Sequence[Rule]) -> list[Rule]:
    """The rules that hold; of a case that is over, none."""
    return [rule for rule in rules if rule.holds(facts)] if facts.is_open else []


def reported_often(sightings: Sequence[Sighting], rule: SchoolReports) -> tuple[Sighting, ...]:
    """The latest reports that are enough within the span, by the days in Taiwan on which they came; each counts once.

    Each counts for one conference: those of an earlier one are told there, and a child may need another next year.
    """
    once = {each.report_id: each for each in sightings if each.counts}
    counted = sorted(once.values(), key=lambda each: each.received_at)
    found: tuple[Sighting, ...] = ()
    fresh = 0
    for last in range(rule.reports - 1, len(counted)):
        first = last - rule.reports + 1
        ends = due(rule.within, counted[first].received_at.astimezone(TAIPEI), working_day)
        if first >= fresh and counted[last].received_at <= ends:
            found, fresh = tuple(counted[first : last + 1]), last + 1
    return found


def _shown(value: object, cell: Cell) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(value & set(cell.value)))
    return str(value).lower() if isinstance(value, bool) else str(value)
