"""Enrolments in MongoDB: each change with what it makes owed, its line in the story of the case, and its event."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Envelope
from contracts.topics import ENROLMENTS
from kit.mongo import Database, Document, Session
from kit.paging import Order, Page
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from rules.calendars import NATIONAL, Calendar

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.days.store import Calendars
from network.known.entry import Known
from network.known.store import Source, Whereabouts
from network.programmes.domain.amounts import Grant
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.events import Called
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import ledger, parties
from network.programmes.domain.steps import is_told
from network.programmes.domain.whom import Whom
from network.programmes.domain.windows import Window, wakes_at, windows
from network.programmes.known import of_enrolment
from network.programmes.telling import called, envelope, step
from network.steps.store import Steps
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_ENROLMENT = TypeAdapter(Enrolment)
_LATEST = Order("begun_at", descending=True)

Work = Callable[[Enrolment | None, Session], Awaitable[Enrolment | Sequence[Enrolment]]]
"""From an enrolment as it is, None for a new one, to what it is then, act by act; must be repeatable."""
Of = Callable[[Enrolment], Awaitable[Programme]]
"""The version that an enrolment keeps."""


@dataclass(frozen=True)
class Sought:
    """Which enrolments; None where it does not matter."""

    programme: str | None = None
    stage: str | None = None
    state: str | None = None
    unit: str | None = None
    case_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where somebody is, or enters: the programme of a county, and everything under which they may be in it."""

    county: str
    programme: str
    whom: Whom


@dataclass(frozen=True)
class InIt:
    """Somebody in a programme, as far as finding them needs it: by enrolment, the key of the person, who has part."""

    id: str
    person: str
    case_id: str
    units: tuple[str, ...]
    is_open: bool


_OF_IT = ("subject", "units", "open")


class Enrolments:
    """The enrolments of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks, steps: Steps) -> None:
        self.book = book
        self._shelf = book.shelf(database["enrolments"], ENROLMENTS)
        self._enrolments = self._shelf.collection
        self._accounts = database["enrolment_accounts"]
        self.calendars = Calendars(database)
        self._tasks = tasks
        self._steps = steps
        self._known = Whereabouts(database)

    async def prepare(self) -> None:
        for fields in (("county", "programme", "open"), ("units", "open"), ("county", "open")):
            await self._enrolments.create_index([*((field, 1) for field in fields), *_LATEST.sort])
        for field in ("subject.case_id", "subject.person", "subject.household_id"):
            await self._enrolments.create_index(field)
        await self._enrolments.create_index("heard.cause")
        # Made here: a collection that a transaction makes by itself is a conflict for every other one that does.
        await self._accounts.create_index("_id")
        await self._enrolments.create_index(
            "wakes_at", partialFilterExpression={"wakes_at": {"$type": "date"}}, name="waking"
        )

    async def get(self, id: str) -> Enrolment | None:
        document = await self._enrolments.find_one({"_id": id})
        return _enrolment(document) if document else None

    async def of_cases(self, ids: Sequence[str]) -> list[Enrolment]:
        """Those of cases, the last begun first."""
        found = self._enrolments.find({"subject.case_id": {"$in": list(ids)}}).sort("begun_at", DESCENDING)
        return [_enrolment(document) async for document in found]

    async def find(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> Page[Enrolment]:
        """Enrolments within a scope, the last begun first, from beyond the place `after`."""
        return await _LATEST.page(self._enrolments, _query(scope, sought), after, limit, _enrolment)

    async def of_people(self, scope: Scope, programme: str, keys: Collection[str]) -> list[InIt]:
        """Whoever is known under one of these keys, and is in a programme or was."""
        query = _query(scope, Sought(programme)) | {"subject.person": {"$in": list(keys)}}
        return [_in_it(each) async for each in self._enrolments.find(query, _OF_IT)]

    async def people(self, scope: Scope, programme: str) -> list[InIt]:
        """Everybody who is in a programme now."""
        query = _query(scope, Sought(programme, state="open"))
        return [_in_it(each) async for each in self._enrolments.find(query, _OF_IT)]

    async def by_stage(self, scope: Scope) -> Mapping[str, Mapping[str, int]]:
        """How many are at which stage of which programme now."""
        group = {"_id": {"programme": "$programme", "stage": "$stage"}, "count": {"$sum": 1}}
        found: dict[str, dict[str, int]] = {}
        async for row in self._enrolments.aggregate(
            [{"$match": _query(scope, Sought(state="open"))}, {"$group": group}]
        ):
            found.setdefault(row["_id"]["programme"], {})[row["_id"]["stage"]] = row["count"]
        return found

    async def of_programme(
        self, county: str, programme: str, start: datetime, end: datetime
    ) -> AsyncIterator[Enrolment]:
        """Everybody who was in a programme at some time of a period, one by one."""
        lasted = {"$or": [{"open": True}, {"ended_at": {"$gte": start}}]}
        query = {"county": county, "programme": programme, "begun_at": {"$lt": end}} | lasted
        async for document in self._enrolments.find(query).batch_size(500):
            yield _enrolment(document)

    async def opened(self, county: str, programme: str, whom: Whom, session: Session) -> str | None:
        """Who is in it already, under any key: two desks that begin at once meet here, and the later finds one."""
        for each in whom.accounts:
            account = {"_id": f"{county}:{programme}:{each}"}
            await self._accounts.update_one(account, {"$inc": {"touched": 1}}, upsert=True, session=session)
        query = _known_as(whom) | {"programme": programme, "county": county, "open": True}
        document = await self._enrolments.find_one(query, {"_id": 1}, session=session)
        return document["_id"] if document else None

    async def granted(self, it: Enrolment, whom: Whom, session: Session) -> tuple[Grant, ...]:
        """All that somebody was granted of a programme: two desks that grant at once meet here."""
        await self.opened(it.county, it.programme, whom, session)
        query = _known_as(whom) | {"programme": it.programme, "county": it.county}
        found = self._enrolments.find(query, session=session)
        return tuple([grant async for document in found for grant in _enrolment(document).grants])

    async def change(self, id: str, work: Work, of: Of, *, at: datetime) -> Enrolment:
        """A change with all that follows, in one transaction. What `work` raises changes nothing."""
        done: list[Enrolment] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            before = await self._found({"_id": id}, session)
            acts = await work(before, session)
            acts = [acts] if isinstance(acts, Enrolment) else acts
            done[:] = [acts[-1] if acts else before]  # type: ignore[list-item]
            return await self._turned(before, acts, of, at=at, session=session)

        await self.book.change(attempt)
        return done[0]

    async def hear(
        self, place: Place, causes: Collection[str], work: Work, of: Of, *, at: datetime, session: Session
    ) -> Sequence[Saved]:
        """What happened to somebody, told to the programme that they are in, or that they enter by it: heard once.

        In the transaction of what happened; two replicas that hear of one person at once meet at their account.
        """
        there = await self.opened(place.county, place.programme, place.whom, session)
        if await self._enrolments.find_one({"heard.cause": {"$in": list(causes)}}, {"_id": 1}, session=session):
            return ()
        before = await self._found({"_id": there}, session) if there else None
        acts = await work(before, session)
        return await self._turned(before, [acts] if isinstance(acts, Enrolment) else acts, of, at=at, session=session)

    async def _found(self, query: Document, session: Session) -> Enrolment | None:
        document = await self._enrolments.find_one(query, session=session)
        return _enrolment(document) if document else None

    async def _turned(
        self, before: Enrolment | None, acts: Sequence[Enrolment], of: Of, *, at: datetime, session: Session
    ) -> Sequence[Saved]:
        """Act by act, each with its event and its line; what is owed follows from the last."""
        if not acts or acts[-1] == before:
            return ()
        it = acts[-1]
        programme = await of(it)
        days = (await self.calendars.by_county(session)).get(it.county, NATIONAL)
        pairs = [pair for pair in zip((before, *acts), acts, strict=False) if is_told(*pair)]
        found = windows(programme, it, days, at)
        # What is left at once again calls nobody.
        whom = [*(Called() for _ in pairs[:-1]), *(called(*pair, programme, found) for pair in pairs[-1:])]
        events = [envelope(*pair, at, each) for pair, each in zip(pairs, whom, strict=True)]
        if it.subject.case_id:
            await self._steps.add([step(*pair) for pair in pairs], session)
        return await self._written(it, programme, events, found, days, at=at, session=session)

    async def follow(self, ids: Sequence[str], owing: Callable[[str], frozenset[str]], session: Session) -> None:
        """Keep who owes something in the enrolments of a case on their list, after the case changed hands."""
        async for it in self._enrolments.find({"subject.case_id": {"$in": ids}}, {"units": 1}, session=session):
            if new := owing(it["_id"]) - set(it["units"]):
                change = {"$addToSet": {"units": {"$each": sorted(new)}}}
                after = await self._enrolments.find_one_and_update(
                    {"_id": it["_id"]}, change, session=session, return_document=ReturnDocument.AFTER
                )
                await self._known.write([_known(after)] if after else (), (), session)

    async def look_again(self, id: str, of: Of, *, at: datetime) -> None:
        """What is owed as of now, nobody having done anything: a period began, a pause is over, a day is off."""

        async def attempt(session: Session) -> Sequence[Saved]:
            if (it := await self._found({"_id": id}, session)) is None:
                return ()
            days = (await self.calendars.by_county(session)).get(it.county, NATIONAL)
            programme = await of(it)
            found = windows(programme, it, days, at)
            return await self._written(it, programme, (), found, days, at=at, session=session)

        await self.book.change(attempt)

    async def waking(self, now: datetime, limit: int) -> list[str]:
        """Those of which something changes by itself by now."""
        query = {"wakes_at": {"$lte": now, "$type": "date"}}
        found = self._enrolments.find(query, {"_id": 1}).sort("wakes_at", ASCENDING).limit(limit)
        return [document["_id"] async for document in found]

    @property
    def sources(self) -> tuple[Source, ...]:
        """What makes people known here."""
        return (Source("enrolment", self._enrolments, _known),)

    async def tasks(self, id: str) -> tuple[Task, ...]:
        return await self._tasks.because_of(id)

    async def windows(
        self, it: Enrolment, programme: Programme, now: datetime, calendars: Mapping[str, Calendar] | None = None
    ) -> tuple[Window, ...]:
        """By `calendars`, where somebody who asks of many has read them."""
        known = await self.calendars.by_county() if calendars is None else calendars
        return windows(programme, it, known.get(it.county, NATIONAL), now)

    async def _written(
        self, it: Enrolment, programme: Programme, events: Sequence[Envelope], found: Sequence[Window],
        days: Calendar, *, at: datetime, session: Session,
    ) -> Sequence[Saved]:  # fmt: skip
        known = await self._tasks.because_of(it.id, session)
        tasks = ledger(it, found, known, days, at=at)
        owing = frozenset(each.unit for each in (*known, *tasks) if each.is_open)
        document = _document(it, parties(it, programme) | owing, wakes_at(found, at) if it.is_open else None)
        await self._known.write([_known(document)], (), session)
        return [
            await self._shelf.write([document], events, at=at, session=session),
            await self._tasks.write(tasks, at=at, session=session),
        ]


def _query(scope: Scope, sought: Sought) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
    asked = {sought.unit} if sought.unit else set(scope.units)
    if asked:
        query["units"] = {"$in": sorted(asked & scope.units if scope.units else asked)}
    query |= {"subject.case_id": {"$in": list(sought.case_ids)}} if sought.case_ids else {}
    # Said of every list: an index has either in order.
    query["open"] = sought.state == "open" if sought.state else {"$in": [False, True]}
    exact = {"programme": sought.programme, "stage": sought.stage}
    return query | {name: value for name, value in exact.items() if value}


def _known_as(whom: Whom) -> Document:
    """The enrolments whose subject is the one that a programme means."""
    families = (("subject.case_id", whom.cases), ("subject.household_id", whom.households))
    either: list[Document] = [{field: {"$in": sorted(ids)}} for field, ids in families if ids]
    person: Document = {"subject.person": {"$in": sorted(whom.people)}}
    if whom.of == "person":
        either = [each | {"subject.person": None} for each in either]
    elif not whom.alone:
        person |= {"subject.case_id": None, "subject.household_id": None}
    return {"$or": [*either, *([person] if whom.people else [])]}


def _document(it: Enrolment, units: frozenset[str], wakes: datetime | None) -> Document:
    document: Document = _ENROLMENT.dump_python(it)
    return {
        "_id": document.pop("id"), **document, "stage": it.stage, "open": it.is_open, "begun_at": it.begun_at,
        "ended_at": it.ended_at, "units": sorted(units), "wakes_at": wakes,
    }  # fmt: skip


def _known(document: Document) -> Known:
    return of_enrolment(_enrolment(document), document["units"])


def _enrolment(document: Document) -> Enrolment:
    return _ENROLMENT.validate_python({**document, "id": document["_id"]})


def _in_it(document: Document) -> InIt:
    subject = document["subject"]
    units = tuple(document["units"])
    return InIt(document["_id"], subject["person"] or "", subject["case_id"] or "", units, document["open"])
