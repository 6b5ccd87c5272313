"""What a case's page shows of meetings: on which agendas it stood, and what every level decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Sealed
from contracts.roles import Caller
from web.frame import Filled, body_of

from network.meetings.acts import Acts
from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Line
from network.meetings.listing_bodies import IncidentBody
from network.meetings.lists import Lists
from network.once import Key


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

    @property
    def lines(self) -> list[Line]:
        """What became of it, with why."""
        told = [line for each in self.items for line in each.history if line.what in OF_ITEMS]
        return told + [line for each in self.listings for line in each.history]

    @property
    def may_be_in_words(self) -> bool:
        """Whether something of that was said in words; why a meeting was cancelled, the meeting knows."""
        moved = any(sitting.left == "moved" for each in self.items for sitting in each.sittings)
        return moved or any(each.note for each in self.lines) or any(each.note for each in self.listings)


@dataclass(frozen=True)
class Why:
    """One reason in words: of what (put off, dropped, raised, cancelled, listed, kept, delisted), when, by whom."""

    what: str
    at: datetime
    by: str
    words: Sealed


class OfCases:
    """What meetings know of cases, for who may see the case already; not what is kept from them by name."""

    def __init__(self, acts: Acts) -> None:
        self._meetings = acts.meetings
        self._lists = Lists(acts)

    async def of_case(self, ids: Sequence[str], name: str) -> Discussed:
        items = [each for each in await self._meetings.of_cases(ids) if not each.is_kept_from(name)]
        agendas = dict.fromkeys(sitting.meeting_id for each in items for sitting in each.sittings)
        found = sorted((one for each in items for one in _decisions(each)), key=lambda one: one.taken_at)
        listings = await self._meetings.listings_of(ids)
        return Discussed(tuple(agendas), tuple(found), tuple(items), tuple(listings))

    async def happened(self, case_id: str, form: Filled, caller: Caller, key: Key | None) -> None:
        """What happened again to a family that is or was on a list. Raises NotFound, Unprocessable and Conflict."""
        fields = form.texts("unit") | {"at": form.time("at")}
        await self._lists.happened(case_id, body_of(IncidentBody, fields), caller, key)

    async def reasons(self, ids: Sequence[str], name: str) -> list[Why]:
        """Why what became of a case at meetings and on lists did, where it was said in words; the first first."""
        known = await self.of_case(ids, name)
        lines = known.lines + [line for id in known.meetings for line in await self._cancelled(id)]
        found = [Why(each.what, each.at, each.by, each.note) for each in lines if each.note]
        found += [Why("listed", each.since, each.listed_by, each.note) for each in known.listings if each.note]
        return sorted(found, key=lambda each: each.at)

    async def _cancelled(self, id: str) -> list[Line]:
        meeting = await self._meetings.get(id)
        return [each for each in meeting.history if each.what == "cancelled"] if meeting else []


OF_ITEMS = frozenset({"put_off", "dropped", "raised"})


def _decisions(item: Item) -> list[Decided]:
    return [
        Decided(
            each.id, item.id, each.meeting_id, each.level, each.what, each.lead, each.due_at, each.state, each.taken_at
        )
        for each in item.decisions
    ]
