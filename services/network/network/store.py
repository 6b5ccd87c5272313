"""Cases, and where each report stands, in MongoDB: changed in one transaction a batch, with the events they cause."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.cases import CaseId
from contracts.event import BlindIndex, Envelope
from contracts.reports import ReportId
from contracts.topics import CASES
from kit import outbox
from kit.mongo import Client, Collection, Database, Document, Session, transact
from kit.outbox import Outbox, Outgoing, Publish
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, UpdateOne

from network.domain.case import Case
from network.domain.register import Register, Standing
from network.scopes import EVERYWHERE, Scope

_CASE = TypeAdapter(Case)
_STANDING = TypeAdapter(Standing)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_KEPT_TOUCHED = timedelta(days=30)
_DUPLICATES_OF_DUPLICATES = 8

Work = Callable[[Register], Sequence[Envelope]]
"""Changes the register in memory and answers with the events to publish; must be repeatable."""


@dataclass(frozen=True)
class Touched:
    """What a piece of work may read and change."""

    reports: Sequence[ReportId] = ()
    cases: Sequence[CaseId] = ()
    family: Iterable[BlindIndex] = ()


@dataclass(frozen=True)
class Statistics:
    """Cases open now, cases ever opened, and reports that joined one."""

    open: int
    opened: int
    joined: int


class Cases:
    """The register of joint cases of this service's database."""

    def __init__(self, client: Client, database: Database, publish: Publish) -> None:
        self._client = client
        self._cases = database["cases"]
        self._standings = database["standings"]
        self._families = database["families"]
        self.outboxes = (Outbox(self._cases, publish), Outbox(self._standings, publish))

    async def prepare(self) -> None:
        await self._cases.create_index("reports.report_id")
        await self._cases.create_index([("family_keys", ASCENDING), ("state", ASCENDING)])
        await self._cases.create_index([("county", ASCENDING), ("state", ASCENDING), ("opened_at", DESCENDING)])
        await self._cases.create_index([("county", ASCENDING), ("state", ASCENDING), ("next_due", ASCENDING)])
        await self._standings.create_index("duplicate_of")
        await self._families.create_index("touched_at", expireAfterSeconds=int(_KEPT_TOUCHED.total_seconds()))
        for each in self.outboxes:
            await each.prepare()

    async def change(self, touched: Touched, work: Work, *, at: datetime) -> None:
        """Do `work` in one transaction and publish its events; what `work` raises changes nothing.

        Two transactions that touch one key of a family conflict, and the loser starts again and sees what the winner
        did: so a family has at most one open case, whoever races.
        """

        async def attempt(session: Session) -> tuple[list[Document], list[Document]]:
            await self._touch(touched.family, at, session)
            register = await self._read(touched, session)
            events = _by_subject(work(register), at)
            cases = [_document(register.cases[id]) for id in register.changed_cases]
            standings = [_noted(register.standings[id]) for id in register.changed_reports]
            return (
                await _save(self._cases, cases, events, session),
                await _save(self._standings, standings, events, session),
            )

        for box, documents in zip(self.outboxes, await transact(self._client, attempt), strict=True):
            box.send(documents)

    async def _touch(self, family: Iterable[BlindIndex], at: datetime, session: Session) -> None:
        # In one order for all, so that two batches meet at their first common key and not at their last.
        touches = [
            UpdateOne({"_id": key}, {"$inc": {"touches": 1}, "$set": {"touched_at": at}}, upsert=True)
            for key in sorted(set(family))
        ]
        if touches:
            await self._families.bulk_write(touches, session=session)

    async def _read(self, touched: Touched, session: Session) -> Register:
        found = self._standings.find({"_id": {"$in": list(set(touched.reports))}}, session=session)
        standings = [_standing(document) async for document in found]
        ids = {*touched.cases, *(each.case_id for each in standings if each.case_id)}
        either: list[Document] = [
            {"_id": {"$in": list(ids)}},
            {"family_keys": {"$in": list(set(touched.family))}, "state": "open"},
        ]
        return Register(standings, [_case(each) async for each in self._cases.find({"$or": either}, session=session)])

    async def get(self, id: CaseId) -> Case | None:
        document = await self._cases.find_one({"_id": id})
        return _case(document) if document else None

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

    async def latest(self, scope: Scope, state: str | None, after: CaseId | None, limit: int) -> list[Case]:
        """Cases, the last opened first, from beyond the case `after`."""
        query = _within(scope) | ({"state": state} if state else {})
        # Only a case of this scope: another's would tell when it was opened, by what is left out.
        if after and (last := await self._cases.find_one(_within(scope) | {"_id": after}, {"opened_at": 1})):
            query["$and"] = [{"$or": [
                {"opened_at": {"$lt": last["opened_at"]}},
                {"opened_at": last["opened_at"], "_id": {"$lt": after}},
            ]}]  # fmt: skip
        found = self._cases.find(query).sort([("opened_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [_case(document) async for document in found]

    async def soonest_due(self, scope: Scope, limit: int) -> list[Case]:
        """Open cases, those first whose next task is due first; those that owe nothing come last."""
        found = self._cases.find(_within(scope) | {"state": "open"}).sort("next_due", ASCENDING).limit(limit)
        return [_case(document) async for document in found]

    async def statistics(self, county: str) -> Statistics:
        counts: Document = {"_id": None, "opened": {"$sum": 1}, "reports": {"$sum": {"$size": "$reports"}},
                            "open": {"$sum": {"$cond": [{"$eq": ["$state", "open"]}, 1, 0]}}}  # fmt: skip
        found = await self._cases.aggregate([{"$match": {"county": county}}, {"$group": counts}]).to_list(1)
        row = found[0] if found else {"open": 0, "opened": 0, "reports": 0}
        return Statistics(row["open"], row["opened"], row["reports"] - row["opened"])


def _within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": list(scope.counties)}}
    if scope.units:
        units = {"$in": list(scope.units)}
        query["$or"] = [{"lead.unit": units}, {"collaborators.unit": units}]
    return query


def _by_subject(events: Sequence[Envelope], at: datetime) -> dict[str, list[Document]]:
    """Outbox entries by the document that holds them, which is their subject: a case, or a report's standing."""
    waiting: dict[str, list[Document]] = {}
    for event in events:
        waiting.setdefault(event.subject, []).extend(outbox.entries([Outgoing.of(CASES, event)], at))
    return waiting


async def _save(
    collection: Collection, documents: list[Document], events: dict[str, list[Document]], session: Session
) -> list[Document]:
    """Write the documents in one go; each as what `Outbox.send` needs of it."""
    saved: list[Document] = []
    writes: list[UpdateOne] = []
    for document in documents:
        id = document.pop("_id")
        waiting = events.get(id, [])
        push: dict[str, Any] = {"$push": {outbox.FIELD: {"$each": waiting}}} if waiting else {}
        writes.append(UpdateOne({"_id": id}, {"$set": document, **push}, upsert=True))
        saved.append({"_id": id, outbox.FIELD: waiting})
    if writes:
        await collection.bulk_write(writes, session=session)
    return saved


def _document(case: Case) -> Document:
    document: Document = _CASE.dump_python(case)
    return {"_id": document.pop("id"), **document, "next_due": case.next_due or _NEVER}


def _case(document: Document) -> Case:
    return _CASE.validate_python({**document, "id": document["_id"]})


def _noted(standing: Standing) -> Document:
    document: Document = _STANDING.dump_python(standing)
    return {"_id": document.pop("report_id"), **document}


def _standing(document: Document) -> Standing:
    return _STANDING.validate_python({**document, "report_id": document["_id"]})
