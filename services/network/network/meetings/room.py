"""What one piece of work on meetings reads and changes inside its transaction, and whom that asks for a part."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kit.mongo import Collection as Shelf
from kit.mongo import Document, Session
from rules.calendars import NATIONAL, Calendar

from network.meetings.documents import Thing, item_of, listing_of, meeting_of
from network.meetings.domain import papers
from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import AHEAD, Line, Meeting


class Stored(Protocol):
    """Where meetings, items and listings lie."""

    meetings: Shelf
    items: Shelf
    listings: Shelf
    matters: Shelf


@dataclass
class Room:
    """What one piece of work reads and changes, inside one transaction; what it saved it reads again as it saved it."""

    store: Stored
    session: Session
    by: str
    at: datetime
    days: Calendar = NATIONAL
    before: dict[str, Meeting | Item | Listing] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)

    async def meeting(self, id: str) -> Meeting | None:
        found = await self.store.meetings.find_one({"_id": id}, session=self.session)
        return self._meeting(found) if found else self.meetings.get(id)

    async def item(self, id: str) -> Item | None:
        found = await self.store.items.find_one({"_id": id}, session=self.session)
        return self._item(found) if found else self.items.get(id)

    async def listing(self, id: str) -> Listing | None:
        found = await self.store.listings.find_one({"_id": id}, session=self.session)
        if found:
            self.before.setdefault(id, listing_of(found))
        return self.listings.get(id) or (listing_of(found) if found else None)

    async def items_on(self, meeting_id: str) -> list[Item]:
        """What stands on an agenda now."""
        query = {"meeting_id": meeting_id, "state": "open"}
        found = [self._item(each) async for each in self.store.items.find(query, session=self.session)]
        return self._with_saved(found, lambda each: each.meeting_id == meeting_id and each.is_open)

    async def open_items(self, county: str, case_ids: Collection[str], purpose: str) -> list[Item]:
        """A case's matter of a purpose, on an agenda or not: it began so, came from another level, or goes back."""
        keys = [f"case:{each}:{purpose}" for each in case_ids]
        back = {"raised": {"$elemMatch": {"purpose": purpose, "answered_at": None}}}
        either = [{"key": {"$in": keys}}, {"purpose": purpose}, back]
        query = {"county": county, "case_id": {"$in": sorted(case_ids)}, "state": "open", "$or": either}
        found = [self._item(each) async for each in self.store.items.find(query, session=self.session)]
        return sorted(found, key=lambda each: (each.since, each.id))

    async def done_on(self, meeting_id: str, cause: str) -> Item | None:
        """The item that an act was done to which stood on an agenda, wherever it is by now."""
        query = {"sittings.meeting_id": meeting_id, "history.cause": cause}
        found = await self.store.items.find_one(query, session=self.session)
        return self._item(found) if found else None

    async def instead_of(self, meeting_id: str) -> Meeting | None:
        """The meeting ahead that is held instead of one to which too few came."""
        query = {"instead_of": meeting_id, "state": {"$in": sorted(AHEAD)}}
        found = await self.store.meetings.find_one(query, session=self.session)
        return self._meeting(found) if found else None

    async def left_open(self, meeting_id: str) -> list[Item]:
        """What stood on an agenda to its end, and is open still, wherever it goes on."""
        query = {"sittings": {"$elemMatch": {"meeting_id": meeting_id, "left": "ended"}}, "state": "open"}
        return [self._item(each) async for each in self.store.items.find(query, session=self.session)]

    async def stood_on(self, meeting_id: str) -> list[Item]:
        """Whatever stands or stood on an agenda, wherever it is by now."""
        query = {"sittings.meeting_id": meeting_id}
        return [self._item(each) async for each in self.store.items.find(query, session=self.session)]

    async def decided_at(self, meeting_id: str) -> list[Item]:
        """The items of which a meeting decided something, wherever they are by now."""
        query = {"sittings.meeting_id": meeting_id, "decisions.meeting_id": meeting_id}
        return [self._item(each) async for each in self.store.items.find(query, session=self.session)]

    async def waiting(self, county: str, level: str, purpose: str) -> list[Item]:
        """What waits for a meeting of this level and purpose to be planned."""
        query = {"county": county, "level": level, "purpose": purpose, "state": "open", "meeting_id": None}
        found = [self._item(each) async for each in self.store.items.find(query, session=self.session)]
        wanted = (county, level, purpose, None)
        return self._with_saved(
            found, lambda each: each.is_open and (each.county, each.level, each.purpose, each.meeting_id) == wanted
        )

    async def next(
        self, county: str, level: str, purpose: str, series_id: str | None, after: Meeting | None
    ) -> Meeting | None:
        """The next meeting ahead of this level and purpose, of the series where there is one: after another, or now."""
        query: Document = {"county": county, "level": level, "purpose": purpose, "state": {"$in": sorted(AHEAD)}}
        since = after.at if after else self.at
        query["at"] = {"$gte": since}
        found = [meeting_of(each) async for each in self.store.meetings.find(query, session=self.session)]
        known = {each.id: each for each in (*found, *self.meetings.values())}
        ahead = [
            self.meetings.get(each.id, each) for each in known.values()
            if (each.county, each.level, each.purpose) == (county, level, purpose) and each.id != (after and after.id)
        ]  # fmt: skip
        free = [each for each in ahead if each.is_ahead and each.at >= since]
        own = [each for each in free if series_id and each.series_id == series_id]
        return min(own or free, key=lambda each: each.at, default=None)

    async def one_at_a_time(self, case_id: str) -> None:
        """Whoever brings the same family before a level meanwhile starts again, and finds what was brought."""
        await self.store.matters.update_one(
            {"_id": case_id}, {"$inc": {"touches": 1}}, upsert=True, session=self.session
        )  # fmt: skip

    async def touch(self, meeting: Meeting) -> None:
        """Whoever holds, ends or cancels it meanwhile starts again, and finds what was put on it."""
        await self.store.meetings.update_one({"_id": meeting.id}, {"$inc": {"touches": 1}}, session=self.session)
        if meeting.id not in self.meetings:
            self.before.setdefault(meeting.id, meeting)

    async def last_item(self, county: str, keys: Collection[str]) -> Item | None:
        """The last time that a matter was on agendas, whether or not it is still."""
        query = {"county": county, "key": {"$in": sorted(keys)}}
        found = [self._item(each) async for each in self.store.items.find(query, session=self.session)]
        alike = self._with_saved(found, lambda each: each.county == county and each.key in keys)
        return max(alike, key=lambda each: (each.is_open, each.since), default=None)

    async def last_listing(self, case_ids: Collection[str], list_: str) -> Listing | None:
        """The last time that a case was on a list, whether or not it is still."""
        query = {"case_id": {"$in": sorted(case_ids)}, "list": list_}
        found = [listing_of(each) async for each in self.store.listings.find(query, session=self.session)]
        return max((self.listings.get(each.id, each) for each in found), key=lambda each: each.since, default=None)

    def save(self, *things: Meeting | Item | Listing) -> None:
        for each in things:
            if isinstance(each, Meeting):
                self.meetings[each.id] = each
            elif isinstance(each, Item):
                self.items[each.id] = each
            else:
                self.listings[each.id] = each

    def _meeting(self, document: Document) -> Meeting:
        return self._known(meeting_of(document), self.meetings)

    def _item(self, document: Document) -> Item:
        return self._known(item_of(document), self.items)

    def _known(self, stored: Thing, saved: dict[str, Thing]) -> Thing:
        self.before.setdefault(stored.id, stored)  # type: ignore[arg-type]
        return saved.get(stored.id, stored)

    def _with_saved(self, found: list[Item], wanted: Callable[[Item], bool]) -> list[Item]:
        known = {each.id: each for each in found} | {each.id: each for each in self.items.values() if wanted(each)}
        return sorted((each for each in known.values() if wanted(each)), key=lambda each: (each.since, each.id))


Work = Callable[[Room], Awaitable[None]]
"""Reads and changes a room; must be repeatable."""


async def ask(room: Room) -> None:
    """Whatever stands on the agenda of a meeting that is called is asked for, of every unit that comes."""
    for meeting in list(room.meetings.values()):
        for item in await room.items_on(meeting.id) if papers.is_asking(meeting) else ():
            _ask(room, meeting, item)
    for item in list(room.items.values()):
        meeting_ = await room.meeting(item.meeting_id) if item.meeting_id else None
        if meeting_ and papers.is_asking(meeting_):
            _ask(room, meeting_, item)


def _ask(room: Room, meeting: Meeting, item: Item) -> None:
    due = papers.due_of(meeting, room.days.works, room.at)
    line = Line(room.at, "papers_asked", room.by, about=meeting.id)
    if (after := papers.asked(item, meeting, due, line)) is not item:
        room.save(after)
