"""Questions in MongoDB: each on record before it is answered; limits, marks, who is guarded and who is cut off."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.event import BlindIndex, Sealed
from kit.mongo import Database, Document, insert_new
from kit.paging import Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, ReturnDocument

from network.access import EVERYWHERE, Scope
from network.sealing import Coded
from network.signals.domain.answer import Mark
from network.signals.domain.asking import Asking
from network.signals.domain.curiosity import Guarded

_ASKING, _MARK, _GUARDED = TypeAdapter(Asking), TypeAdapter(Mark), TypeAdapter(Guarded)
_LATEST = Order("at", descending=True)
MOST = 500


@dataclass(frozen=True)
class Cut:
    """An asker who is answered no more, since when, by whom and why."""

    asker: str
    at: datetime
    by: str
    reason: str
    note: Sealed | None = None


class Askings:
    """The record of questions of this service's database."""

    def __init__(self, database: Database) -> None:
        self._askings, self._counts = database["askings"], database["asking_counts"]
        self._marks, self._guarded, self._cuts = database["marks"], database["guarded"], database["asking_cuts"]

    async def prepare(self) -> None:
        await self._askings.create_index([("counties", 1), *_LATEST.sort])
        await self._askings.create_index([("asker_id", ASCENDING), ("at", DESCENDING)])
        await self._askings.create_index([("about", ASCENDING), ("at", DESCENDING)])
        untold = {"told": False}
        await self._askings.create_index("told", partialFilterExpression=untold, name="untold")
        await self._counts.create_index("over_at", expireAfterSeconds=0)
        await self._marks.create_index("case_id")
        await self._guarded.create_index("keys")

    async def count(self, id: str, at: datetime) -> tuple[int, int]:
        """How often somebody has asked in this hour and on this day, this question among them."""
        hour = await self._counted(f"{id} {at:%Y-%m-%dT%H}", at + timedelta(hours=2))
        return hour, await self._counted(f"{id} {at:%Y-%m-%d}", at + timedelta(days=2))

    async def _counted(self, id: str, over_at: datetime) -> int:
        change = {"$inc": {"count": 1}, "$setOnInsert": {"over_at": over_at}}
        found = await self._counts.find_one_and_update(
            {"_id": id}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["count"]) if found else 1

    async def note(self, asking: Asking) -> bool:
        """Kept before it is answered; whether it is new."""
        return not await insert_new(self._askings, [_document(asking)])

    async def get(self, id: str) -> Asking | None:
        document = await self._askings.find_one({"_id": id})
        return _asking(document) if document else None

    async def answered_about(self, keys: Collection[BlindIndex], since: datetime) -> int:
        """How often the same person was asked for since then and answered."""
        query = {"about": {"$in": sorted(keys)}, "at": {"$gte": since}, "refused": None}
        return await self._askings.count_documents(query)

    async def about(self, keys: Collection[BlindIndex], since: datetime) -> list[Asking]:
        return await self._found({"about": {"$in": sorted(keys)}, "at": {"$gte": since}, "refused": None})

    async def by(self, asker: str, since: datetime | None = None) -> list[Asking]:
        """What an asker was told, the last first."""
        query: Document = {"asker_id": asker} | ({"at": {"$gte": since}} if since else {})
        return await self._found(query)

    async def latest(self, scope: Scope, after: str | None, limit: int, *, alarming: bool) -> Page[Asking]:
        """The last questions of a scope's askers or about its families, from beyond the place `after`."""
        query = _within(scope) | ({"alarms": {"$ne": []}} if alarming else {})
        found, following = await _LATEST.page(self._askings, query, after, limit, _asking)
        return seen(found, scope), following

    async def seen_by(self, scope: Scope, id: str) -> Asking | None:
        document = await self._askings.find_one(_within(scope) | {"_id": id})
        return _asking(document) if document else None

    async def untold(self, limit: int) -> list[Asking]:
        """Those of which nobody has heard yet, the first first."""
        found = self._askings.find({"told": False}).sort("at", ASCENDING).limit(limit)
        return [_asking(document) async for document in found]

    async def tell(self, id: str, alarms: Sequence[str]) -> None:
        await self._askings.update_one({"_id": id}, {"$set": {"told": True, "alarms": list(alarms)}})

    async def was_new(self, id: str, new: bool) -> None:
        await self._askings.update_one({"_id": id}, {"$set": {"new_to_me": new}})

    async def add_mark(self, mark: Mark) -> Mark:
        """The mark; the one that is there under its id stays."""
        document: Document = _MARK.dump_python(mark)
        await insert_new(self._marks, [{"_id": document.pop("id"), **document}])
        return await self.mark(mark.id) or mark

    async def mark(self, id: str) -> Mark | None:
        document = await self._marks.find_one({"_id": id})
        return _mark(document) if document else None

    async def end_mark(self, mark: Mark, by: str, why: Coded, at: datetime) -> Mark:
        ended = {"ended_at": at, "ended_by": by, "reason": why.code, "note": why.words}
        await self._marks.update_one({"_id": mark.id, "ended_at": None}, {"$set": ended})
        return await self.mark(mark.id) or mark

    async def marks_of(self, cases: Collection[str]) -> list[Mark]:
        found = self._marks.find({"case_id": {"$in": sorted(cases)}}).sort("since", ASCENDING)
        return [_mark(document) async for document in found]

    async def guard(self, guarded: Guarded) -> None:
        document: Document = _GUARDED.dump_python(guarded)
        await self._guarded.replace_one({"_id": guarded.id}, {"_id": document.pop("id"), **document}, upsert=True)

    async def guarded_by(self, keys: Collection[BlindIndex]) -> list[Guarded]:
        found = self._guarded.find({"keys": {"$in": sorted(keys)}})
        return [_GUARDED.validate_python({**each, "id": each["_id"]}) async for each in found]

    async def cut(self, cut: Cut) -> None:
        document = {"_id": cut.asker, "at": cut.at, "by": cut.by, "reason": cut.reason, "note": cut.note}
        await self._cuts.replace_one({"_id": cut.asker}, document, upsert=True)

    async def restore(self, asker: str) -> None:
        await self._cuts.delete_one({"_id": asker})

    async def is_cut(self, askers: Collection[str]) -> bool:
        return await self._cuts.find_one({"_id": {"$in": sorted(askers)}}, {"_id": 1}) is not None

    async def cuts(self, askers: Collection[str]) -> frozenset[str]:
        """Those of these who are answered no more."""
        return frozenset([each["_id"] async for each in self._cuts.find({"_id": {"$in": sorted(askers)}}, {"_id": 1})])

    async def _found(self, query: Document) -> list[Asking]:
        found = self._askings.find(query).sort(_LATEST.sort).limit(MOST)
        return [_asking(document) async for document in found]


def _within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"counties": {"$in": sorted(scope.counties)}}
    return query | ({"units": {"$in": sorted(scope.units)}} if scope.units else {})


def _document(asking: Asking) -> Document:
    document: Document = _ASKING.dump_python(asking)
    return {
        "_id": document.pop("id"), **document, "asker_id": asking.asker.id,
        "counties": sorted({asking.county, *(each.county for each in asking.cases)}),
        "units": sorted({asking.asker.unit, *(unit for each in asking.cases for unit in (each.unit, *each.units))}),
    }  # fmt: skip


def _asking(document: Document) -> Asking:
    return _ASKING.validate_python({**document, "id": document["_id"]})


def _mark(document: Document) -> Mark:
    return _MARK.validate_python({**document, "id": document["_id"]})


def seen(askings: Sequence[Asking], scope: Scope) -> list[Asking]:
    """The questions without cases that are none of a scope's: whose they are is not told to who only has the asker."""

    def mine(asking: Asking) -> Asking:
        return replace(asking, cases=tuple(each for each in asking.cases if scope.covers(each.county, each.units)))

    return [mine(each) for each in askings]
