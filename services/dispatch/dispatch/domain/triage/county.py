"""Everything a county has set for its window on one day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.decisions import Outcome
from rules.calendars import NATIONAL, Calendar
from rules.cells import Cell
from rules.counties import County

from dispatch.domain.people.duplicates import Window
from dispatch.domain.tables.table import DecisionTable
from dispatch.domain.triage.clocks import ClockRule
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.jurisdiction import Jurisdiction


@dataclass(frozen=True, slots=True)
class Offer:
    """Names (units or resources) that a report brings in when `when` holds, with the reason in words."""

    names: tuple[str, ...]
    when: tuple[Cell, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides a report of `county`: its table (a `sample` where it has none of its own), units and rules.

    `teams` says of each of its centres which families it takes, `days` when its offices work.
    """

    county: str
    sample: bool
    table: DecisionTable
    window: Window
    office: County
    collaborators: tuple[Offer, ...]
    resources: tuple[Offer, ...]
    clocks: tuple[ClockRule, ...]
    jurisdiction: Jurisdiction
    teams: Mapping[str, tuple[Cell, ...]]
    days: Calendar = NATIONAL

    def unit(self, outcome: Outcome, facts: Facts) -> str | None:
        """The unit that leads, `<county>/<unit>`; None where no unit is sent."""
        if outcome is Outcome.PROTECTION:
            return f"{self.county}/protection"
        return f"{self.county}/{self._centre(facts)}" if outcome is Outcome.WELFARE_CENTRE else None

    @property
    def goes_by_place(self) -> bool:
        """Whether a family's township decides which centre serves it."""
        return any(centre.townships for centre in self.office.centres.values())

    def _centre(self, facts: Facts) -> str:
        """The centre of the family's home, or else of the place of the event, of those that take such a family."""
        return self.office.centre_of(
            facts.residence_township,
            facts.township,
            takes=lambda name: all(cell.matches(facts) for cell in self.teams[name]),
        )

    def collaborators_for(self, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{self.county}/{name}" for name in _offered(self.collaborators, facts))

    def resources_for(self, facts: Facts) -> tuple[str, ...]:
        return _offered(self.resources, facts)


def _offered(offers: Iterable[Offer], facts: Facts) -> tuple[str, ...]:
    fitting = (offer.names for offer in offers if all(cell.matches(facts) for cell in offer.when))
    return tuple(dict.fromkeys(name for names in fitting for name in names))
