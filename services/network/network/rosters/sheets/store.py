"""Sheets of villages in MongoDB, each with what civil affairs owes of it."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from kit.mongo import Collection as Documents
from kit.mongo import Database, Document, Session, upsert
from kit.paging import Order, Page
from pydantic import TypeAdapter

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.rosters.answering import answering
from network.rosters.domain.household import HouseholdId
from network.rosters.domain.owing import SCREENED, settled
from network.rosters.sheets.sheet import Sheet, SheetId, owed
from network.tasks.store import Tasks

_SHEET = TypeAdapter(Sheet)
_FIRST_MADE = Order("made_at")
Work = Callable[[Sheet], Awaitable[Sheet]]


class Sheets:
    """The sheets of this service's database. A household is on one sheet at most: the index decides."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._sheets: Documents = database["village_sheets"]
        self._tasks = tasks

    async def prepare(self) -> None:
        await self._sheets.create_index("households", unique=True)
        await self._sheets.create_index([("county", 1), *_FIRST_MADE.sort])

    async def listed(self, households: Collection[HouseholdId], session: Session | None = None) -> set[str]:
        """Those of these households that are on a sheet already."""
        found = self._sheets.find({"households": {"$in": sorted(households)}}, {"households": 1}, session=session)
        return {id async for each in found for id in each["households"]}

    async def add(self, sheets: Sequence[Sheet], *, by: str, at: datetime) -> list[Sheet]:
        """New sheets, without what somebody else has put on one meanwhile; an empty one is none."""
        made: list[Sheet] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            there = await self.listed([id for each in sheets for id in each.households], session)
            left = [_without(each, there) for each in sheets]
            made[:] = [each for each in left if each.households]
            return await self._write(made, by=by, at=at, session=session) if made else ()

        await self._book.change(attempt)
        return made

    async def change(self, id: SheetId, work: Work, *, by: str, at: datetime) -> Sheet:
        """One step with what is owed then. What `work` raises changes nothing; KeyError for no such sheet."""
        done: list[Sheet] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            document = await self._sheets.find_one({"_id": id}, session=session)
            if document is None:
                raise KeyError(id)
            done[:] = [await work(_sheet(document))]
            return await self._write(done, by=by, at=at, session=session)

        await self._book.change(attempt)
        return done[0]

    async def get(self, id: str) -> Sheet | None:
        document = await self._sheets.find_one({"_id": id})
        return _sheet(document) if document else None

    async def find(self, scope: Scope, state: str | None, after: str | None, limit: int) -> Page[Sheet]:
        """Sheets of a scope, the first made first, from beyond the place `after`."""
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        query |= {"unit": {"$in": sorted(scope.units)}} if scope.units else {}
        query |= {"state": state} if state else {}
        return await _FIRST_MADE.page(self._sheets, query, after, limit, _sheet)

    async def _write(self, sheets: Sequence[Sheet], *, by: str, at: datetime, session: Session) -> Sequence[Saved]:
        known = await self._tasks.because_of_all([each.id for each in sheets], session)
        terms = answering()
        tasks = []
        for each in sheets:
            own = [task for task in known if task.because.id == each.id]
            tasks += settled(own, owed(each, terms.tell_within, terms.hear_within), by=by, at=at, why=SCREENED)
        await upsert(self._sheets, [(_document(each), {}) for each in sheets], session)
        return [await self._tasks.write(tasks, at=at, session=session)]


def _without(sheet: Sheet, there: set[str]) -> Sheet:
    return replace(sheet, households=tuple(each for each in sheet.households if each not in there))


def _document(sheet: Sheet) -> Document:
    document: Document = _SHEET.dump_python(sheet)
    return {"_id": document.pop("id"), **document, "state": sheet.state}


def _sheet(document: Document) -> Sheet:
    return _SHEET.validate_python({**document, "id": document["_id"]})
