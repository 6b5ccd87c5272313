"""What a case's page shows of meetings: on which agendas it stood, and what every level decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.store import Meetings


@dataclass(frozen=True)
class Decided:
    """One decision about a case."""

    decision_id: str
    item_id: str
    meeting_id: str
    level: str
    what: str
    lead: str
    due_at: datetime
    state: str
    taken_at: datetime


@dataclass(frozen=True)
class Discussed:
    """The agendas on which a case stood or stands, and what was decided there, the first first."""

    meetings: tuple[str, ...]
    decisions: tuple[Decided, ...]
    items: tuple[Item, ...]
    listings: tuple[Listing, ...]


class OfCases:
    """What meetings know of cases, for who may see the case already; not what is kept from them by name."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings

    async def of_case(self, ids: Sequence[str], name: str) -> Discussed:
        items = [each for each in await self._meetings.of_cases(ids) if not each.is_kept_from(name)]
        agendas = dict.fromkeys(sitting.meeting_id for each in items for sitting in each.sittings)
        found = sorted((one for each in items for one in _decisions(each)), key=lambda one: one.taken_at)
        listings = await self._meetings.listings_of(ids)
        return Discussed(tuple(agendas), tuple(found), tuple(items), tuple(listings))


def _decisions(item: Item) -> list[Decided]:
    return [
        Decided(
            each.id, item.id, each.meeting_id, each.level, each.what, each.lead, each.due_at, each.state, each.taken_at
        )
        for each in item.decisions
    ]
