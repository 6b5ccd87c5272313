"""Cases with their tasks and contacts, and where each report stands, in MongoDB: one transaction a batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from contracts.cases import CaseId
from contracts.event import BlindIndex, Envelope
from contracts.reports import ReportId
from contracts.topics import CASES
from kit.mongo import Database, Document, Session
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, UpdateOne

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.domain.register import Register, Standing
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_CASE = TypeAdapter(Case)
_STANDING = TypeAdapter(Standing)
_CONTACT = TypeAdapter(Contact)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_KEPT_TOUCHED = timedelta(days=30)
_AROUND = timedelta(days=1)
_DUPLICATES_OF_DUPLICATES = 8

Work = Callable[[Register], Sequence[Envelope]]
"""Changes the register in memory and answers with the events to publish; must be repeatable."""


@dataclass(frozen=True)
class Touched:
    """What a piece of work may read and change; `contacts` of its cases, and of a `worker` on days around a time."""

    reports: Sequence[ReportId] = ()
    cases: Sequence[CaseId] = ()
    family: Iterable[BlindIndex] = ()
    contacts: bool = False
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


@dataclass(frozen=True)
class Sought:
    """Which cases are looked for; `open` means neither closed nor withdrawn."""

    state: str | None = None
    unit: str | None = None
    person: str | None = None


class Cases:
    """The register of joint cases of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._tasks = tasks
        self._case_shelf, self._standing_shelf = (
            book.shelf(database["cases"], CASES), book.shelf(database["standings"], CASES)
        )  # fmt: skip
        self._cases, self._standings = self._case_shelf.collection, self._standing_shelf.collection
        self._contacts = database["contacts"]
        self._families = database["families"]

    async def prepare(self) -> None:
        await self._cases.create_index("reports.report_id")
        await self._cases.create_index([("family_keys", ASCENDING), ("remembered", ASCENDING)])
        for order in (("opened_at", DESCENDING), ("next_due", ASCENDING), ("waiting_since", ASCENDING)):
            await self._cases.create_index([("county", ASCENDING), ("open", ASCENDING), order])
        await self._cases.create_index([("lead.person", ASCENDING), ("open", ASCENDING), ("opened_at", ASCENDING)])
        await self._cases.create_index([("units", ASCENDING), ("open", ASCENDING), ("next_due", ASCENDING)])
        await self._contacts.create_index([("case_id", ASCENDING), ("at", DESCENDING)])
        await self._contacts.create_index([("by", ASCENDING), ("at", DESCENDING)])
        await self._standings.create_index("duplicate_of")
        await self._families.create_index("touched_at", expireAfterSeconds=int(_KEPT_TOUCHED.total_seconds()))

    async def change(self, touched: Touched, work: Work, *, at: datetime) -> None:
        """Do `work` in one transaction and publish its events; what `work` raises changes nothing.

        Two transactions that touch one key of a family conflict, and the loser starts again and sees what the winner
        did: so a family has at most one open case, whoever races.
        """

        async def attempt(session: Session) -> Sequence[Saved]:
            await self._touch(touched.family, at, session)
            register = await self._read(touched, at, session)
            before = {id: case.tasks for id, case in register.cases.items()}
            return await self._write(register, before, work(register), at, session)

        await self._book.change(attempt)

    async def _write(
        self, register: Register, before: Mapping[CaseId, tuple[Task, ...]], events: Sequence[Envelope], at: datetime,
        session: Session,
    ) -> Sequence[Saved]:  # fmt: skip
        cases = [register.cases[id] for id in register.changed_cases]
        known = {task.id: task for tasks in before.values() for task in tasks}
        tasks = [task for case in cases for task in case.tasks if known.get(task.id) != task]
        standings = [_noted(register.standings[id]) for id in register.changed_reports]
        if register.new_contacts:
            await self._contacts.insert_many([_recorded(each) for each in register.new_contacts], session=session)
        return [
            await self._case_shelf.write(map(_document, cases), events, at=at, session=session),
            await self._standing_shelf.write(standings, events, at=at, session=session),
            await self._tasks.write(tasks, at=at, session=session),
        ]

    async def _touch(self, family: Iterable[BlindIndex], at: datetime, session: Session) -> None:
        # In one order for all, so that two batches meet at their first common key and not at their last.
        touches = [
            UpdateOne({"_id": key}, {"$inc": {"touches": 1}, "$set": {"touched_at": at}}, upsert=True)
            for key in sorted(set(family))
        ]
        if touches:
            await self._families.bulk_write(touches, session=session)

    async def _read(self, touched: Touched, at: datetime, session: Session) -> Register:
        found = self._standings.find({"_id": {"$in": list(set(touched.reports))}}, session=session)
        standings = [_standing(document) async for document in found]
        ids = {*touched.cases, *(each.case_id for each in standings if each.case_id)}
        either: list[Document] = [
            {"_id": {"$in": list(ids)}},
            {"family_keys": {"$in": list(set(touched.family))}, "remembered": {"$gt": at}},
        ]
        cases = [_case(each) async for each in self._cases.find({"$or": either}, session=session)]
        ids = {id for case in cases for id in case.ids}
        contacts = await self._read_contacts(touched, sorted(ids), session)
        return Register(standings, await self._with_tasks(cases, session), contacts)

    async def _read_contacts(self, touched: Touched, ids: Sequence[str], session: Session) -> list[Contact]:
        either: list[Document] = [{"case_id": {"$in": list(ids)}}] if touched.contacts else []
        if touched.worker and touched.around:
            days = {"$gte": touched.around - _AROUND, "$lte": touched.around + _AROUND}
            either.append({"by": touched.worker, "at": days})
        found = self._contacts.find({"$or": either}, session=session) if either else None
        return [_contact(each) async for each in found] if found else []

    async def _with_tasks(self, cases: Sequence[Case], session: Session | None = None) -> list[Case]:
        tasks = await self._tasks.of_cases([case.id for case in cases], session)
        return [replace(case, tasks=tasks.get(case.id, ())) for case in cases]

    async def get(self, id: CaseId) -> Case | None:
        document = await self._cases.find_one({"_id": id})
        return (await self._with_tasks([_case(document)]))[0] if document else None

    async def contact(self, id: str) -> Contact:
        """A contact that was recorded. Raises LookupError."""
        document = await self._contacts.find_one({"_id": id})
        if document is None:
            raise LookupError(id)
        return _contact(document)

    async def contacts_of(self, case: Case, limit: int = 500) -> list[Contact]:
        """The contacts of a case and of those that are part of it, the last first."""
        found = self._contacts.find({"case_id": {"$in": sorted(case.ids)}}).sort("at", DESCENDING).limit(limit)
        return [_contact(document) async for document in found]

    async def of_report(self, report_id: ReportId) -> Case | None:
        """The case that serves a report; for a duplicate, the case of the report that it repeats."""
        for _ in range(_DUPLICATES_OF_DUPLICATES):
            document = await self._standings.find_one({"_id": report_id})
            if document is None:
                return None
            standing = _standing(document)
            if standing.duplicate_of is None:
                return await self.get(standing.case_id) if standing.case_id else None
            report_id = standing.duplicate_of
        return None

    async def standing(self, report_id: ReportId) -> Standing | None:
        document = await self._standings.find_one({"_id": report_id})
        return _standing(document) if document else None

    async def duplicates_of(self, report_ids: Sequence[ReportId]) -> int:
        """How many reports were decided to repeat one of these."""
        return await self._standings.count_documents({"duplicate_of": {"$in": list(report_ids)}})

    async def latest(self, scope: Scope, sought: Sought, after: CaseId | None, limit: int) -> list[Case]:
        """Cases, the last opened first, from beyond the case `after`."""
        query = _within(scope) | _sought(sought)
        # Only a case of this scope: another's would tell when it was opened, by what is left out.
        if after and (last := await self._cases.find_one(_within(scope) | {"_id": after}, {"opened_at": 1})):
            query["$and"] = [{"$or": [
                {"opened_at": {"$lt": last["opened_at"]}},
                {"opened_at": last["opened_at"], "_id": {"$lt": after}},
            ]}]  # fmt: skip
        found = self._cases.find(query).sort([("opened_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return await self._with_tasks([_case(document) async for document in found])

    async def soonest_due(self, scope: Scope, sought: Sought, limit: int) -> list[Case]:
        """Open cases, those first whose next task is due first; those that owe nothing come last."""
        query = _within(scope) | _sought(sought) | {"open": True}
        found = self._cases.find(query).sort("next_due", ASCENDING).limit(limit)
        return await self._with_tasks([_case(document) async for document in found])

    async def led_by(self, person: str, unit: str | None = None) -> list[Case]:
        """The open cases that a person leads, the first opened first."""
        query = {"lead.person": person, "open": True} | ({"lead.unit": unit} if unit else {})
        found = self._cases.find(query).sort("opened_at", ASCENDING)
        return await self._with_tasks([_case(document) async for document in found])

    async def all_of(self, ids: Sequence[str]) -> list[Case]:
        """The cases of these ids, the first opened first."""
        found = self._cases.find({"_id": {"$in": list(ids)}}).sort("opened_at", ASCENDING)
        return await self._with_tasks([_case(document) async for document in found])

    async def statistics(self, county: str) -> Statistics:
        counts: Document = {"_id": None, "opened": {"$sum": 1}, "reports": {"$sum": {"$size": "$reports"}},
                            "open": {"$sum": {"$cond": ["$open", 1, 0]}}}  # fmt: skip
        found = await self._cases.aggregate([{"$match": {"county": county}}, {"$group": counts}]).to_list(1)
        row = found[0] if found else {"open": 0, "opened": 0, "reports": 0}
        return Statistics(row["open"], row["opened"], row["reports"] - row["opened"])


def _within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": list(scope.counties)}}
    return query | ({"units": {"$in": sorted(scope.units)}} if scope.units else {})


def _sought(sought: Sought) -> Document:
    query: Document = {"open": True} if sought.state == "open" else {"state": sought.state} if sought.state else {}
    exact = {"lead.unit": sought.unit, "lead.person": sought.person}
    return query | {name: value for name, value in exact.items() if value}


def _document(case: Case) -> Document:
    """A case as it is stored, without its tasks, with what it is searched by."""
    document: Document = _CASE.dump_python(replace(case, tasks=()))
    searched = {
        "open": case.is_open,
        "units": sorted(case.parties),
        "next_due": case.next_due or _NEVER,
        "waiting_since": case.waits_for_worker_since,
        "remembered": _NEVER if case.is_open else case.remembered_until,
    }
    return {"_id": document.pop("id"), **document, **searched}


def _case(document: Document) -> Case:
    return _CASE.validate_python({**document, "id": document["_id"]})


def _noted(standing: Standing) -> Document:
    document: Document = _STANDING.dump_python(standing)
    return {"_id": document.pop("report_id"), **document}


def _standing(document: Document) -> Standing:
    return _STANDING.validate_python({**document, "report_id": document["_id"]})


def _recorded(contact: Contact) -> Document:
    document: Document = _CONTACT.dump_python(contact)
    return {"_id": document.pop("id"), **document}


def _contact(document: Document) -> Contact:
    return _CONTACT.validate_python({**document, "id": document["_id"]})
