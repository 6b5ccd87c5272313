"""The directory in MongoDB: one document a provider, found by what it offers, where, and whether there is room."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

from contracts.event import Envelope, derived_id
from contracts.topics import DIRECTORY
from kit import outbox
from kit.mongo import Database, Document, Session
from kit.telemetry import carried
from pymongo import ASCENDING, UpdateOne

from network.access import Scope
from network.book import Book, Saved
from network.clock import SOURCE, now
from network.directory.documents import (
    PLACE,
    WHOLE_COUNTY,
    Looked,
    Sought,
    alike,
    beyond,
    document_of,
    entry_from,
    keys_of,
    on_day,
    query_of,
    rank_of,
    ranked,
    services_of,
    within,
)
from network.directory.domain.entry import Entry, Refused
from network.directory.domain.events import described

BY_NAME = [("content.name", ASCENDING), ("_id", ASCENDING)]

Work = Callable[[str, Entry | None], Entry]
"""From what is known under an id, None for nothing, to what it is then; must be repeatable. Raises Refused."""


class Refusals(Exception):
    """Everything that stands in the way of a change of several entries; nothing was changed."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(*(each.code for each in refused))
        self.refused = tuple(refused)


class Directory:
    """The entries of this service's database, each with the event that tells how it is now."""

    def __init__(self, book: Book, database: Database) -> None:
        self._book = book
        self._shelf = book.shelf(database["directory"], DIRECTORY)
        self._entries = self._shelf.collection
        self._units = database["directory_units"]

    async def prepare(self) -> None:
        await self._entries.create_index([("county", ASCENDING), ("content.services.service", ASCENDING), *BY_NAME])
        await self._entries.create_index([("county", ASCENDING), *BY_NAME])
        await self._entries.create_index([("county", ASCENDING), ("keys", ASCENDING), *BY_NAME])
        await self._entries.create_index([("county", ASCENDING), ("assured_at", ASCENDING)])
        waiting = [("unlooked", ASCENDING), ("county", ASCENDING), *BY_NAME]
        await self._entries.create_index(waiting, partialFilterExpression={"unlooked": True})
        await self._entries.create_index("content.unit")
        public = [("shown.kind", ASCENDING), ("shown.name", ASCENDING), ("_id", ASCENDING)]
        await self._entries.create_index(public, partialFilterExpression={"shown.kind": {"$exists": True}})
        async for stored in self._entries.find({"unlooked": {"$exists": False}}, {"_id": 1}):
            await self._bring_up(stored["_id"])

    async def get(self, id: str) -> Entry | None:
        document = await self._entries.find_one({"_id": id})
        return entry_from(document) if document else None

    async def of_unit(self, unit: str) -> Entry | None:
        """The entry of a unit, where it has one."""
        document = await self._entries.find_one({"content.unit": unit, "withdrawn": False})
        return entry_from(document) if document else None

    async def names(self, units: Sequence[str]) -> Mapping[str, str]:
        """What the providers of these units are called."""
        found = self._entries.find({"content.unit": {"$in": list(units)}}, {"content.name": 1, "content.unit": 1})
        return {each["content"]["unit"]: each["content"]["name"] async for each in found}

    async def change(self, ids: Sequence[str], work: Work, *, at: datetime) -> list[tuple[Entry | None, Entry]]:
        """Each entry before and after `work`, all in one transaction, or nothing. Raises Refusals."""
        done: list[tuple[Entry | None, Entry]] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            known = await self._known(ids, session)
            done[:] = _worked(ids, known, work)
            await self._must_be_free([after for before, after in done if after.claims(before)], session)
            changed = [after for before, after in done if after is not before]
            return [await self._write(changed, at, session)]

        await self._book.change(attempt)
        return done

    async def find(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> list[Entry]:
        """Entries in the order of their names, from beyond the entry `after`."""
        query = query_of(scope, sought)
        # What was confirmed or looked at since may not be among the sought any more, and still is where a page ended.
        if after and (last := await self._entries.find_one(within(scope, sought) | {"_id": after}, PLACE)):
            query["$and"].append(beyond(last))
        found = self._entries.find(query).sort(BY_NAME).limit(limit)
        return [entry_from(document) async for document in found]

    async def nearest(
        self, scope: Scope, sought: Sought, townships: Sequence[str], after: str | None, limit: int
    ) -> list[tuple[str, Entry]]:
        """Entries by where they are: those of the first of these townships, then of the next, each in the order of
        names and with its township; from beyond the entry `after`.
        """
        last = await self._entries.find_one(within(scope, sought) | {"_id": after}, PLACE) if after else None
        begins = rank_of(last["keys"], sought, townships) if last else 0
        found: list[tuple[str, Entry]] = []
        for rank in range(begins, len(townships)):
            mine, nearer = keys_of(sought, townships[rank : rank + 1]), keys_of(sought, townships[:rank])
            query = query_of(scope, sought) | {"keys": {"$in": mine, "$nin": nearer}}
            if last and rank == begins:
                query["$and"].append(beyond(last))
            page = self._entries.find(query).sort(BY_NAME).limit(limit - len(found))
            found += [(townships[rank], entry_from(document)) async for document in page]
            if len(found) == limit:
                break
        return found

    async def by_township(self, scope: Scope, sought: Sought) -> dict[str, int]:
        """How many entries can be met in each township; under "" those that can be met in none that was said."""
        pipeline: list[Document] = [
            {"$match": query_of(scope, sought)}, {"$project": {"keys": 1}}, {"$unwind": "$keys"},
            {"$project": {"at": {"$split": ["$keys", "|"]}}},
            {"$match": {"at.0": {"$in": list(services_of(sought))}}},
            {"$group": {"_id": {"id": "$_id", "town": {"$arrayElemAt": ["$at", 1]}}}},
            {"$group": {"_id": "$_id.town", "count": {"$sum": 1}}},
        ]  # fmt: skip
        return {each["_id"]: each["count"] async for each in self._entries.aggregate(pipeline)}

    async def for_all(self, looked: Looked, after: str | None, limit: int) -> list[Entry]:
        """What the public may see, in the order of names, from beyond the entry `after`."""
        query: Document = {"shown.kind": {"$in": list(looked.kinds)}, "$and": list(on_day(looked.on, "shown"))}
        query |= {"county": {"$in": list(looked.counties)}} if looked.counties else {}
        query |= {"shown.towns": {"$in": [looked.township, *WHOLE_COUNTY]}} if looked.township else {}
        # It may be shown as another kind or in another place since; what is not shown says nothing, by no place either.
        shown = {"_id": after, "shown.kind": {"$exists": True}}
        if after and (last := await self._entries.find_one(shown, {"shown.name": 1})):
            query["$and"].append(beyond(last, "shown"))
        found = self._entries.find(query).sort([("shown.name", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [entry_from(document) async for document in found]

    async def every(self, scope: Scope, sought: Sought) -> AsyncIterator[Entry]:
        """All entries that are sought, to the last one, in the order of their names."""
        found = self._entries.find(query_of(scope, sought)).sort(BY_NAME)
        async for document in found:
            yield entry_from(document)

    async def count(self, scope: Scope, sought: Sought, most: int) -> int:
        """How many are sought, counted no further than `most`."""
        return await self._entries.count_documents(query_of(scope, sought), limit=most)

    async def offering(self, scope: Scope, sought: Sought, stale_before: datetime, limit: int) -> list[Entry]:
        """Who offers one service, the best first: with room that was said, for the township alone, confirmed lately."""
        pipeline: list[Document] = [
            {"$match": query_of(scope, sought)}, {"$set": {"alike": alike(sought)}},
            {"$set": {"rank": ranked(sought, stale_before)}},
            {"$sort": {"rank": ASCENDING, **dict(BY_NAME)}}, {"$limit": limit},
        ]  # fmt: skip
        return [entry_from(document) async for document in self._entries.aggregate(pipeline)]

    async def _known(self, ids: Sequence[str], session: Session) -> dict[str, Entry]:
        found = self._entries.find({"_id": {"$in": list(ids)}}, session=session)
        return {document["_id"]: entry_from(document) async for document in found}

    async def _must_be_free(self, claiming: Sequence[Entry], session: Session) -> None:
        """Two that take one unit at the same time meet at its document, and the later one sees who has it.

        Raises Refusals.
        """
        units = {each.content.unit: each.id for each in reversed(claiming)}
        touches = [UpdateOne({"_id": each}, {"$inc": {"touches": 1}}, upsert=True) for each in sorted(units)]
        if touches:
            await self._units.bulk_write(touches, session=session)
        held = {"content.unit": {"$in": list(units)}, "withdrawn": False, "_id": {"$nin": [e.id for e in claiming]}}
        async for each in self._entries.find(held, {"content.unit": 1}, session=session):
            units[each["content"]["unit"]] = each["_id"]
        _must_be_none([
            Refused("unit_taken", each.id, by) for each in claiming if (by := units[each.content.unit]) != each.id
        ])  # fmt: skip

    async def _write(self, changed: Sequence[Entry], at: datetime, session: Session) -> Saved:
        # An earlier description that is still on its way out must not be the last that Kafka keeps.
        ids = [each.id for each in changed]
        await self._entries.update_many({"_id": {"$in": ids}}, {"$set": {outbox.FIELD: []}}, session=session)
        events = [_envelope(each, at) for each in changed]
        return await self._shelf.write(map(document_of, changed), events, at=at, session=session)

    async def _bring_up(self, id: str) -> None:
        """An entry of an earlier release, which told nobody and is found by no distance."""

        async def attempt(session: Session) -> Sequence[Saved]:
            known = await self._known([id], session)
            return [await self._write(list(known.values()), now(), session)]

        await self._book.change(attempt)


def _worked(ids: Sequence[str], known: Mapping[str, Entry], work: Work) -> list[tuple[Entry | None, Entry]]:
    done, refused = list[tuple[Entry | None, Entry]](), list[Refused]()
    for id in ids:
        try:
            done.append((known.get(id), work(id, known.get(id))))
        except Refused as error:
            refused.append(error)
    _must_be_none(refused)
    return done


def _must_be_none(refused: Sequence[Refused]) -> None:
    if refused:
        raise Refusals(refused)


def _envelope(entry: Entry, at: datetime) -> Envelope:
    id = derived_id("network", entry.id, f"described:{entry.version}")
    return Envelope.of(described(entry), id=id, source=SOURCE, time=at, trace=carried())
