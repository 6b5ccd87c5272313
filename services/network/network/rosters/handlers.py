"""What a row of a list means here: somebody owes its household a visit, from the moment that it is known."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.event import Event, derived_id
from contracts.rosters import RosterEntryListed
from kit.inbox import Received

from network.clock import now
from network.rosters.answering import answering
from network.rosters.domain.household import Household, HouseholdId, Row
from network.rosters.store import Households

MOST = 500


class Handlers:
    """Takes in the rows of lists."""

    def __init__(self, households: Households, clock: Callable[[], datetime] = now) -> None:
        self._households = households
        self._clock = clock

    async def prepare(self) -> None:
        """Gather what a release before households has kept: none of it was ever answered."""
        while found := await self._households.earlier(MOST):
            events = [RosterEntryListed.model_validate(each | {"entry_id": each["_id"]}) for each in found]
            await self._households.gather([alone(each) for each in events], self._clock())
            await self._households.drop_earlier([each["_id"] for each in found])

    async def on_entries(self, batch: Sequence[Received[Event]]) -> None:
        """Gather the rows of a batch into households; one that is there already stays as it is."""
        rows = [alone(each.event) for each in batch if isinstance(each.event, RosterEntryListed)]
        await self._households.gather(rows, self._clock())


def alone(event: RosterEntryListed) -> Household:
    """A row as a household of its own."""
    entry, county = event.entry, event.entry.county
    row = Row(
        event.entry_id, event.roster.value, f"{county}/{event.answerable}", event.received_at, event.visit_due_at,
        event.visit_source, event.visit_verified, event.keys, event.home, event.sealed.get("roster"), entry.indicators,
    )  # fmt: skip
    id = HouseholdId(str(derived_id("network", event.entry_id, "household")))
    unit = answering().visitor(event.roster, county, entry.township)
    return Household(id, county, unit, event.received_at, entry.township, entry.village, rows=(row,))
