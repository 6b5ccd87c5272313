"""Rows of lists become households: whoever is on three lists is one; a row that knows two households makes them one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.event import BlindIndex

from network.rosters.domain.household import Household, HouseholdId, gathered


@dataclass
class Gathering:
    """The households of one county that a batch of rows touches. `stored` are those that the database has."""

    stored: Sequence[Household]
    now: dict[HouseholdId, Household] = field(default_factory=dict)
    _by_key: dict[BlindIndex, HouseholdId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.stored:
            self._put(each)

    def take(self, fresh: Household) -> None:
        """A row with a household of its own, which is one with those that it shares a person with."""
        ids = dict.fromkeys(self._by_key[key] for key in fresh.keys if key in self._by_key)
        for each in gathered([self.now[id] for id in ids], fresh):
            self._put(each)

    def changed(self) -> list[Household]:
        """What is to be written, absorbed ones first; what the database never had is not told to be absorbed."""
        known = {each.id: each for each in self.stored}
        written = [each for each in self.now.values() if known.get(each.id) != each and _is_news(each, known)]
        return sorted(written, key=lambda each: each.within is None)

    def _put(self, household: Household) -> None:
        self.now[household.id] = household
        self._by_key |= dict.fromkeys(household.keys, household.id)


def _is_news(household: Household, known: Iterable[HouseholdId]) -> bool:
    return household.within is None or household.id in known
