"""Early warnings in MongoDB, each with the task of whose it is; an entry is news of one warning alone."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from kit.mongo import Database, Document, Session
from kit.paging import Order, Page
from pydantic import TypeAdapter

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.early_warnings.domain.warning import ANSWER_WARNING, EarlyWarning, owed, settled
from network.early_warnings.rules import rules
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_WARNING = TypeAdapter(EarlyWarning)
_LATEST = Order("found_at", descending=True)
Made = tuple[EarlyWarning, str | None]
"""A warning, and who of its unit has it in hand."""


class EarlyWarnings:
    """The early warnings of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._warnings = database["early_warnings"]
        self._tasks = tasks

    async def prepare(self) -> None:
        await self._warnings.create_index("claims", unique=True)
        await self._warnings.create_index([("county", 1), ("open", 1), *_LATEST.sort])

    async def claimed(self, ids: Collection[str]) -> dict[str, EarlyWarning]:
        """By these entries, the warnings that they are news of."""
        found = self._warnings.find({"claims": {"$in": sorted(ids)}})
        every = [_warning(document) async for document in found]
        return {claim: each for each in every for claim in each.claims if claim in ids}

    async def add(self, claims: Collection[str], make: Callable[[Session], Awaitable[Made]]) -> EarlyWarning | None:
        """A warning with what is owed for it; None where another warning is of the same news already."""
        made: list[EarlyWarning] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            made.clear()
            if await self._warnings.find_one({"claims": {"$in": sorted(claims)}}, {"_id": 1}, session=session):
                return ()
            warning, person = await make(session)
            await self._warnings.insert_one(_document(warning), session=session)
            made.append(warning)
            task = owed(warning, person, rules().answer_within)
            return [await self._tasks.write([task], at=warning.found_at, session=session)]

        await self._book.change(attempt)
        return made[0] if made else None

    async def change(self, id: str, change: Callable[[EarlyWarning], EarlyWarning], at: datetime) -> EarlyWarning:
        """What it has become; its task is settled with its answer. What `change` raises changes nothing."""
        after: list[EarlyWarning] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            found = await self._warnings.find_one({"_id": id}, session=session)
            assert found, "a warning is never deleted"
            before = _warning(found)
            after[:] = [change(before)]
            if after[0] == before:
                return ()
            await self._warnings.replace_one({"_id": id}, _document(after[0]), session=session)
            tasks = await self._tasks.because_of(id, session) if after[0].answer else ()
            done = [settled(task, after[0]) for task in tasks if task.is_open]
            return [await self._tasks.write(done, at=at, session=session)]

        await self._book.change(attempt)
        return after[0]

    async def get(self, id: str) -> EarlyWarning | None:
        document = await self._warnings.find_one({"_id": id})
        return _warning(document) if document else None

    async def task(self, id: str) -> Task | None:
        """Who owes the answer now, or gave it."""
        found = await self._tasks.because_of(id)
        return found[-1] if found else None

    async def find(
        self, scope: Scope, rule: str | None, after: str | None, limit: int, *, is_open: bool | None
    ) -> Page[tuple[EarlyWarning, Task | None]]:
        """Those that units of a scope owe or owed, the last found first, from beyond the place `after`; each with the
        task that says whose it is."""
        query = await self._within(scope) | ({"rule": rule} if rule else {})
        query |= {"open": {"$in": [False, True]} if is_open is None else is_open}
        found, following = await _LATEST.page(self._warnings, query, after, limit, _warning)
        tasks = await self._tasks.because_of_all([each.id for each in found], ended=True)
        by_warning = {task.because.id: task for task in tasks}
        return [(each, by_warning.get(each.id)) for each in found], following

    async def _within(self, scope: Scope) -> Document:
        """A task may have gone to other hands since: whoever has it sees what it is of."""
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        if not scope.units:
            return query
        theirs = [task.because.id for task in await self._tasks.named(ANSWER_WARNING, scope.units)]
        return query | {"$or": [{"unit": {"$in": sorted(scope.units)}}, {"_id": {"$in": sorted(theirs)}}]}

    async def counted(self, county: str) -> Mapping[str, Mapping[str, int]]:
        """By rule: how many were answered how; those that wait for an answer under an empty verdict."""
        by = {"rule": "$rule", "verdict": {"$ifNull": ["$answer.verdict", ""]}}
        stages: list[Document] = [{"$match": {"county": county}}, {"$group": {"_id": by, "count": {"$sum": 1}}}]
        found: dict[str, dict[str, int]] = {}
        async for row in self._warnings.aggregate(stages):
            found.setdefault(row["_id"]["rule"], {})[row["_id"]["verdict"]] = row["count"]
        return found


def _document(warning: EarlyWarning) -> Document:
    document: Document = _WARNING.dump_python(warning)
    if warning.spot:
        document["spot"]["week"] = warning.spot.week.isoformat()  # MongoDB knows no day without a time
    more = {"claims": sorted(warning.claims), "open": warning.answer is None}
    return {"_id": document.pop("id"), **document, **more}


def _warning(document: Document) -> EarlyWarning:
    return _WARNING.validate_python({**document, "id": document["_id"]})
