"""Warnings in MongoDB, each with the task of who sent it; no event tells of one."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from contracts.roles import Caller
from kit.mongo import Database, Document, Session, drop_index
from kit.paging import Order, Page
from pydantic import TypeAdapter

from network.access import EVERYWHERE
from network.book import Book, Saved
from network.referrals.warnings.warning import HEAR_MEASURES, StaffWarning, heard, heard_by, owed
from network.tasks.store import Tasks

_WARNING = TypeAdapter(StaffWarning)
_LATEST = Order("sent_at", descending=True)


class Warnings:
    """The warnings of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._warnings = database["staff_warnings"]
        self._tasks = tasks

    async def prepare(self) -> None:
        for field in ("sent_by", "readers"):
            await self._warnings.create_index([(field, 1), *_LATEST.sort])
            await drop_index(self._warnings, f"{field}_1_sent_at_-1")

    async def get(self, id: str) -> StaffWarning | None:
        document = await self._warnings.find_one({"_id": id})
        return _warning(document) if document else None

    async def of(self, caller: Caller, after: str | None, limit: int) -> Page[StaffWarning]:
        """Those that somebody sent, may open, or waits for the answer of; the last sent first, from beyond `after`."""
        known_to = await self._tasks.named(HEAR_MEASURES, caller.units)
        waits = {task.because.id for task in known_to if heard_by(task, caller)}
        return await _LATEST.page(self._warnings, _mine(caller, waits), after, limit, _warning)

    async def awaits(self, warning: StaffWarning, caller: Caller) -> bool:
        """Whether the answer is this caller's to hear by now: who sent it left, and somebody has it in hand."""
        return any(heard_by(task, caller) for task in await self._tasks.because_of(warning.id))

    async def send(self, warning: StaffWarning) -> StaffWarning:
        """A new warning; the one that is there under its id stays."""

        async def work(session: Session) -> Sequence[Saved]:
            found = await self._warnings.find_one({"_id": warning.id}, session=session)
            if found:
                return ()
            await self._warnings.insert_one(_document(warning), session=session)
            return [await self._tasks.write([owed(warning)], at=warning.sent_at, session=session)]

        await self._book.change(work)
        return await self.get(warning.id) or warning

    async def read(self, id: str, by: str) -> None:
        """Keep that one of the two opened it."""
        await self._warnings.update_one({"_id": id}, {"$addToSet": {"read_by": by}})

    async def change(self, id: str, change: Callable[[StaffWarning], StaffWarning], at: datetime) -> StaffWarning:
        """The answer, with the task of who sent it settled. What `change` raises changes nothing."""
        after: list[StaffWarning] = []

        async def work(session: Session) -> Sequence[Saved]:
            found = await self._warnings.find_one({"_id": id}, session=session)
            assert found, "a warning is never deleted"
            after[:] = [change(_warning(found))]
            await self._warnings.replace_one({"_id": id}, _document(after[0]), session=session)
            tasks = await self._tasks.because_of(id, session)
            open_ = [heard(task, after[0]) for task in tasks if task.is_open and task.what == HEAR_MEASURES]
            return [await self._tasks.write(open_, at=at, session=session)]

        await self._book.change(work)
        return after[0]


def _mine(caller: Caller, waits: Collection[str]) -> Document:
    """Those that somebody sent, may open, or waits for the answer of (`waits`): as StaffWarning says it of one.

    Nothing is looked for among no units and no ids: MongoDB would read every letter of theirs to find that out.
    """
    here: Document = {} if EVERYWHERE in caller.counties else {"county": {"$in": sorted(caller.counties)}}
    either: list[Document] = [{"sent_by": caller.name}]
    either += [{"readers": caller.name, "to": {"$in": sorted(caller.units)}}] if caller.units else []
    either += [{"_id": {"$in": sorted(waits)}}] if waits else []
    return here | {"$or": either}


def _document(warning: StaffWarning) -> Document:
    document: Document = _WARNING.dump_python(warning)
    return {"_id": document.pop("id"), **document}


def _warning(document: Document) -> StaffWarning:
    return _WARNING.validate_python({**document, "id": document["_id"]})
