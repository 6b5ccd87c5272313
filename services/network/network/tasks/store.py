"""Tasks in MongoDB: written with what causes them, found by who owes them, told when they press."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from contracts.event import Envelope
from contracts.topics import TASKS
from kit.mongo import Collection as Kept
from kit.mongo import Database, Document, Session
from kit.paging import NEVER, Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING
from rules.calendars import WORKING_DAYS

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.tasks.domain.task import State, Task, TaskId, given, presses_at

_TASK = TypeAdapter(Task)
_FIRST_DUE = Order("due")


@dataclass(frozen=True)
class Wanted:
    """Which tasks are looked for; None where it does not matter. `unit` must be inside the scope."""

    unit: str | None = None
    person: str | None = None
    state: str | None = "open"
    due_before: datetime | None = None


class Tasks:
    """The ledger of what is owed."""

    def __init__(self, book: Book, database: Database) -> None:
        self._book = book
        self._shelf = book.shelf(database["tasks"], TASKS)
        self._tasks: Kept = self._shelf.collection

    async def prepare(self) -> None:
        await self._tasks.create_index([("case_id", ASCENDING)])
        await self._tasks.create_index([("because.id", ASCENDING)])
        for field in ("unit", "person", "county"):
            await self._tasks.create_index([(field, 1), ("state", 1), *_FIRST_DUE.sort], name=field)
        worker = [(field, ASCENDING) for field in ("county", "state", "unit", "person")]
        await self._tasks.create_index(worker, name="worker")
        await self._tasks.create_index(
            "press_at", partialFilterExpression={"press_at": {"$type": "date"}}, name="pressing"
        )

    async def of_cases(self, ids: Iterable[str], session: Session | None = None) -> Mapping[str, tuple[Task, ...]]:
        """Every task of these cases, in the order in which they came."""
        found: dict[str, list[Task]] = defaultdict(list)
        async for document in self._tasks.find({"case_id": {"$in": list(ids)}}, session=session).sort(
            "since", ASCENDING
        ):
            found[document["case_id"]].append(_task(document))
        return {id: tuple(tasks) for id, tasks in found.items()}

    async def because_of(self, id: str, session: Session | None = None) -> tuple[Task, ...]:
        """Every task that one thing brought about, in the order in which they came."""
        return (await self.because_of_each([id], session)).get(id, ())

    async def because_of_each(
        self, ids: Sequence[str], session: Session | None = None
    ) -> Mapping[str, tuple[Task, ...]]:
        """Every task that each of these things brought about, in the order in which they came."""
        found: dict[str, tuple[Task, ...]] = {}
        query = {"because.id": {"$in": list(ids)}}
        async for document in self._tasks.find(query, session=session).sort("since", ASCENDING):
            task = _task(document)
            found[task.because.id] = (*found.get(task.because.id, ()), task)
        return found

    async def because_of_all(
        self, ids: Sequence[str], session: Session | None = None, *, ended: bool = False
    ) -> list[Task]:
        """The open tasks that any of these things brought about; those that `ended` too."""
        query: Document = {"because.id": {"$in": list(ids)}} | ({} if ended else {"state": "open"})
        found = self._tasks.find(query, session=session)
        return [_task(document) async for document in found]

    async def named(self, what: str, units: Collection[str]) -> list[Task]:
        """Every task of a code that units ever owed, in whosever hands."""
        found = self._tasks.find({"unit": {"$in": sorted(units)}, "what": what})
        return [_task(document) async for document in found]

    async def get(self, id: str) -> Task | None:
        document = await self._tasks.find_one({"_id": id})
        return _task(document) if document else None

    async def write(
        self, tasks: Iterable[Task], events: Sequence[Envelope] = (), *, at: datetime, session: Session
    ) -> Saved:
        return await self._shelf.write(map(_document, tasks), events, at=at, session=session)

    async def give(self, id: str, of: tuple[str, str | None], to: tuple[str, str | None], *, at: datetime) -> None:
        """An open task to other hands, each a unit and a person of it, unless somebody else has it by now."""
        unit, person = of

        async def work(session: Session) -> Sequence[Saved]:
            mine = {"_id": id, "unit": unit, "person": person, "state": "open"}
            found = await self._tasks.find_one(mine, session=session)
            return [await self.write([given(_task(found), *to)], at=at, session=session)] if found else ()

        await self._book.change(work)

    async def find(
        self, scope: Scope, wanted: Wanted, after: str | None, limit: int, moment: Session | None = None
    ) -> Page[Task]:
        """Tasks, the first due first, from beyond the place `after`.

        What stays due as it was is found once, whatever became meanwhile of the task whose place it is: its place is
        when it was due as it was listed. What is itself due at another time meanwhile stands where it is then, so it
        may be found twice, or on the pages before.
        """
        return await _FIRST_DUE.page(self._tasks, _within(scope, wanted), after, limit, _task, session=moment)

    async def count(self, scope: Scope, wanted: Wanted, moment: Session | None = None) -> int:
        return await self._tasks.count_documents(_within(scope, wanted), session=moment)

    async def carried(self, scope: Scope, moment: Session | None = None) -> Mapping[tuple[str, str], int]:
        """How much is open in each worker's hands, by unit and name."""
        by_worker = {"_id": {"unit": "$unit", "person": "$person"}, "tasks": {"$sum": 1}}
        query = _within(scope, Wanted()) | {"person": {"$gt": ""}}
        stages: list[Document] = [{"$match": query}, {"$group": by_worker}]
        found = self._tasks.aggregate(stages, hint="worker", session=moment)
        return {(row["_id"]["unit"], row["_id"]["person"]): row["tasks"] async for row in found}

    async def first_due(self, scope: Scope, wanted: Wanted, limit: int, moment: Session | None = None) -> list[TaskId]:
        """The ids alone of what `find` finds: read from the index."""
        found = self._tasks.find(_within(scope, wanted), {"_id": 1}, session=moment)
        return [each["_id"] async for each in found.sort(_FIRST_DUE.sort).limit(limit)]

    async def in_working_days(self, county: str, since: datetime) -> list[Task]:
        """A county's open tasks that are owed in working days and were not over `since`."""
        query = {"county": county, "state": "open", "due": {"$gt": since}, "span": {"$regex": f"{WORKING_DAYS}$"}}
        return [_task(document) async for document in self._tasks.find(query)]

    async def pressing(self, now: datetime, limit: int, session: Session | None = None) -> list[Task]:
        """Open tasks of which a step of their time is over that nobody was told, the earliest first."""
        # The index is partial and holds dates alone: the query must name the type, or the database does not use it.
        query = {"press_at": {"$lte": now, "$type": "date"}}
        found = self._tasks.find(query, session=session).sort("press_at", ASCENDING).limit(limit)
        return [_task(document) async for document in found]


def _within(scope: Scope, wanted: Wanted) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
    asked = {wanted.unit} if wanted.unit else scope.units
    if asked:
        query["unit"] = {"$in": sorted(asked & scope.units if scope.units else asked)}
    query |= {"person": wanted.person} if wanted.person else {}
    query["state"] = wanted.state or {"$in": get_args(State)}  # each by name: an index has those of one in order
    return query | ({"due": {"$lt": wanted.due_before}} if wanted.due_before else {})


def _document(task: Task) -> Document:
    document: Document = _TASK.dump_python(task)
    return {
        "_id": document.pop("id"), **document, "due": task.due_at or NEVER, "press_at": presses_at(task),
    }  # fmt: skip


def _task(document: Document) -> Task:
    return _TASK.validate_python({**document, "id": document["_id"]})
