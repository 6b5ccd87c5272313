"""Cases with their tasks and contacts, and where each report stands, in MongoDB: one transaction a batch."""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from contracts.cases import CaseId
from contracts.event import BlindIndex, Envelope
from contracts.reports import ReportId
from contracts.topics import CASES
from kit.mongo import A_TEXT, Client, Database, Document, Session, at_one_moment, drop_index, insert_or_update
from kit.paging import NEVER, Order, Page
from pymongo import ASCENDING, UpdateOne

from network.access import Scope
from network.book import Book, Saved
from network.cases import earlier, known
from network.cases.contacts.store import Contacts
from network.cases.documents import (
    ASKING,
    CARRIED,
    SERIAL,
    UNSEEN,
    WAITING,
    Pile,
    Sought,
    case_from,
    document_of,
    index_of_open,
    searched,
    sought_by,
    standing_document,
    standing_from,
    within,
)
from network.cases.domain.case import Case
from network.cases.domain.closing import Listed
from network.cases.domain.onward import onward
from network.cases.domain.register import Register, Standing
from network.clock import now
from network.days.store import Calendars
from network.known.store import Source, Whereabouts
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_KEPT_TOUCHED = timedelta(days=30)
_DUPLICATES_OF_DUPLICATES = 8
_LATEST = Order("opened_at", descending=True)
_EARLIER = (
    "county_1_opened_at_1", "county_1_open_1_opened_at_-1", "county_1_open_1_next_due_1", "units_1_open_1_next_due_1"
)  # fmt: skip
"""Indexes of an earlier release."""
_ON_LISTS = {"listings.id": A_TEXT}

Work = Callable[[Register], Sequence[Envelope]]
"""Changes the register in memory and answers with the events to publish; must be repeatable."""


Follow = Callable[[Case, Session], Awaitable[None]]
"""What another room does in the same transaction after a case went to other hands."""


Happened = Callable[[Case | None, Case, datetime, Session], Awaitable[Sequence[Saved]]]
"""What another room writes in the same transaction when a case changed: as it was, as it is, when."""


@dataclass(frozen=True)
class Touched:
    """What a piece of work may read and change; `contacts` of its cases, and of a `worker` on days around a time.

    `moves`: reports go from case to case, so where every report of the cases stands is read with them.
    """

    reports: Sequence[ReportId] = ()
    cases: Sequence[CaseId] = ()
    family: Iterable[BlindIndex] = ()
    contacts: bool = False
    moves: bool = False
    worker: str | None = None
    around: datetime | None = None


ALONE = Touched()
"""The case of an act, and nothing else."""


@dataclass(frozen=True)
class Statistics:
    """Cases open now, cases ever opened, and reports that joined one."""

    open: int
    opened: int
    joined: int


class Cases:
    """The register of joint cases of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._client: Client = database.client
        self._book = book
        self._calendars = Calendars(database)
        self._tasks = tasks
        self._known = Whereabouts(database)
        self._case_shelf, self._standing_shelf = (
            book.shelf(database["cases"], CASES), book.shelf(database["standings"], CASES)
        )  # fmt: skip
        self._cases, self._standings = self._case_shelf.collection, self._standing_shelf.collection
        self.contacts = Contacts(database)
        self._families = database["families"]
        self.follow: Follow | None = None
        self.happened: tuple[Happened, ...] = ()

    async def prepare(self) -> None:
        await self._cases.create_index("reports.report_id")
        await self._cases.create_index("serials")
        await self._cases.create_index("people.key")
        await self._cases.create_index([("family_keys", ASCENDING), ("remembered", ASCENDING)])
        await self._cases.create_index([*index_of_open(), *_LATEST.sort])
        await self._cases.create_index([("units", ASCENDING), ("open", ASCENDING), *_LATEST.sort])
        await self._cases.create_index(index_of_open(*CARRIED))
        for fields in (WAITING, UNSEEN, ASKING):
            await self._cases.create_index(Pile({}, fields).index)
        await self._cases.create_index([("lead.person", ASCENDING), ("open", ASCENDING), ("opened_at", ASCENDING)])
        await self._cases.create_index([("collaborators.person", ASCENDING), ("open", ASCENDING)])
        await self._cases.create_index("units", partialFilterExpression=_ON_LISTS, name="listed")
        for index in _EARLIER:
            await drop_index(self._cases, index)
        await self.contacts.prepare()
        await self._standings.create_index("duplicate_of")
        await self._families.create_index("touched_at", expireAfterSeconds=int(_KEPT_TOUCHED.total_seconds()))
        await self._bring_up()

    async def _bring_up(self) -> None:
        """Cases of an earlier release, each in a transaction: two replicas that start at once do it once."""
        async for stored in self._cases.find({"open": {"$exists": False}}, {"_id": 1}):
            await self._book.change(partial(self._bring_up_one, stored["_id"]))
        async for stored in self._cases.find({"asks": {"$exists": False}}, {"_id": 1}):
            if case := await self.get(CaseId(stored["_id"])):
                await self._cases.update_one({"_id": case.id, "version": case.version}, {"$set": searched(case)})
        at = now()
        async for stored in self._cases.find({"open": True, "next_due": NEVER}, {"_id": 1}):
            await self._owe(CaseId(stored["_id"]), at)

    async def _owe(self, id: CaseId, at: datetime) -> None:
        """What comes next in a case of an earlier release, in which nothing was owed by a day: counted from now."""

        def work(register: Register) -> Sequence[Envelope]:
            register.save(onward(register.cases[id], at))
            return ()

        await self.change(Touched(cases=[id]), work, at=at)

    async def _bring_up_one(self, id: str, session: Session) -> Sequence[Saved]:
        stored = await self._cases.find_one({"_id": id, "open": {"$exists": False}}, session=session)
        if stored is None:
            return ()
        tasks = list(earlier.tasks_of(stored))
        case = replace(case_from(earlier.case_of(stored)), tasks=tuple(tasks))
        await self._cases.update_one({"_id": id}, {"$unset": dict.fromkeys(earlier.GONE, "")}, session=session)
        return [
            await self._case_shelf.write([document_of(case)], at=case.opened_at, session=session),
            await self._tasks.write(tasks, at=case.opened_at, session=session),
        ]

    async def change(self, touched: Touched, work: Work, *, at: datetime) -> None:
        """Do `work` in one transaction and publish its events; what `work` raises changes nothing.

        Two transactions that touch one key of a family conflict, and the loser starts again and sees what the winner
        did: so a family has at most one open case, whoever races.
        """

        async def attempt(session: Session) -> Sequence[Saved]:
            await self._touch(touched.family, at, session)
            register = await self._read(touched, at, session)
            before = dict(register.cases)
            tasks = {id: case.tasks for id, case in before.items()}
            saved = await self._write(register, tasks, work(register), at, session)
            await self._followed(before, register, session)
            return [*saved, *await self._told(before, register, at, session)]

        await self._book.change(attempt)

    async def _followed(self, before: Mapping[CaseId, Case], register: Register, session: Session) -> None:
        for id in register.changed_cases:
            after, was = register.cases[id], before.get(id)
            if self.follow and was and after.state != "merged" and _hands(was) != _hands(after):
                await self.follow(after, session)

    async def _told(
        self, before: Mapping[CaseId, Case], register: Register, at: datetime, session: Session
    ) -> list[Saved]:
        """What other rooms make of every case that changed."""
        pairs = [(before.get(id), register.cases[id]) for id in register.changed_cases]
        return [saved for pair in pairs for hear in self.happened for saved in await hear(*pair, at, session)]

    async def _write(
        self, register: Register, before: Mapping[CaseId, tuple[Task, ...]], events: Sequence[Envelope], at: datetime,
        session: Session,
    ) -> Sequence[Saved]:  # fmt: skip
        cases = [register.cases[id] for id in register.changed_cases]
        were = {task.id: task for tasks in before.values() for task in tasks}
        tasks = [task for case in cases for task in case.tasks if were.get(task.id) != task]
        standings = [register.standings[id] for id in register.changed_reports]
        await self.contacts.add(register.new_contacts, session)
        await self._known.write(*known.entries(cases, standings), session)
        return [
            await self._case_shelf.write(map(document_of, cases), events, at=at, session=session),
            await self._standing_shelf.write(map(standing_document, standings), events, at=at, session=session),
            await self._tasks.write(tasks, at=at, session=session),
        ]

    async def _touch(self, family: Iterable[BlindIndex], at: datetime, session: Session) -> None:
        # In one order for all, so that two batches meet at their first common key and not at their last.
        touch = {"$inc": {"touches": 1}, "$set": {"touched_at": at}}
        touches = [
            ({"_id": key, "touches": 1, "touched_at": at}, UpdateOne({"_id": key}, touch, upsert=True))
            for key in sorted(set(family))
        ]
        await insert_or_update(self._families, touches, session)

    async def _read(self, touched: Touched, at: datetime, session: Session) -> Register:
        standings = await self._read_standings(touched.reports, session)
        ids = {*touched.cases, *(each.case_id for each in standings if each.case_id)}
        either: list[Document] = [
            {"_id": {"$in": list(ids)}},
            {"family_keys": {"$in": list(set(touched.family))}, "remembered": {"$gt": at}},
        ]
        cases = [case_from(each) async for each in self._cases.find({"$or": either}, session=session)]
        if touched.moves:
            held = {each.report_id for case in cases for each in case.reports}
            standings += await self._read_standings(held.difference(touched.reports), session)
        theirs = sorted({id for case in cases for id in case.ids}) if touched.contacts else ()
        contacts = await self.contacts.within(theirs, touched.worker, touched.around, session)
        calendars = await self._calendars.by_county(session)
        return Register(standings, await self._with_tasks(cases, session), contacts, calendars)

    async def _read_standings(self, ids: Iterable[ReportId], session: Session) -> list[Standing]:
        found = self._standings.find({"_id": {"$in": list(set(ids))}}, session=session)
        return [standing_from(document) async for document in found]

    async def _with_tasks(self, cases: Sequence[Case], session: Session) -> list[Case]:
        tasks = await self._tasks.of_cases([case.id for case in cases], session)
        return [replace(case, tasks=tasks.get(case.id, ())) for case in cases]

    async def touch(self, id: CaseId, session: Session) -> Case | None:
        """A case without its tasks, for a room that lets it owe something: whoever closes it meanwhile starts again."""
        document = await self._cases.find_one_and_update({"_id": id}, {"$inc": {"touches": 1}}, session=session)
        return case_from(document) if document else None

    async def put_on_list(self, id: CaseId, listed: Listed, session: Session) -> None:
        """The case stands on a list of a meeting, or does not any more; the meetings keep why."""
        document = await self._cases.find_one({"_id": await self.taken_in(id)}, session=session)
        if document is None:
            return
        case = case_from(document)
        others = tuple(each for each in case.listings if each.id != listed.id)
        kept = document_of(replace(case, listings=(*others, listed), version=case.version + 1))["listings"]
        update = {"$set": {"listings": kept}, "$inc": {"version": 1}}
        await self._cases.update_one({"_id": case.id}, update, session=session)

    async def listings_of(self, scope: Scope) -> set[str]:
        """By which listings cases of a scope stand or stood on lists; those of a merged case are where it is now."""
        query = within(scope) | _ON_LISTS | {"state": {"$ne": "merged"}}
        found = self._cases.find(query, {"listings.id": 1}, hint="listed")
        return {listed["id"] async for each in found for listed in each["listings"]}

    async def get(self, id: CaseId, session: Session | None = None) -> Case | None:
        async with self.at_one_moment(session) as moment:
            document = await self._cases.find_one({"_id": id}, session=moment)
            return (await self._with_tasks([case_from(document)], moment))[0] if document else None

    async def taken_in(self, id: CaseId, session: Session | None = None) -> CaseId:
        """The case that a case is part of now, else its own id."""
        found = await self._cases.find_one({"_id": id}, {"merged_into": 1}, session=session)
        into = found and found.get("merged_into")
        return await self.taken_in(into, session) if into else id

    async def of_report(self, report_id: ReportId) -> Case | None:
        """The case that serves a report; for a duplicate, the case of the report that it repeats."""
        async with self.at_one_moment() as moment:
            for _ in range(_DUPLICATES_OF_DUPLICATES):
                if (standing := await self.standing(report_id, moment)) is None:
                    return None
                if standing.duplicate_of is None:
                    return await self.get(standing.case_id, moment) if standing.case_id else None
                report_id = standing.duplicate_of
            return None

    async def standing(self, report_id: ReportId, moment: Session | None = None) -> Standing | None:
        document = await self._standings.find_one({"_id": report_id}, session=moment)
        return standing_from(document) if document else None

    async def duplicates_of(self, report_ids: Sequence[ReportId]) -> int:
        """How many reports were decided to repeat one of these."""
        return await self._standings.count_documents({"duplicate_of": {"$in": list(report_ids)}})

    async def latest(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> Page[Case]:
        """Cases, the last opened first, from beyond the place `after`."""
        return await self._latest(scope, sought_by(sought), after, limit)

    async def _latest(self, scope: Scope, wanted: Document, after: str | None, limit: int) -> Page[Case]:
        query = {"$and": [within(scope), wanted]}
        async with self.at_one_moment() as moment:
            found, following = await _LATEST.page(self._cases, query, after, limit, case_from, session=moment)
            return await self._with_tasks(found, moment), following

    async def of(self, pile: Pile, limit: int, after: str | None = None, moment: Session | None = None) -> Page[Case]:
        """The first cases of a pile, from beyond the place `after`."""
        async with self.at_one_moment(moment) as one:
            found, following = await pile.order.page(
                self._cases, pile.query, after, limit, case_from, session=one, hint=pile.index
            )
            return await self._with_tasks(found, one), following

    async def count(self, pile: Pile, most: int, moment: Session | None = None) -> int:
        """How many cases a pile has, counted no further than `most`."""
        return await self._cases.count_documents(pile.query, limit=most, hint=pile.index, session=moment)

    def at_one_moment(self, moment: Session | None = None) -> AbstractAsyncContextManager[Session]:
        """For reads that belong together: what moves from one list to another meanwhile stands in one of them.

        `moment`: of a caller who reads more in it, or the session of their transaction.
        """
        return nullcontext(moment) if moment is not None else at_one_moment(self._client)

    async def carried(self, scope: Scope, moment: Session | None = None) -> Mapping[tuple[str, str], int]:
        """How many open cases each worker leads, by unit and name; of a scope's own units where it has some."""
        query = within(Scope(scope.counties)) | {"open": True, "lead.person": {"$gt": ""}}
        query |= {"lead.unit": {"$in": sorted(scope.units)}} if scope.units else {}
        by_worker = {"_id": {"unit": "$lead.unit", "person": "$lead.person"}, "cases": {"$sum": 1}}
        stages: list[Document] = [{"$match": query}, {"$group": by_worker}]
        found = self._cases.aggregate(stages, hint=dict(index_of_open(*CARRIED)), session=moment)
        return {(row["_id"]["unit"], row["_id"]["person"]): row["cases"] async for row in found}

    async def offered_to(
        self, scope: Scope, after: CaseId | None, limit: int, moment: Session | None = None
    ) -> list[Case]:
        """Open cases that are offered to a unit of this scope, or to any where it names none, by id."""
        to = {"$in": sorted(scope.units)} if scope.units else {"$exists": True}
        offer = {"handovers": {"$elemMatch": {"state": "offered", "to_unit": to}}}
        query = within(scope) | {"open": True} | offer | ({"_id": {"$gt": after}} if after else {})
        async with self.at_one_moment(moment) as one:
            found = self._cases.find(query, session=one).sort("_id", ASCENDING).limit(limit)
            return await self._with_tasks([case_from(document) async for document in found], one)

    async def by_serial(self, scope: Scope, serial: str, after: str | None, limit: int) -> Page[Case]:
        """Cases whose id, or the id of a report in them, begins or ends with what a page shows of it."""
        begins = {"$regex": f"^{re.escape(serial)}"}
        known = [{"_id": begins}, {"reports.report_id": begins}, {"serials": serial[-SERIAL:].lower()}]
        return await self._latest(scope, {"$or": known}, after, limit)

    async def naming(self, scope: Scope, keys: Sequence[BlindIndex], after: str | None, limit: int) -> Page[Case]:
        """Cases of a scope that name somebody who is known under one of these keys, the last opened first."""
        named = _named(keys)
        # A case that was merged is found by the one that it is part of.
        return await self._latest(scope, named | {"state": {"$ne": "merged"}}, after, limit)

    async def served_by(self, person: str, unit: str | None = None, moment: Session | None = None) -> list[Case]:
        """The open cases that a person leads or takes part in, the first opened first."""
        leads = {"lead.person": person} | ({"lead.unit": unit} if unit else {})
        part = {"person": person, "state": "joined"} | ({"unit": unit} if unit else {})
        return await self._first_opened({"open": True, "$or": [leads, {"collaborators": {"$elemMatch": part}}]}, moment)

    async def all_of(self, ids: Sequence[str], moment: Session | None = None) -> list[Case]:
        """The cases of these ids, the first opened first."""
        return await self._first_opened({"_id": {"$in": list(ids)}}, moment)

    async def _first_opened(self, query: Document, moment: Session | None) -> list[Case]:
        async with self.at_one_moment(moment) as one:
            found = self._cases.find(query, session=one).sort("opened_at", ASCENDING)
            return await self._with_tasks([case_from(document) async for document in found], one)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What makes people known here."""
        return (
            Source("case", self._cases, lambda document: known.of_case(case_from(document))),
            Source("report", self._standings, lambda document: known.of_report(standing_from(document))),
        )

    async def statistics(self, county: str) -> Statistics:
        # What a merge took over is counted where it is now; what had left before lies in the merged case alone.
        here = {"$or": [{"$ne": ["$state", "merged"]}, {"$eq": ["$$this.state", "withdrawn"]}]}
        reports = {"$size": {"$filter": {"input": "$reports", "cond": here}}}
        counts: Document = {"_id": None, "opened": {"$sum": 1}, "reports": {"$sum": reports},
                            "open": {"$sum": {"$cond": ["$open", 1, 0]}}}  # fmt: skip
        found = await self._cases.aggregate([{"$match": {"county": county}}, {"$group": counts}]).to_list(1)
        row = found[0] if found else {"open": 0, "opened": 0, "reports": 0}
        return Statistics(row["open"], row["opened"], row["reports"] - row["opened"])


def _named(keys: Collection[BlindIndex]) -> Document:
    """Whether somebody is known under one of these keys."""
    return {"$or": [{"family_keys": {"$in": list(keys)}}, {"people.key": {"$in": list(keys)}}]}


def _hands(case: Case) -> tuple[object, ...]:
    """In whose hands a case and its referrals are."""
    referred = frozenset((task.because.id, task.unit) for task in case.owed if task.because.kind == "referral")
    return case.ids, case.parties, case.lead.unit, referred
