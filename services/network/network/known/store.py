"""Where people are known, in MongoDB: written in the transaction of the source, looked up by keys."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import TypeVar

from contracts.event import BlindIndex, Sealed
from kit.mongo import Collection as Kept
from kit.mongo import Database, Document, Session, insert_or_update
from kit.problems import SOON, Unavailable
from kit.sealed import KeyVault
from pydantic import TypeAdapter
from pymongo import ASCENDING, ReplaceOne

from network.book import Book, Saved
from network.known.entry import Kind, Known, id_of

_KNOWN = TypeAdapter(Known)
_FIELDS = tuple(each.name for each in fields(Known))
BATCH = 500
_PEOPLE = {"$cond": [{"$eq": [{"$type": "$township"}, "string"]}, [], "$people"]}
_TO_COUNT: Document = dict.fromkeys(_FIELDS, 1) | {"people": _PEOPLE}
FORM = 2
"""What entries tell of their sources. Where it is raised every entry is written again before the service serves."""
Item = TypeVar("Item")


@dataclass(frozen=True)
class Source:
    """Documents that make people known: of which kind, and the entry that follows from one of them, if any does."""

    kind: Kind
    documents: Kept
    entry: Callable[[Document], Known | None]

    async def ids(self) -> AsyncIterator[str]:
        async for document in self.documents.find({}, {"_id": 1}).sort("_id", ASCENDING).batch_size(BATCH):
            yield document["_id"]

    async def entries(self, ids: Collection[str], session: Session) -> list[Known]:
        found = self.documents.find({"_id": {"$in": sorted(ids)}}, session=session)
        return [entry async for document in found if (entry := self.entry(document))]


class Whereabouts:
    """The index of this service's database: person key -> where this person is known."""

    def __init__(self, database: Database) -> None:
        self._known: Kept = database["known"]
        self._state: Kept = database["known_state"]
        self._is_whole = False

    async def prepare(self) -> None:
        for field in ("any_key", "homes", "phones", "within"):
            await self._known.create_index([(field, ASCENDING)])
        await self._known.create_index([("county", ASCENDING), ("since", ASCENDING)])

    async def write(self, entries: Iterable[Known | None], gone: Collection[str], session: Session) -> None:
        """What sources have become, inside their transaction; `gone` are ids of entries that are no more."""
        kept = [each for each in entries if each]
        out = set(gone) - {each.id for each in kept}
        documents = [document_of(each) for each in kept]
        replaced = [(each, ReplaceOne({"_id": each["_id"]}, each, upsert=True)) for each in documents]
        await insert_or_update(self._known, replaced, session)
        if out:
            await self._known.delete_many({"_id": {"$in": sorted(out)}}, session=session)

    async def of_keys(self, keys: Collection[BlindIndex], limit: int) -> list[Known]:
        """Where anybody is known under any of these keys."""
        return await self._found({"any_key": {"$in": sorted(keys)}}, limit) if keys else []

    async def keys_of(self, key: BlindIndex, session: Session | None = None) -> frozenset[BlindIndex]:
        """Every key of whoever is known under one, that one with them."""
        found = self._known.find({"any_key": key}, session=session)
        named = [person async for each in found for person in _entry(each).named([key])]
        return frozenset(other for each in named for other in each.keys) | {key}

    async def naming(
        self, county: str, keys: Collection[BlindIndex], kinds: Collection[Kind], session: Session
    ) -> list[Known]:
        """The entries of some kinds of a county that name somebody under one of these keys, as a transaction finds
        them."""
        query: Document = {"any_key": {"$in": sorted(keys)}, "county": county, "kind": {"$in": sorted(kinds)}}
        return [_entry(each) async for each in self._known.find(query, session=session)] if keys else []

    async def sharing(self, field: str, values: Collection[BlindIndex], limit: int) -> list[Known]:
        """Where somebody has one of these `homes` or `phones`."""
        return await self._found({field: {"$in": sorted(values)}}, limit) if values else []

    async def parts_of(self, ids: Collection[str], limit: int) -> list[Known]:
        """The entries of these ids, and everything that is a part of them."""
        return await self._found({"within": {"$in": sorted(ids)}}, limit) if ids else []

    async def whereof(
        self, keys: Collection[BlindIndex], parts_of: Collection[str], kinds: Collection[Kind], limit: int = 0,
        *, open_in: str | None = None,
    ) -> list[Known]:  # fmt: skip
        """The entries of some kinds under any of these keys, and those that are a part of any of these ids; where a
        county is named, only what is open there. 0 is no limit."""
        asked = (("any_key", keys), ("within", parts_of))
        either = [{field: {"$in": sorted(values)}} for field, values in asked if values]
        still: Document = {"county": open_in, "until": None} if open_in else {}
        return await self._found({"$or": either, "kind": {"$in": sorted(kinds)}} | still, limit) if either else []

    async def holders(
        self, field: str, values: Iterable[BlindIndex], most: int, kinds: Collection[Kind] = ()
    ) -> Mapping[BlindIndex, int]:
        """By how many entries (of these kinds) each value is held, counted no further than one above `most`."""
        counts: dict[BlindIndex, int] = {}
        of_kinds: Document = {"kind": {"$in": sorted(kinds)}} if kinds else {}
        for value in sorted(set(values)):
            counts[value] = await self._known.count_documents({field: value} | of_kinds, limit=most + 1)
        return counts

    async def counties(self) -> list[str]:
        """The counties in which anybody is known."""
        return sorted(await self._known.distinct("county"))

    async def began(self, county: str) -> datetime | None:
        """Since when anybody is known in a county."""
        first = await self._known.find_one({"county": county}, {"since": 1}, sort=[("since", ASCENDING)])
        return first["since"] if first else None

    async def since(
        self,
        county: str,
        times: Sequence[tuple[datetime, datetime]],
        kinds: Collection[Kind],
        *,
        to_count: bool = False,
    ) -> AsyncIterator[list[Known]]:
        """Entries of these kinds of a county that began within one of these times, each end left out, in batches: all
        of them are more than a process has memory for.

        `to_count`: without the people of those that say where by themselves, which are most of what is read.
        """
        spans = [{"since": {"$gte": first, "$lt": end}} for first, end in times]
        query: Document = {"county": county, "kind": {"$in": sorted(kinds)}, "$or": spans}
        async for batch in _batches(self._known.find(query, _TO_COUNT if to_count else None).batch_size(BATCH)):
            yield [_entry(document) for document in batch]

    async def named(self, ids: Sequence[str]) -> list[Known]:
        """The entries of these ids."""
        return await self._read({"_id": {"$in": list(ids)}}, limit=0)

    async def places_of(self, county: str, ids: Collection[str], keys: Collection[BlindIndex]) -> list[Known]:
        """The entries of a county that say where, of these ids or of people under these keys."""
        found: dict[str, Known] = {}
        for field, values in (("_id", sorted(ids)), ("any_key", sorted(keys))):
            for first in range(0, len(values), BATCH):
                query: Document = {field: {"$in": values[first : first + BATCH]}}
                at = self._known.find(query | {"county": county, "township": {"$type": "string"}})
                found |= {each["_id"]: _entry(each) async for each in at}
        return list(found.values())

    async def form(self) -> int:
        """What its entries tell of their sources; 0 until every source was read to its end once."""
        state = await self._state.find_one({"_id": "whole"})
        return int(state["form"]) if state else 0

    async def catch_up(self, sources: Sequence[Source], book: Book) -> None:
        """Every source that an earlier release took in; begun again where it was interrupted."""
        if await self.form() < FORM:
            await self.rebuild(sources, book)
            await self._state.update_one({"_id": "whole"}, {"$max": {"form": FORM}}, upsert=True)

    async def every(self) -> AsyncIterator[Known]:
        async for document in self._known.find().sort("_id", ASCENDING).batch_size(BATCH):
            yield _entry(document)

    async def rebuild(self, sources: Sequence[Source], book: Book) -> int:
        """Write every entry again from its source, and take out those without one; how many sources were read.

        Each batch is one transaction, so a source that changes meanwhile wins: the result is what its own writes made.
        """
        read = 0
        for source in sources:
            for ids in (source.ids(), self._sources_of(source.kind)):
                async for batch in _batches(ids):
                    read += len(batch)
                    await book.change(partial(self._write_again, source, batch))
        return read

    async def _write_again(self, source: Source, ids: Sequence[str], session: Session) -> Sequence[Saved]:
        await self.write(await source.entries(ids, session), [id_of(source.kind, each) for each in ids], session)
        return ()

    async def _sources_of(self, kind: Kind) -> AsyncIterator[str]:
        async for document in self._known.find({"kind": kind}, {"source": 1}).sort("_id", ASCENDING):
            yield document["source"]

    async def forget(self, vault: KeyVault, book: Book, after: str = "") -> str:
        """Take out whom nobody can read any more, of the first entries beyond `after`; where the next ones begin, empty
        at the end. Nobody is answered by them meanwhile: whoever reads asks the vault.

        One transaction: what a source became between reading and writing is not written over.
        """
        following = ""

        async def attempt(session: Session) -> Sequence[Saved]:
            nonlocal following
            batch = await self._read({"_id": {"$gt": after}}, BATCH, session)
            standing = await still_known(batch, vault)
            changed = [now for before, now in zip(batch, standing, strict=True) if before != now]
            await self.write([each for each in changed if each.people], [each.id for each in changed], session)
            following = batch[-1].id if len(batch) == BATCH else ""
            return ()

        await book.change(attempt)
        return following

    async def _found(self, query: Document, limit: int) -> list[Known]:
        """Raises Unavailable while sources are still read: what is not there yet is no answer."""
        self._is_whole = self._is_whole or await self.form() > 0
        if not self._is_whole:
            raise Unavailable(
                "Where people are known is still gathered: ask again, or call the duty desk.",
                "人員索引建置中，尚無法查詢：請稍後再查，或洽值班單位。",
                headers=SOON,
            )
        return await self._read(query, limit)

    async def _read(self, query: Document, limit: int, session: Session | None = None) -> list[Known]:
        found = self._known.find(query, session=session).sort("_id", ASCENDING).limit(limit)
        return [_entry(document) async for document in found]


async def still_known(entries: Sequence[Known], vault: KeyVault) -> list[Known]:
    """The entries without those whose data keys were destroyed: one read of the vault for all."""
    wanted = frozenset(key for each in entries for key in each.data_keys)
    destroyed = wanted - await vault.standing(map(Sealed, wanted)) if wanted else frozenset[str]()
    return [each.without(destroyed) for each in entries] if destroyed else list(entries)


async def _batches(each: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    batch: list[Item] = []
    async for item in each:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def document_of(entry: Known) -> Document:
    document: Document = _KNOWN.dump_python(entry)
    return {
        "_id": entry.id, **document, "any_key": sorted(entry.all_keys),
        "homes": sorted({home for each in entry.people for home in each.homes}),
        "phones": sorted({phone for each in entry.people for phone in each.phones}),
    }  # fmt: skip


def _entry(document: Document) -> Known:
    return _KNOWN.validate_python({name: document[name] for name in _FIELDS if name in document})
