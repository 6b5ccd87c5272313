"""What a draft table would have decided of what is decided already: what flips, from what to what, and where."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from contracts.decisions import Outcome
from rules import ages

from dispatch.domain.people.duplicates import Relation
from dispatch.domain.tables.table import PROTECTIVE, DecisionTable, Row
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Ruling, rule

Way = tuple[Outcome, Outcome]
"""From what a decision flips, and to what."""

DIMENSIONS = ("source_unit", "township", "age_band", "case_type")
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Decided:
    """A report as it stands: its facts without history, what it was to earlier reports, and its decision.

    `by_table` is False where a person decided, or a graver telling of the event raised it: a table changes neither.
    """

    report_id: str
    facts: Facts
    relation: Relation
    outcome: Outcome
    priority: int
    by_table: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """A decision that flips, and the rows of the draft that make it flip."""

    report_id: str
    facts: Facts
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Of `of` decisions, how many flip in which way."""

    of: int
    ways: Mapping[Way, int]

    @property
    def flipped(self) -> int:
        return sum(self.ways.values())


@dataclass(frozen=True, slots=True)
class Flips:
    """What a draft changes in `decided` reports that a table decided.

    `priorities` counts (from, to) where the outcome stays; `reviews` those that a person must decide under the draft.
    `by_people` were decided by people; with `agreed` of them the draft would agree.
    `by` has for each of DIMENSIONS and each value its share; an unknown value is "".
    """

    decided: int
    ways: Mapping[Way, int]
    priorities: Mapping[tuple[int, int], int]
    reviews: int
    by_people: int
    agreed: int
    by: Mapping[str, Mapping[str, Share]]
    examples: Mapping[Way, tuple[Example, ...]]

    @property
    def flipped(self) -> int:
        return sum(self.ways.values())

    @property
    def raised(self) -> int:
        """Decisions that the draft makes more protective."""
        return sum(count for way, count in self.ways.items() if _rises(way) > 0)

    @property
    def lowered(self) -> int:
        """Decisions that the draft makes less protective."""
        return sum(count for way, count in self.ways.items() if _rises(way) < 0)


def replay(decided: Iterable[Decided], draft: DecisionTable, policy: Policy) -> Flips:
    """Decide every report again under `draft`, with the rest of `policy` as it is; one pass, bounded memory.

    What a report was to earlier ones, and what was decided of those, is taken as it was.
    """
    under, tally = replace(policy, table=draft), _Tally()
    for one in decided:
        tally.add(one, rule(one.facts, one.relation, under))
    return tally.told()


@dataclass
class _Tally:
    ways: Counter[Way] = field(default_factory=Counter)
    priorities: Counter[tuple[int, int]] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by: dict[tuple[str, str], Counter[Way]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[Way, list[Example]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: Decided, found: Ruling) -> None:
        if not one.by_table:
            self.totals.update(by_people=1, agreed=one.outcome is found.outcome)
            return
        self.totals.update(decided=1, reviews=found.review)
        places = _places(one.facts)
        for dimension, value in places.items():
            self.of[dimension][value] += 1
        if one.outcome is not found.outcome:
            self._flip(one, found, places)
        elif one.priority != found.priority:
            self.priorities[one.priority, found.priority] += 1

    def _flip(self, one: Decided, found: Ruling, places: Mapping[str, str]) -> None:
        way = (one.outcome, found.outcome)
        self.ways[way] += 1
        for place in places.items():
            self.by[place][way] += 1
        if len(self.examples[way]) < EXAMPLES:
            self.examples[way].append(Example(one.report_id, found.facts, found.deciding or found.hits[:1]))

    def told(self) -> Flips:
        return Flips(
            decided=self.totals["decided"],
            ways=dict(self.ways.most_common()),
            priorities=dict(sorted(self.priorities.items())),
            reviews=self.totals["reviews"],
            by_people=self.totals["by_people"],
            agreed=self.totals["agreed"],
            by={name: self._shares(name) for name in DIMENSIONS},
            examples={way: tuple(self.examples[way]) for way, _ in self.ways.most_common()},
        )

    def _shares(self, dimension: str) -> Mapping[str, Share]:
        counts = sorted(self.of[dimension].items())
        return {value: Share(of, dict(self.by[dimension, value])) for value, of in counts}


def _places(facts: Facts) -> Mapping[str, str]:
    return {
        "source_unit": facts.source_unit,
        "township": facts.township or facts.residence_township or "",
        "age_band": "" if facts.subject_age is None else ages.band(facts.subject_age),
        "case_type": facts.case_type,
    }


def _rises(way: Way) -> int:
    """Above 0 when the second outcome protects more; 0 where a duplicate or a transfer is in it."""
    before, after = (PROTECTIVE.get(outcome) for outcome in way)
    return before - after if before is not None and after is not None else 0
