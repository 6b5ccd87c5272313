"""Records in MongoDB: one collection, one document a record; a correction and what it replaces change together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit.mongo import Database, Document, Session, upsert
from kit.paging import Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING

from network.access import EVERYWHERE, Scope
from network.activities.domain.record import Record, Withdrawn
from network.book import Book, Saved

_RECORD = TypeAdapter(Record)
_LATEST = Order("at", descending=True)


class Gone(Exception):
    """It was corrected or withdrawn before: what stands now is another record, or none."""


class Records:
    """The records of this service's database."""

    def __init__(self, book: Book, database: Database) -> None:
        self._book = book
        self._records = database["records"]

    async def prepare(self) -> None:
        await self._records.create_index([("county", 1), ("what.of", 1), ("year", 1), *_LATEST.sort])
        await self._records.create_index([("county", 1), *_LATEST.sort])

    async def get(self, id: str) -> Record | None:
        document = await self._records.find_one({"_id": id})
        return _record(document) if document else None

    async def add(self, record: Record) -> Record:
        """A new record; the one that is there under its id stays."""
        await self._records.update_one({"_id": record.id}, {"$setOnInsert": _document(record)}, upsert=True)
        return await self.get(record.id) or record

    async def correct(self, record: Record) -> Record:
        """A record in the place of the one that it corrects. Raises Gone."""

        async def work(session: Session) -> Sequence[Saved]:
            before = await self._records.find_one({"_id": record.corrects}, session=session)
            if before is None or not (old := _record(before)).holds:
                if before is None or _record(before).replaced_by != record.id:
                    raise Gone
                return ()
            changed = [record, replace(old, replaced_by=record.id)]
            await upsert(self._records, [(_document(each), {}) for each in changed], session)
            return ()

        await self._book.change(work)
        return await self.get(record.id) or record

    async def withdraw(self, id: str, withdrawn: Withdrawn) -> Record:
        """Raises Gone for what somebody else withdrew, or was corrected."""
        told = TypeAdapter(Withdrawn).dump_python(withdrawn)
        await self._records.update_one(
            {"_id": id, "replaced_by": None, "withdrawn": None}, {"$set": {"withdrawn": told, "holds": False}}
        )
        found = await self.get(id)
        if found is None or found.withdrawn is None or found.withdrawn.by != withdrawn.by:
            raise Gone
        return found

    async def find(
        self, scope: Scope, sought: Mapping[str, str | int | None], after: str | None, limit: int
    ) -> Page[Record]:
        """Records of a scope that hold and say all this, the last recorded first, from beyond the place `after`."""
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        query |= {"unit": {"$in": sorted(scope.units)}} if scope.units else {}
        query |= {name: value for name, value in sought.items() if value}
        query["holds"] = True
        return await _LATEST.page(self._records, query, after, limit, _record)

    async def standing(self, county: str, of: str, years: Sequence[int] = ()) -> list[Record]:
        """Every record of a county that holds, of one kind and of some years or all, the first recorded first."""
        query: Document = {"county": county, "what.of": of, "holds": True}
        query |= {"year": {"$in": list(years)}} if years else {}
        found = self._records.find(query).sort([("at", ASCENDING), ("_id", ASCENDING)])
        return [_record(document) async for document in found]


def _document(record: Record) -> Document:
    document: Document = _RECORD.dump_python(record)
    return {"_id": document.pop("id"), **document, "year": record.year, "holds": record.holds}


def _record(document: Document) -> Record:
    return _RECORD.validate_python({**document, "id": document["_id"]})
