"""Reports and what is registered under their keys, in MongoDB."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from kit.mongo import DUPLICATE_KEY, Client, Database, Document, Session, transact
from kit.outbox import FIELD, Outbox, Publish
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

from dispatch.window.shelf import Shelf

WRITE_CONFLICT = 112
REMEMBERED = 50
"""How many of the latest reports a key remembers."""
CHANGES_WAIT_MS = 50
GATHERED_FOR = 0.05
"""Seconds for which changes are gathered into one batch: without an end, a steady flow would never be told."""
MOST_CHANGES = 200
_FIGURES = (
    "county", "day", "case_type", "source_unit", "township", "stage", "decision.outcome", "person",
    "arrived_from.county",
)  # fmt: skip
COUNTED = [(name, 1) for name in _FIGURES]
"""The fields of figures together, so that counting a year reads its index and no report."""
WAITS = [(name, 1) for name in ("county", "stage", "breach_at", "returns")]
"""The fields by which the board counts what is open, several times a second: again its index and no report."""
NOT_SHOWN = {"outbox": 0, "keys": 0}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Reports:
    """The reports of the window. `outbox` publishes the events that their documents hold."""

    def __init__(self, client: Client, database: Database, publish: Publish) -> None:
        self._client = client
        self._reports = database["reports"]
        self._keys = database["keys"]
        self._counts = database["counts"]
        self._heard = database["senders_heard"]
        self.outbox = Outbox(self._reports, publish)

    async def prepare(self) -> None:
        for fields in (
            COUNTED,
            [("county", 1), ("breach_at", 1)],
            WAITS,
            [("county", 1), ("decision.decided_at", -1)],
            [("person", 1)],
        ):
            await self._reports.create_index(fields)
        for seldom in ("report_id", "serial", "claim.until"):
            await self._reports.create_index(seldom, sparse=True)
        await self._reports.create_index("changed_at", partialFilterExpression={"to_carry": True}, name="to_carry")
        for collection in (self._keys, self._counts):
            await collection.create_index("at")  # a transaction cannot wait for a collection to be made
        await self.outbox.prepare()

    async def decide_batch(
        self, ids: Sequence[str], keys: Iterable[str], decide: Callable[[Shelf], None]
    ) -> list[Document]:
        """Let `decide` put reports on a shelf, in one transaction; the documents of `ids`, and what else it changed.

        Two batches that touch one key conflict, and the loser starts again: `decide` runs each time on a fresh shelf.
        """
        touched = sorted(set(keys))

        async def work(session: Session) -> list[Document]:
            with _lost_races():
                shelf = await self._read(ids, touched, session)
                present = set(shelf.documents)
                decide(shelf)
                await self._write(shelf, present, session)
            return [shelf.documents[id] for id in dict.fromkeys([*ids, *shelf.written]) if id in shelf.documents]

        return await transact(self._client, work)

    async def _read(self, ids: Sequence[str], keys: list[str], session: Session) -> Shelf:
        """Touch the keys first, so that of two batches that share one only one goes on; then read."""
        if keys:
            touches = [UpdateOne({"_id": key}, {"$inc": {"touched": 1}}, upsert=True) for key in keys]
            await self._keys.bulk_write(touches, session=session)
        found = self._keys.find({"_id": {"$in": keys}}, {"reports": 1}, session=session)
        under = {each["_id"]: list(each.get("reports", ())) async for each in found}
        wanted = list({*ids, *(id for reports in under.values() for id in reports)})
        documents = await self._by_id(wanted, session)
        others = {each["decision"]["duplicate_of"] for each in documents.values()}
        others |= {each["of"] for id in ids if id in documents for each in documents[id].get("verdicts", ())}
        documents |= await self._by_id(list(others - {None, *documents}), session)
        return Shelf(documents | await self._handed_on(documents, session), under)

    async def _handed_on(self, documents: Mapping[str, Document], session: Session) -> dict[str, Document]:
        """The documents of the counties to which these reports were sent, and of those to which they sent them on."""
        found: dict[str, Document] = {}
        ids = {each["transfer"]["id"] for each in documents.values() if each.get("transfer")}
        while ids := ids - {*documents, *found}:
            further = await self._by_id(list(ids), session)
            found |= further
            ids = {each["transfer"]["id"] for each in further.values() if each.get("transfer")}
        return found

    async def _by_id(self, ids: list[str], session: Session) -> dict[str, Document]:
        found = self._reports.find({"_id": {"$in": ids}}, session=session) if ids else None
        return {each["_id"]: each async for each in found} if found else {}

    async def _write(self, shelf: Shelf, present: set[str], session: Session) -> None:
        if not shelf.written:
            return
        if new := [document for id, document in shelf.written.items() if id not in present]:
            await self._reports.insert_many(new, session=session)
        changed = [ReplaceOne({"_id": id}, document) for id, document in shelf.written.items() if id in present]
        if changed:
            await self._reports.bulk_write(changed, session=session)
        for other, person in shelf.counted_as.items():
            await self._reports.update_many({"person": other}, {"$set": {"person": person}}, session=session)
        registrations = [
            UpdateOne({"_id": key}, {"$push": {"reports": {"$each": ids, "$slice": -REMEMBERED}}})
            for key, ids in sorted(shelf.registered.items())
        ]
        if registrations:
            await self._keys.bulk_write(registrations, session=session)

    async def note(self, updates: Sequence["Note"]) -> set[str]:
        """Add to reports what happened to them, each at most once; the ids of reports that are not known here."""
        if not updates:
            return set()
        written = await self._reports.bulk_write([update.operation() for update in updates])
        if written.matched_count == len(updates):
            return set()
        ids = {update.report_id for update in updates}
        return ids - {each["_id"] async for each in self._reports.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    async def keep_counts(self, counts: Sequence[Document]) -> None:
        """Keep intake's latest count for each county and day; an older one changes nothing."""
        if counts:
            await self._counts.bulk_write([_if_newer(count, "counted_at") for count in counts])

    async def keep_heard(self, heard: Sequence[Document]) -> None:
        """Keep intake's latest word on the senders of each county; an older one changes nothing."""
        if heard:
            await self._heard.bulk_write([_if_newer(each, "listened_at") for each in heard])

    async def heard_of(self, county: str) -> Document | None:
        """Intake's latest word on a county's senders, as `silent`, `heard` and `listened_at`."""
        return await self._heard.find_one({"_id": county})

    async def change(
        self, report_id: str, only: Mapping[str, Any], sets: Mapping[str, Any], happened: Document | None = None
    ) -> bool:
        """Change a report if it still is as `only` says, adding to its history and outbox; False when it is not."""
        adds = {FIELD: {"$each": sets[FIELD]}} if FIELD in sets else {}
        adds |= {"history": happened} if happened else {}
        update = {"$set": {name: value for name, value in sets.items() if name != FIELD}}
        answer = await self._reports.update_one({**only, "_id": report_id}, update | ({"$push": adds} if adds else {}))
        return answer.matched_count == 1

    async def one(self, report_id: str) -> Document | None:
        return await self._reports.find_one({"_id": report_id})

    async def of_report(self, report_id: str) -> list[Document]:
        """Every county's document of a report, or the one of this id; the one of who holds it comes first."""
        found = self._reports.find({"$or": [{"_id": report_id}, {"report_id": report_id}]})
        documents = [document async for document in found]
        return sorted(documents, key=lambda each: (each.get("holds") is False, each["_id"] != report_id))

    async def called(self, name: str) -> list[Document]:
        """The documents of the report of this id or serial."""
        query = {"$or": [{"_id": name}, {"report_id": name}, {"serial": name.upper()}]}
        return [document async for document in self._reports.find(query)]

    async def serials_of(self, ids: Iterable[str]) -> list[Document]:
        """What the reports of these ids are called, who holds them and who may open them, for each county."""
        either = {"$in": list(ids)}
        query = {"$or": [{"_id": either}, {"report_id": either}]}
        answer = {"stage": 1, "decision.unit": 1, "decision.collaborators": 1, "accepted.unit": 1}
        names = {"report_id": 1, "serial": 1, "county": 1, "holds": 1} | answer
        return [each async for each in self._reports.find(query, names)]

    async def count_of(self, county: str, day: str) -> Document | None:
        """Intake's latest count, as `received`, `unanswered` and `counted_at`."""
        return await self._counts.find_one({"_id": f"{county}:{day}"})

    async def known_of(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are here."""
        return {each["_id"] async for each in self._reports.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    async def registered_under(self, keys: Sequence[str], *, also: Sequence[str], most: int) -> list[Document]:
        """The latest `most` reports under any of these keys, and those of the ids `also`, without their outbox."""
        found = self._keys.find({"_id": {"$in": list(keys)}}, {"reports": 1})
        ids = {id async for each in found for id in each.get("reports", ())} - set(also)
        reports = self._reports.find({"_id": {"$in": list(ids)}}, {"outbox": 0}).sort("received_at", -1)
        return [*(await self._by_ids(also)), *[each async for each in reports.limit(most)]]

    async def _by_ids(self, ids: Sequence[str]) -> list[Document]:
        return [each async for each in self._reports.find({"_id": {"$in": list(ids)}}, {"outbox": 0})]

    async def counties(self) -> list[str]:
        """The counties that have reports here."""
        return [str(each) for each in await self._reports.distinct("county")]

    async def figures(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """The rows of an aggregation over the reports."""
        return [row async for row in self._reports.aggregate(list(pipeline))]

    async def listed(self, query: Document, by: str, direction: int, most: int) -> list[Document]:
        """Reports that a query finds, in the order of one field, without what no page shows."""
        found = self._reports.find(query, NOT_SHOWN).sort(by, direction).limit(most)
        return [document async for document in found]

    async def ids_of(self, query: Document) -> list[str]:
        return [each["_id"] async for each in self._reports.find(query, {"_id": 1}).sort("breach_at", 1)]

    async def changes(self, after: str | None = None) -> AsyncIterator[tuple[str, list[Document]]]:
        """Changed reports in batches, each with the mark to resume after; also empty batches, as a sign of life.

        Marks are ordered as text and the same for every process. Raises OperationFailure when `after` is too old.
        """
        seen: list[dict[str, Any]] = [
            {"$match": {"$or": [{"operationType": {"$in": ["insert", "replace"]}},
                                {"updateDescription.updatedFields.changed_at": {"$exists": True}}]}},
            {"$project": {f"fullDocument.{name}": 0 for name in NOT_SHOWN}},
        ]  # fmt: skip
        resume = {"_data": after} if after else None
        async with self._reports.watch(
            seen, full_document="updateLookup", max_await_time_ms=CHANGES_WAIT_MS, start_after=resume
        ) as stream:
            while stream.alive:
                batch: dict[str, Document] = {}
                until = monotonic() + GATHERED_FOR
                while len(batch) < MOST_CHANGES and (change := await stream.try_next()):
                    if document := change.get("fullDocument"):
                        batch[document["_id"]] = document
                    if monotonic() > until:
                        break
                yield stream.resume_token["_data"] if stream.resume_token else "", list(batch.values())


@dataclass(frozen=True)
class Note:
    """One happening to add to a report's history, with fields to set and to count; `only` narrows when it applies."""

    report_id: str
    happened: Document
    sets: Mapping[str, Any]
    only: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def operation(self) -> UpdateOne:
        report = {"$or": [{"_id": self.report_id}, {"report_id": self.report_id}], "holds": {"$ne": False}}
        query = {**report, "history.id": {"$ne": self.happened["id"]}, **self.only}
        counted = {"$inc": dict(self.counts)} if self.counts else {}
        return UpdateOne(query, {"$push": {"history": self.happened}, "$set": dict(self.sets)} | counted)


def _if_newer(snapshot: Document, at: str) -> UpdateOne:
    older = {"$lt": [{"$ifNull": [f"${at}", _LONG_AGO]}, snapshot[at]]}
    return UpdateOne(
        {"_id": snapshot["_id"]}, [{"$replaceWith": {"$cond": [older, {"$literal": snapshot}, "$$ROOT"]}}], upsert=True
    )


@contextmanager
def _lost_races() -> Iterator[None]:
    """A document that another writer made since our snapshot is a lost race like any other: begin again."""
    try:
        yield
    except BulkWriteError as error:
        codes = {failure["code"] for failure in (error.details or {}).get("writeErrors", ())}
        if codes and codes <= {DUPLICATE_KEY, WRITE_CONFLICT}:
            labelled = {"errorLabels": ["TransientTransactionError"]}
            raise OperationFailure("another writer came first", WRITE_CONFLICT, labelled) from error
        raise
