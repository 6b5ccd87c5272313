"""Series, meetings, items and listings in MongoDB: each step with what is owed for it, and its events, at once."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from contracts.event import BlindIndex, Envelope, Event, derived_id
from contracts.topics import MEETINGS
from kit.mongo import Database, Document, Session, drop_index
from kit.paging import Order, Page
from kit.telemetry import carried
from pydantic import TypeAdapter
from pymongo import ASCENDING
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.clock import SOURCE
from network.days.store import Calendars
from network.meetings import documents
from network.meetings.documents import item_of, listing_of, meeting_of, series_of
from network.meetings.domain import events
from network.meetings.domain.inclusion import Sighting
from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Meeting, State
from network.meetings.domain.owing import Hands, Terms, of_item, of_meeting, settled
from network.meetings.domain.planning import Series
from network.meetings.room import Room, Work, ask
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_SIGHTING = TypeAdapter(Sighting)
_FIRST, _FIRST_LISTED = Order("at"), Order("since")


@dataclass(frozen=True)
class Sought:
    """Which meetings; None where it does not matter."""

    level: str | None = None
    purpose: str | None = None
    series_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    case_ids: tuple[str, ...] = ()
    states: tuple[State, ...] = ()


OnCase = Callable[[Listing, Session], Awaitable[None]]
"""What the cases do in the same transaction when one of them is listed or delisted."""
TakenIn = Callable[[str, Session], Awaitable[str]]
"""The case that a case is part of by now, or itself."""


class Meetings:
    """The meetings of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks, terms: Terms) -> None:
        self._book = book
        self._shelves = {name: book.shelf(database[name], MEETINGS) for name in ("meetings", "items", "listings")}
        self.meetings, self.items, self.listings = (each.collection for each in self._shelves.values())
        self.series, self._sightings = database["meeting_series"], database["school_reports"]
        self.matters = database["matters"]
        self._calendars = Calendars(database)
        self._terms = terms
        self.tasks = tasks
        self.on_case: OnCase | None = None
        self.taken_in: TakenIn | None = None

    async def prepare(self) -> None:
        await self.series.create_index([("county", ASCENDING), ("_id", ASCENDING)])
        for field, old in (("county", "county_1_at_1"), ("parties", "units_1_at_1")):
            await self.meetings.create_index([(field, ASCENDING), *_FIRST.sort])
            await drop_index(self.meetings, old)
        await self.items.create_index("meeting_id")
        await self.items.create_index("case_id")
        await self.items.create_index("sittings.meeting_id")
        await self.items.create_index("decisions.id")
        # One matter is open once: two that include it at the same instant conflict, and one begins again.
        await self.items.create_index(
            [("county", ASCENDING), ("key", ASCENDING)], unique=True, name="matter",
            partialFilterExpression={"state": "open"},
        )  # fmt: skip
        await self.items.create_index(
            [("county", ASCENDING), ("level", ASCENDING), ("purpose", ASCENDING), ("meeting_id", ASCENDING)]
        )
        await self.listings.create_index([("case_id", ASCENDING), ("list", ASCENDING)])
        await self.listings.create_index([("county", ASCENDING), *_FIRST_LISTED.sort])
        await drop_index(self.listings, "county_1_list_1_since_1")
        await self._sightings.create_index("key")
        await self._sightings.create_index("also")

    async def change(self, county: str, work: Work, *, by: str, at: datetime) -> None:
        """Do `work` in one transaction, with what is owed then and what it tells. What it raises changes nothing."""

        async def attempt(session: Session) -> Sequence[Saved]:
            return await self.inside(county, work, by=by, at=at, session=session)

        await self._book.change(attempt)

    async def inside(self, county: str, work: Work, *, by: str, at: datetime, session: Session) -> Sequence[Saved]:
        """The same inside a transaction of another room."""
        days = (await self._calendars.by_county(session)).get(county, NATIONAL)
        room = Room(self, session, by, at, days)
        await work(room)
        await ask(room)
        return await self._write(room)

    async def _write(self, room: Room) -> Sequence[Saved]:
        if not (room.meetings or room.items or room.listings):
            return ()
        tasks = await self._tasks_of(room)
        meetings = [each for each in room.meetings.values() if room.before.get(each.id) != each]
        items = [each for each in room.items.values() if room.before.get(each.id) != each]
        told = [told for each in meetings if (told := events.of_meeting(each))]
        of_items = [told for each in items for told in events.of_item(_was(room, each), each)]
        listings = list(room.listings.values())
        of_lists = [told_ for each in listings if (told_ := events.of_listing(_listing_was(room, each), each))]
        versions = {each.id: each.version for each in meetings} | {each.id: each.version for each in items}
        versions |= {each.id: each.version for each in listings}
        for each in listings:
            if self.on_case:
                await self.on_case(each, room.session)

        async def write(name: str, documents: Iterable[Document], told: Sequence[Event]) -> Saved:
            envelopes = [
                _envelope(event, versions[event.subject], number, room.at) for number, event in enumerate(told)
            ]
            return await self._shelves[name].write(documents, envelopes, at=room.at, session=room.session)

        return [
            await write("meetings", map(documents.of_meeting, meetings), told),
            await write("items", map(documents.of_item, items), of_items),
            await write("listings", map(documents.of_listing, listings), of_lists),
            await self.tasks.write(tasks, at=room.at, session=room.session),
        ]

    async def _tasks_of(self, room: Room) -> list[Task]:
        found: list[Task] = []
        for item in room.items.values():
            known = await self._known([item.id, *(each.id for each in item.decisions)], room.session)
            at_case = await self._at_case(item, room.session)
            owed = list(of_item(at_case, self._terms, room.days, room.at))
            found += settled(known, owed, item, by=room.by, at=room.at)
        for meeting in room.meetings.values():
            known = await self._known([meeting.id], room.session)
            owed = list(of_meeting(meeting, self._terms, room.days, room.at))
            found += settled(known, owed, None, by=room.by, at=room.at)
        return found

    async def _at_case(self, item: Item, session: Session) -> Item:
        """An item as one of the case that its family is by now: there its tasks are owed."""
        if item.case_id is None or self.taken_in is None:
            return item
        return replace(item, case_id=await self.taken_in(item.case_id, session))

    async def _known(self, ids: Sequence[str], session: Session) -> list[Task]:
        """Every task of these, those too that ended: what is over does not begin again."""
        return [task for id in ids for task in await self.tasks.because_of(id, session)]

    async def add_series(self, series: Series) -> Series:
        """The series; the one that is there under its id stays."""
        await self.series.update_one({"_id": series.id}, {"$setOnInsert": documents.of_series(series)}, upsert=True)
        return await self.get_series(series.id) or series

    async def get_series(self, id: str) -> Series | None:
        found = await self.series.find_one({"_id": id})
        return series_of(found) if found else None

    async def all_series(self, scope: Scope) -> list[Series]:
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        found = [series_of(each) async for each in self.series.find(query).sort("_id", ASCENDING)]
        return [each for each in found if scope.covers(each.county, each.parties)]

    async def get(self, id: str) -> Meeting | None:
        found = await self.meetings.find_one({"_id": id})
        return meeting_of(found) if found else None

    async def find(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> Page[Meeting]:
        """Meetings of a scope, the first first, from beyond the place `after`."""
        query = _query(scope, sought)
        if sought.case_ids:
            query["_id"] = {"$in": await self._agendas_of(sought.case_ids)}
        return await _FIRST.page(self.meetings, query, after, limit, meeting_of)

    async def of_days(self, county: str, days: Collection[date]) -> list[Meeting]:
        """The meetings of a county on some days in Taiwan, for who comes to two of them."""
        if not days:
            return []
        first, last = (datetime.combine(each, time(), TAIPEI) for each in (min(days), max(days)))
        query = {"county": county, "at": {"$gte": first, "$lt": last + timedelta(days=1)}}
        found = [meeting_of(each) async for each in self.meetings.find(query)]
        return [each for each in found if each.day in days]

    async def items_of(self, meeting_id: str) -> list[Item]:
        """Everything that stands or stood on an agenda: what was dropped or went elsewhere too."""
        query = {"$or": [{"meeting_id": meeting_id}, {"sittings.meeting_id": meeting_id}]}
        found = [item_of(each) async for each in self.items.find(query)]
        return sorted(found, key=lambda each: (each.since, each.id))

    async def get_item(self, id: str) -> Item | None:
        found = await self.items.find_one({"_id": id})
        return item_of(found) if found else None

    async def of_decision(self, id: str) -> Item | None:
        """The item of a decision."""
        found = await self.items.find_one({"decisions.id": id})
        return item_of(found) if found else None

    async def hands_of(self, items: Sequence[Item]) -> Hands:
        """In whose hands the decisions of items are, or were as they ended."""
        ids = [each.id for item in items for each in item.decisions]
        return {task.id: task for task in await self.tasks.because_of_all(ids, ended=True)} if ids else {}

    async def of_cases(self, ids: Sequence[str]) -> list[Item]:
        """What was or is to be discussed of these cases, the first first."""
        found = [item_of(each) async for each in self.items.find({"case_id": {"$in": list(ids)}})]
        return sorted(found, key=lambda each: (each.since, each.id))

    async def items_of_all(self, meeting_ids: Sequence[str], name: str = "") -> list[Item]:
        """Everything that stands or stood on any of these agendas, each once; not what is kept from this `name`."""
        found = self.items.find({"sittings.meeting_id": {"$in": list(meeting_ids)}, "not_for.person": {"$ne": name}})
        return [item_of(each) async for each in found]

    async def listings_of(self, ids: Sequence[str]) -> list[Listing]:
        """The lists on which these cases stand or stood, the first first."""
        found = self.listings.find({"case_id": {"$in": list(ids)}}).sort("since", ASCENDING)
        return [listing_of(each) async for each in found]

    async def get_listing(self, id: str) -> Listing | None:
        found = await self.listings.find_one({"_id": id})
        return listing_of(found) if found else None

    async def find_listings(
        self, scope: Scope, list_: str | None, case_ids: Sequence[str] | None, after: str | None, limit: int, *,
        seen: Collection[str] | None = None, standing: bool = False,
    ) -> Page[Listing]:  # fmt: skip
        """Listings of a scope's counties, the first listed first, from beyond the place `after`.

        `seen`: no others than these.
        """
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        query |= {"list": list_} if list_ else {}
        query |= {"case_id": {"$in": list(case_ids)}} if case_ids is not None else {}
        query |= {"_id": {"$in": sorted(seen)}} if seen is not None else {}
        query |= {"until": None} if standing else {}
        return await _FIRST_LISTED.page(self.listings, query, after, limit, listing_of)

    async def see(self, report_id: str, sightings: Sequence[Sighting]) -> None:
        """Keep what a school reported of people; a report that is decided anew counts as it is then."""
        for each in sightings:
            document = _SIGHTING.dump_python(each)
            await self._sightings.update_one({"_id": f"{report_id}:{each.key}"}, {"$set": document}, upsert=True)
        here, now = {"$gte": f"{report_id}:", "$lt": f"{report_id};"}, [f"{report_id}:{each.key}" for each in sightings]
        await self._sightings.delete_many({"_id": here | {"$nin": now}})

    async def seen(self, county: str, keys: Collection[BlindIndex]) -> list[Sighting]:
        """What schools reported of one person: keys that a report gives to one person are theirs in every other."""
        known, found = frozenset(keys), list[Sighting]()
        while True:
            either = [{name: {"$in": sorted(known)}} for name in ("key", "also")]
            documents = self._sightings.find({"county": county, "$or": either})
            found = [_SIGHTING.validate_python(each) async for each in documents]
            more = known.union(*(each.keys for each in found))
            if more == known:
                return found
            known = more

    async def _agendas_of(self, case_ids: Sequence[str]) -> list[str]:
        items = await self.of_cases(case_ids)
        return sorted({sitting.meeting_id for each in items for sitting in each.sittings})


def _query(scope: Scope, sought: Sought) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
    query |= {"parties": {"$in": sorted(scope.units)}} if scope.units else {}
    when = {"$gte": sought.since, "$lt": sought.until}
    if bounds := {name: value for name, value in when.items() if value}:
        query["at"] = bounds
    if sought.states:
        query["state"] = {"$in": sorted(sought.states)}
    exact = {"level": sought.level, "purpose": sought.purpose, "series_id": sought.series_id}
    return query | {name: value for name, value in exact.items() if value}


def _was(room: Room, item: Item) -> Item | None:
    before = room.before.get(item.id)
    return before if isinstance(before, Item) else None


def _listing_was(room: Room, listing: Listing) -> Listing | None:
    before = room.before.get(listing.id)
    return before if isinstance(before, Listing) else None


def _envelope(event: Event, version: int, number: int, at: datetime) -> Envelope:
    id = derived_id("network", event.subject, f"{event.type}:{version}:{number}")
    return Envelope.of(event, id=id, source=SOURCE, time=at, trace=carried())
