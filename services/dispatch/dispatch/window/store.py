"""Reports and what is registered under their keys, in MongoDB: documents here, `Report` everywhere else."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any

from kit.mongo import (
    UNAVAILABLE,
    Client,
    Database,
    DatabaseError,
    Document,
    Session,
    at_one_moment,
    drop_index,
    lost_races,
    transact,
)
from kit.outbox import FIELD, Outbox, Publish
from pymongo import ReplaceOne, UpdateMany, UpdateOne
from rules.people import STRONG

from dispatch.domain.people.duplicates import Known
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.book import Book, NotRead
from dispatch.domain.report.deadlines import watched
from dispatch.domain.report.news import News
from dispatch.domain.report.report import Report
from dispatch.policy import clock_rules
from dispatch.window.documents import COMPARED, as_seen, changes_of, document_of, grown, known_of, report_of, told
from dispatch.window.keys.store import Keys

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
_STRONG = tuple(f"{kind}:" for kind in STRONG)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class MarkLost(Exception):
    """The changes can no longer be followed from this mark: whoever follows them begins anew."""


class Reports:
    """The reports of the window. `outbox` publishes the events that their documents hold."""

    def __init__(self, client: Client, database: Database, publish: Publish) -> None:
        self._client = client
        self._reports = database["reports"]
        self._keys = Keys(database)
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
        for seldom in ("report_id", "serial", "claim.until", "case_id"):
            await self._reports.create_index(seldom, sparse=True)
        # Not by `changed_at`: an index of what every line of history sets is written with each of them.
        await drop_index(self._reports, "to_carry")
        await self._reports.create_index("to_carry", partialFilterExpression={"to_carry": True}, name="carried")
        await self._counts.create_index("at")
        await self._keys.prepare()
        await self.outbox.prepare()

    async def decide_batch(
        self, ids: Sequence[str], keys: Iterable[str], decide: Callable[[Book], None]
    ) -> list[Report]:
        """Let `decide` write into a book of reports, in one transaction; the reports of `ids`, and what else it wrote.

        Two batches that share a key both write it and conflict, and the loser starts again: `decide` runs each time on
        a fresh book. Whoever has lost touches its keys before it reads, so that it is not outrun again and again.
        """
        touched, attempts = sorted(set(keys)), count()

        async def work(session: Session) -> list[Report]:
            with lost_races():
                if next(attempts):
                    await self._keys.touch(touched, session)
                book, present, unknown = await self._decided(ids, touched, decide, session)
                if book.written:
                    await self._keys.register(touched, book.registered, unknown, session)
                    await self._write(book, present, session)
            return [book.reports[id] for id in dict.fromkeys([*ids, *book.written]) if id in book.reports]

        return await transact(self._client, work)

    async def _decided(
        self, ids: Sequence[str], keys: list[str], decide: Callable[[Book], None], session: Session
    ) -> tuple[Book, set[str], set[str]]:
        """The book as `decide` wrote it, the ids of the reports that it found there, and the keys that it did not."""
        whole = set(ids)
        while True:
            book = await self._read(whole, keys, session)
            present, unknown = set(book.reports), {key for key in keys if key not in book.under}
            try:
                decide(book)
            except NotRead as missed:
                whole.add(missed.report_id)
            else:
                return book, present, unknown

    async def _read(self, ids: Collection[str], keys: list[str], session: Session) -> Book:
        """Whole are the reports of `ids` and what may be one event with them: a hundred families share a weak key."""
        under = await self._keys.under(keys, session)
        alike = {id for key, registered in under.items() if key.startswith(_STRONG) for id in registered}
        reports = await self._by_id({*ids, *alike}, session)
        absent = frozenset(ids) - reports.keys()
        others = {each.decision.duplicate_of for each in reports.values()} - {None}
        others |= {verdict.of for id in ids if id in reports for verdict in reports[id].verdicts}
        reports |= await self._by_id(others - reports.keys(), session)
        reports |= await self._handed_on(reports, session)
        compared = {id for registered in under.values() for id in registered} - reports.keys()
        return Book(reports, under, clock_rules(), await self._compared(compared, session), absent)

    async def _compared(self, ids: Collection[str], session: Session) -> dict[str, Known]:
        found = self._reports.find({"_id": {"$in": list(ids)}}, COMPARED, session=session) if ids else None
        return {each["_id"]: known_of(each) async for each in found} if found else {}

    async def _handed_on(self, reports: Mapping[str, Report], session: Session) -> dict[str, Report]:
        """The reports in the counties to which these were sent, and in those to which they sent them on."""
        found: dict[str, Report] = {}
        latest = reports
        while ids := {each.transfer.id for each in latest.values() if each.transfer} - {*reports, *found}:
            latest = await self._by_id(ids, session)
            found |= latest
        return found

    async def _by_id(self, ids: Collection[str | None], session: Session) -> dict[str, Report]:
        found = self._reports.find({"_id": {"$in": list(ids)}}, session=session) if ids else None
        return {each["_id"]: report_of(each) async for each in found} if found else {}

    async def _write(self, book: Book, present: set[str], session: Session) -> None:
        documents = {id: document_of(report) for id, report in book.written.items()}
        if new := [document for id, document in documents.items() if id not in present]:
            await self._reports.insert_many(new, session=session)
        if changed := [ReplaceOne({"_id": id}, document) for id, document in documents.items() if id in present]:
            await self._reports.bulk_write(changed, session=session)
        for other, person in book.counted_as.items():
            await self._reports.update_many({"person": other}, {"$set": {"person": person}}, session=session)

    def send(self, reports: Sequence[Report]) -> None:
        """Publish what these reports owe, without waiting; what fails is left to the sweeper."""
        self.outbox.send([{"_id": each.id, FIELD: [vars(owed) for owed in each.outbox]} for each in reports])

    async def tell(self, news: Sequence[News], now: datetime) -> set[str]:
        """Add to reports what happened to them, each at most once; the ids of reports that are not known here."""
        if not news:
            return set()
        updates = [(UpdateMany if each.case_id else UpdateOne)(*told(each, now)) for each in news]
        written = await self._reports.bulk_write(updates)
        ids = [each.report_id for each in news if not each.case_id]
        if written.matched_count == len(news) == len(ids):
            return set()
        return set(ids) - await self.known_of(ids)

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
        self, before: Report, after: Report, now: datetime, *, seen: Sequence[str], by: Actor | None
    ) -> Report | None:
        """Write what differs, while the fields `seen` are as they were and nobody but `by` holds the report.

        Answers with the report as it is then, and publishes what it owes; None where it was changed meanwhile.
        """
        after = watched(after, clock_rules(), before)
        pushed, sets = grown(before, after), changes_of(before, after)
        update = ({"$set": sets} if sets else {}) | ({"$push": pushed} if pushed else {})
        if not update:
            return after
        free = {"$or": [{"claim": None}, {"claim.until": {"$lte": now}}, {"claim.by": by.username}]} if by else {}
        answer = await self._reports.update_one({"_id": before.id} | as_seen(before, seen) | free, update)
        if not answer.matched_count:
            return None
        self.send([replace(after, outbox=after.outbox[len(before.outbox) :])])
        return after

    async def hold_on(self, report_id: str, by: Actor, now: datetime, until: datetime) -> None:
        """Let the claim of its holder last until then; changes nothing for anybody else."""
        held = {"_id": report_id, "claim.by": by.username, "claim.until": {"$gt": now}}
        await self._reports.update_one(held, {"$set": {"claim.until": until}})

    async def one(self, report_id: str) -> Report | None:
        document = await self._reports.find_one({"_id": report_id})
        return report_of(document) if document else None

    async def of_report(self, report_id: str) -> list[Report]:
        """What every county has of a report, or the one of this id; the one of who holds it comes first."""
        found = await self._found({"$or": [{"_id": report_id}, {"report_id": report_id}]})
        return sorted(found, key=lambda each: (not each.holds, each.id != report_id))

    async def called(self, name: str) -> list[Report]:
        """What the counties have of the report of this id or serial."""
        return await self._found({"$or": [{"_id": name}, {"report_id": name}, {"serial": name.upper()}]})

    async def named(self, ids: Iterable[str]) -> list[Report]:
        """What the counties have of the reports of these ids."""
        either = {"$in": list(ids)}
        return await self._found({"$or": [{"_id": either}, {"report_id": either}]})

    async def _found(self, query: Document) -> list[Report]:
        return [report_of(each) async for each in self._reports.find(query)]

    async def count_of(self, county: str, day: str) -> Document | None:
        """Intake's latest count, as `received`, `unanswered` and `counted_at`."""
        return await self._counts.find_one({"_id": f"{county}:{day}"})

    async def known_of(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are here."""
        return {each["_id"] async for each in self._reports.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    async def registered_under(
        self, keys: Sequence[str], *, also: Sequence[str], most: int
    ) -> tuple[list[Report], int]:
        """The latest `most` reports under any of these keys, and those of the ids `also`, without their outbox.

        And how many older ones are under these keys.
        """
        ids = {id for registered in (await self._keys.under(keys)).values() for id in registered} - set(also)
        reports = self._reports.find({"_id": {"$in": list(ids)}}, {"outbox": 0}).sort("received_at", -1)
        named = await self._found({"_id": {"$in": list(also)}}) if also else []
        return [*named, *[report_of(each) async for each in reports.limit(most)]], max(0, len(ids) - most)

    async def counties(self) -> list[str]:
        """The counties that have reports here."""
        return [str(each) for each in await self._reports.distinct("county")]

    async def listed(
        self, query: Document, by: str, direction: int, most: int, moment: Session | None = None
    ) -> list[Report]:
        """Reports that a query of a store finds, in the order of one field, without what no page shows."""
        found = self._reports.find(query, NOT_SHOWN, session=moment).sort(by, direction).limit(most)
        return [report_of(document) async for document in found]

    async def breaching(self, county: str, until: datetime, most: int, moment: Session | None = None) -> list[Report]:
        """A county's open reports with a clock that is due before `until`, the first due first."""
        return await self.listed({"county": county, "breach_at": {"$lt": until}}, "breach_at", 1, most, moment)

    def at_one_moment(self) -> AbstractAsyncContextManager[Session]:
        """For reads that belong together: what moves from one list to another meanwhile stands in one of them."""
        return at_one_moment(self._client)

    async def all_breaching(self, county: str, until: datetime) -> AsyncIterator[Report]:
        """The same, however many those are."""
        query = {"county": county, "breach_at": {"$lt": until}}
        async for document in self._reports.find(query, NOT_SHOWN).sort("breach_at", 1):
            yield report_of(document)

    async def to_carry(self, most: int) -> list[Report]:
        """What other counties still have to be told of, the longest unchanged first."""
        return await self.listed({"to_carry": True}, "changed_at", 1, most)

    async def changes(self, after: str | None = None) -> AsyncGenerator[tuple[str, list[Report]], None]:
        """Changed reports in batches, each with the mark to resume after; also empty batches, as a sign of life.

        Marks are ordered as text and the same for every process. Raises MarkLost when `after` is too old.
        """
        try:
            async for batch in self._changes(after):
                yield batch
        except UNAVAILABLE:
            raise
        except DatabaseError as error:
            raise MarkLost(after) from error

    async def _changes(self, after: str | None) -> AsyncIterator[tuple[str, list[Report]]]:
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
                changed = [report_of(document) for document in batch.values()]
                yield stream.resume_token["_data"] if stream.resume_token else "", changed


def _if_newer(snapshot: Document, at: str) -> UpdateOne:
    older = {"$lt": [{"$ifNull": [f"${at}", _LONG_AGO]}, snapshot[at]]}
    return UpdateOne(
        {"_id": snapshot["_id"]}, [{"$replaceWith": {"$cond": [older, {"$literal": snapshot}, "$$ROOT"]}}], upsert=True
    )
