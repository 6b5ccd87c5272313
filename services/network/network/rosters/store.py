"""Households in MongoDB, each with what is owed to it, written together."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts.event import BlindIndex
from kit.mongo import Collection, Database, Document, Session, upsert
from kit.paging import NEVER, Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.known.entry import id_of
from network.known.store import Source, Whereabouts
from network.rosters import known
from network.rosters.domain.gathering import Gathering
from network.rosters.domain.household import Household, HouseholdId
from network.rosters.domain.owing import GATHERED, SCREENED, owed, settled
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_HOUSEHOLD = TypeAdapter(Household)
_FIRST_DUE = Order("due")
"""By when it was due then: whoever is answered meanwhile leaves its place."""
LISTS = "lists"
"""Who drops a task because another list named the same family."""

Work = Callable[[Household], Awaitable[Household]]
"""From a household as it is to what it is then; must be repeatable."""


@dataclass(frozen=True)
class Sought:
    """Which households; None where it does not matter. `state` is the aggregate's, or `due` or `overdue` at `at`."""

    at: datetime
    county: str | None = None
    roster: str | None = None
    state: str | None = None
    township: str | None = None
    village: str | None = None
    unit: str | None = None


class Households:
    """The households of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._households: Collection = database["households"]
        self._earlier: Collection = database["roster_entries"]
        self._tasks = tasks
        self._known = Whereabouts(database)

    async def prepare(self) -> None:
        for field in ("county", "parties"):
            await self._households.create_index([(field, 1), ("state", 1), *_FIRST_DUE.sort], name=field)
        # Two replicas that take in rows of one person at once conflict here, and one of them begins again.
        await self._households.create_index("keys", unique=True)
        await self._households.create_index("rows.entry_id")
        await self._households.create_index("homes")
        await self._households.create_index("took_in")
        await self._households.create_index("person")

    async def gather(self, fresh: Sequence[Household], at: datetime) -> None:
        """Take in rows, each as a household of its own: those of one person become one. A row counts once."""

        async def attempt(session: Session) -> Sequence[Saved]:
            new = await self._new(fresh, session)
            gatherings = await self._touched(new, session)
            for each in new:
                gatherings[each.county].take(each)
            changed = [each for gathering in gatherings.values() for each in gathering.changed()]
            return await self._write(changed, by=LISTS, at=at, why=GATHERED, session=session) if changed else ()

        await self._book.change(attempt)

    async def change(self, id: HouseholdId, work: Work, *, by: str, at: datetime, why: str = SCREENED) -> Household:
        """One act with what is owed then, in one transaction. What `work` raises changes nothing; KeyError for none."""
        done: list[Household] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            document = await self._households.find_one({"_id": id}, session=session)
            if document is None:
                raise KeyError(id)
            before = _household(document)
            after = await work(before)
            done[:] = [after]
            if after == before:
                return ()
            return await self._write([after], by=by, at=at, why=why, session=session)

        await self._book.change(attempt)
        return done[0]

    async def get(self, id: str, session: Session | None = None) -> Household | None:
        document = await self._households.find_one({"_id": id}, session=session)
        return _household(document) if document else None

    async def whole(self, id: str) -> Household | None:
        """The household that took this one in, where one did."""
        document = await self._households.find_one({"took_in": id})
        return _household(document) if document else None

    async def all_of(self, ids: Sequence[str]) -> list[Household]:
        """What the households of these ids are now, each once, in their order."""
        either = [{"_id": {"$in": list(ids)}, "within": None}, {"took_in": {"$in": list(ids)}}]
        now = [_household(each) async for each in self._households.find({"$or": either})]
        by_id = {id: each for each in now for id in (each.id, *each.took_in)}
        return list({each.id: each for id in ids if (each := by_id.get(HouseholdId(id)))}.values())

    async def find(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> Page[Household]:
        """Households of a scope, what is due first first, from beyond the place `after`."""
        return await _FIRST_DUE.page(self._households, _query(scope, sought), after, limit, _household)

    async def held(self, scope: Scope, person: str, unit: str | None, moment: Session | None = None) -> list[str]:
        """Those in the hands of somebody, by id, what is due first first."""
        query = _query(scope, Sought(datetime.now(UTC), unit=unit)) | {"person": person}
        found = self._households.find(query, {"_id": 1}, session=moment).sort(_FIRST_DUE.sort)
        return [each["_id"] async for each in found]

    async def counties(self) -> set[str]:
        """Those that lists came from."""
        return set(await self._households.distinct("county"))

    async def count(self, scope: Scope, sought: Sought) -> int:
        return await self._households.count_documents(_query(scope, sought))

    async def sharing_a_home(self, household: Household, limit: int) -> list[Household]:
        """Others of the county under the same roof: they may be one family, which a person says."""
        query = {"county": household.county, "homes": {"$in": sorted(household.homes)}, "_id": {"$ne": household.id}}
        found = self._households.find(query | {"within": None}).sort("_id", ASCENDING).limit(limit)
        return [_household(document) async for document in found]

    async def rows(self, county: str, since: datetime, until: datetime, at: datetime) -> list[Mapping[str, Any]]:
        """How many rows came in [since, until), by roster, township, and answer or what is owed of them at `at`."""
        came = {"rows.received_at": {"$gte": since, "$lt": until}}
        of = {"roster": "$rows.roster", "township": "$township", "state": _row_state(at)}
        stages: list[Document] = [
            {"$match": {"county": county, "within": None} | came},
            {"$unwind": "$rows"},
            {"$match": came},
            {"$group": {"_id": of, "rows": {"$sum": 1}}},
        ]
        return [each["_id"] | {"rows": each["rows"]} async for each in self._households.aggregate(stages)]

    async def chiefs(self, county: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Of the visits in [since, until): to how many the village chief came, declined to, or was not asked."""
        of_visits = {"screenings.visit.at": {"$gte": since, "$lt": until}, "screenings.visit.kind": "visit"}
        stages: list[Document] = [
            {"$match": {"county": county} | of_visits},
            {"$unwind": "$screenings"},
            {"$match": of_visits},
            {"$group": {"_id": "$screenings.visit.chief", "visits": {"$sum": 1}}},
        ]
        return {each["_id"]: each["visits"] async for each in self._households.aggregate(stages)}

    @property
    def sources(self) -> tuple[Source, ...]:
        """What makes people known here."""
        return (Source("household", self._households, lambda document: known.of_household(_household(document))),)

    async def earlier(self, limit: int) -> list[Document]:
        """Rows as a release before households kept them."""
        return [document async for document in self._earlier.find().limit(limit)]

    async def drop_earlier(self, ids: Sequence[str]) -> None:
        await self._earlier.delete_many({"_id": {"$in": list(ids)}})

    async def _new(self, fresh: Sequence[Household], session: Session) -> list[Household]:
        ids = {row.entry_id for each in fresh for row in each.rows}
        query = {"rows.entry_id": {"$in": sorted(ids)}}
        found = self._households.find(query, {"rows.entry_id": 1}, session=session)
        there = {row["entry_id"] async for document in found for row in document["rows"]}
        return list({each.rows[0].entry_id: each for each in fresh if each.rows[0].entry_id not in there}.values())

    async def _touched(self, fresh: Sequence[Household], session: Session) -> Mapping[str, Gathering]:
        keys = [key for each in fresh for key in _keys(each.county, each.keys)]
        stored: dict[str, list[Household]] = defaultdict(list)
        async for document in self._households.find({"keys": {"$in": keys}}, session=session):
            stored[document["county"]].append(_household(document))
        return {county: Gathering(stored[county]) for county in {each.county for each in fresh}}

    async def _write(
        self, changed: Sequence[Household], *, by: str, at: datetime, why: str, session: Session
    ) -> Sequence[Saved]:
        were: dict[str, list[Task]] = defaultdict(list)
        for task in await self._tasks.because_of_all([each.id for each in changed], session):
            were[task.because.id].append(task)
        tasks = [task for each in changed for task in settled(were[each.id], owed(each, at), by=by, at=at, why=why)]
        await upsert(self._households, [(_document(each), {}) for each in changed], session)
        entries = [known.of_household(each) for each in changed]
        await self._known.write(entries, [id_of("household", each.id) for each in changed], session)
        return [await self._tasks.write(tasks, at=at, session=session)]


def _row_state(at: datetime) -> Document:
    """A row's answer, or what is owed of it: `not_found` where its household is looked for, else `due` or `overdue`."""
    owed_ = {"$cond": [{"$lt": ["$rows.due_at", at]}, "overdue", "due"]}
    return {"$ifNull": ["$rows.answer", {"$cond": [{"$eq": ["$state", "looking"]}, "not_found", owed_]}]}


def _query(scope: Scope, sought: Sought) -> Document:
    counties = scope.counties if sought.county is None else frozenset({sought.county})
    if sought.county and EVERYWHERE not in scope.counties:
        counties = counties & scope.counties
    query: Document = {} if EVERYWHERE in counties else {"county": {"$in": sorted(counties)}}
    query |= {"parties": {"$in": sorted(scope.units)}} if scope.units else {}
    query |= _stands(sought.state, sought.at)
    exact = {"rows.roster": sought.roster, "township": sought.township, "village": sought.village, "unit": sought.unit}
    return query | {name: value for name, value in exact.items() if value}


def _stands(state: str | None, at: datetime) -> Document:
    whole: Document = {"state": {"$in": ["open", "looking", "answered"]}}  # by name: an index has those of one in order
    if state == "overdue":  # a visit, a search, or the question how it goes
        return whole | {"due": {"$lt": at}}
    if state == "due":
        return {"state": {"$in": ["open", "looking"]}, "due": {"$gte": at}}
    return {"state": state} if state else whole


def _keys(county: str, keys: Iterable[BlindIndex]) -> list[str]:
    """One person may be on lists of two counties: neither learns of the other's."""
    return sorted(f"{county} {key}" for key in keys)


def _document(household: Household) -> Document:
    document: Document = _HOUSEHOLD.dump_python(household)
    found_by = {
        "state": household.state,
        "due": household.due_at or NEVER,
        "keys": _keys(household.county, household.keys) or [str(household.id)],
        "homes": sorted(household.homes),
        "parties": sorted(household.parties),
    }
    return {"_id": document.pop("id"), **document, **found_by}


def _household(document: Document) -> Household:
    return _HOUSEHOLD.validate_python({**document, "id": document["_id"]})
