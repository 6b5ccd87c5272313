"""Contacts in MongoDB: written with the case that they belong to, read by it, by their worker and by their ids."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from kit.mongo import Database, Document, Session, drop_index
from kit.paging import Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING

from network.cases.domain.case import Case
from network.cases.domain.contact import Contact

_CONTACT = TypeAdapter(Contact)
_AROUND = timedelta(days=1)
_LATEST = Order("at", descending=True)
MOST = 500
"""No page and no answer has more contacts of a case; it says so where there are."""


class Contacts:
    """The contacts of this service's database."""

    def __init__(self, database: Database) -> None:
        self._contacts = database["contacts"]

    async def prepare(self) -> None:
        await self._contacts.create_index([("case_id", ASCENDING), *_LATEST.sort])
        await drop_index(self._contacts, "case_id_1_at_-1")
        await self._contacts.create_index([("by", ASCENDING), ("at", DESCENDING)])

    async def add(self, contacts: Sequence[Contact], session: Session) -> None:
        if contacts:
            await self._contacts.insert_many([_document(each) for each in contacts], session=session)

    async def within(
        self, cases: Sequence[str], worker: str | None, around: datetime | None, session: Session
    ) -> list[Contact]:
        """Those of cases, and of a worker on the days around a time, as a transaction sees them."""
        either: list[Document] = [{"case_id": {"$in": list(cases)}}] if cases else []
        if worker and around:
            either.append({"by": worker, "at": {"$gte": around - _AROUND, "$lte": around + _AROUND}})
        found = self._contacts.find({"$or": either}, session=session) if either else None
        return [_contact(each) async for each in found] if found else []

    async def get(self, id: str) -> Contact:
        """A contact that was recorded. Raises LookupError."""
        document = await self._contacts.find_one({"_id": id})
        if document is None:
            raise LookupError(id)
        return _contact(document)

    async def with_addresses(self, ids: Iterable[str]) -> list[Contact]:
        """The contacts of these ids, and those whose addresses they name."""
        named = set(ids)
        found = await self._all(named)
        return [
            *found,
            *await self._all({each.address.id for each in found if each.address and each.address.id} - named),
        ]

    async def in_case(self, case: Case, id: str) -> Contact | None:
        """A contact of a case, or of one that is part of it."""
        document = await self._contacts.find_one({"_id": id, "case_id": {"$in": sorted(case.ids)}})
        return _contact(document) if document else None

    async def of(self, case: Case, after: str | None = None) -> Page[Contact]:
        """The last `MOST` of a case and of those that are part of it, the last first, from beyond the place `after`."""
        query = {"case_id": {"$in": sorted(case.ids)}}
        return await _LATEST.page(self._contacts, query, after, MOST, _contact)

    async def _all(self, ids: Iterable[str]) -> list[Contact]:
        if not (wanted := sorted(ids)):
            return []
        return [_contact(each) async for each in self._contacts.find({"_id": {"$in": wanted}})]


def _document(contact: Contact) -> Document:
    document: Document = _CONTACT.dump_python(contact)
    return {"_id": document.pop("id"), **document}


def _contact(document: Document) -> Contact:
    return _CONTACT.validate_python({**document, "id": document["_id"]})
