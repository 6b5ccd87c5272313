"""Reports, agencies and erasures in MongoDB; with `kit.mongo` the only file here that knows it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.reports import ReportId, SourceUnit
from kit import mongo
from kit.mongo import Collection, Database, Document
from kit.outbox import Outbox, Publish
from pymongo import ReturnDocument, UpdateOne

from intake.domain.agency import Agency
from intake.domain.status import Status, Step, Teller

MOST_LATE = 1_000
CountyDay = tuple[str, str]
"""A county and a day in Taiwan, such as `("chiayi-county", "2026-11-22")`."""


class Reports:
    """Every report as it was received, what became of it, and the events it caused."""

    def __init__(self, database: Database, publish: Publish) -> None:
        self._reports: Collection = database["reports"]
        self._serials: Collection = database["serials"]
        self._erasures: Collection = database["erasures"]
        self.outbox = Outbox(self._reports, publish)

    async def prepare(self) -> None:
        await self._reports.create_index(
            "claims", unique=True, partialFilterExpression={"claims": {"$exists": True}}, name="once"
        )
        await self._reports.create_index([("day", 1), ("county", 1)], name="counted")
        await self._reports.create_index(
            [("day", 1), ("received_at", 1)], partialFilterExpression={"answered": False}, name="unanswered"
        )
        await self.outbox.prepare()

    async def add(self, documents: Sequence[Document]) -> set[int]:
        """Insert reports in one durable write; the positions of those that one of their claims keeps out."""
        return await mongo.insert_new(self._reports, documents)

    async def holders(self, claims: Iterable[str]) -> dict[str, Document]:
        """Who holds which claim: `fingerprint` and `receipt` of reports that the majority of the database has."""
        wanted = list(claims)
        found = self._reports.find({"claims": {"$in": wanted}}, {"claims": 1, "fingerprint": 1, "receipt": 1})
        return {claim: document async for document in found for claim in document["claims"]}

    async def claim(self, report_id: str, claims: Sequence[str]) -> None:
        """Let a report hold these claims too. A claim that another report took at this instant stays with that one."""
        try:
            await self._reports.update_one({"_id": report_id}, {"$addToSet": {"claims": {"$each": list(claims)}}})
        except mongo.Duplicate:
            return

    async def numbers(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """Set running numbers aside, so many for each series; the first of each."""
        lasts = await asyncio.gather(*(self._count_on(series, count) for series, count in wanted.items()))
        return {series: last - count + 1 for (series, count), last in zip(wanted.items(), lasts, strict=True)}

    async def _count_on(self, series: str, count: int) -> int:
        counter = await self._serials.find_one_and_update(
            {"_id": series}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        last: int = counter["last"]
        return last

    async def of_agency(self, report_id: str, agency_id: str) -> Document | None:
        """A report without its outbox, if this agency sent it."""
        return await self._reports.find_one({"_id": report_id, "agency_id": agency_id}, {"outbox": 0, "claims": 0})

    async def take(self, steps: Iterable[Step]) -> None:
        """Note steps in one bulk write; an older one than the report has, or the same again, changes nothing."""
        updates = [_newer(step) for step in steps]
        if updates:
            await self._reports.bulk_write(updates, ordered=False)

    async def amend(
        self, report_id: str, from_version: int, now: Document, former: Document, outbox: list[Document]
    ) -> bool:
        """Put a new version in place and the former into `history`; False when somebody amended it meanwhile."""
        change = {"$set": now, "$push": {"history": former, "outbox": {"$each": outbox}}}
        done = await self._reports.update_one({"_id": report_id, "version": from_version}, change)
        return bool(done.modified_count)

    async def counties_on(self, days: Sequence[str]) -> set[CountyDay]:
        """Where any report was received on these days."""
        return {(county, day) for day in days for county in await self._reports.distinct("county", {"day": day})}

    async def received(self, key: CountyDay) -> int:
        county, day = key
        return await self._reports.count_documents({"day": day, "county": county})

    async def unanswered(self, days: Sequence[str], before: datetime) -> dict[CountyDay, tuple[ReportId, ...]]:
        """Reports of these days, received before an instant, that nobody decided or took up for review: the oldest."""
        query = {"day": {"$in": list(days)}, "received_at": {"$lt": before}, "answered": False}
        late: dict[CountyDay, tuple[ReportId, ...]] = {}
        async for found in self._reports.find(query, {"county": 1, "day": 1}).sort("received_at", 1).limit(MOST_LATE):
            key = (found["county"], found["day"])
            late[key] = (*late.get(key, ()), found["_id"])
        return late

    async def erase(self, report_id: str, reason: str, at: datetime) -> bool:
        """Note that a report is erased and take out what could confirm a guess at it; False when there is none."""
        change = {"$set": {"erased_at": at}, "$unset": {"fingerprint": "", "latest": ""}}
        if not (await self._reports.update_one({"_id": report_id}, change)).matched_count:
            return False
        note = {"$setOnInsert": {"reason": reason, "requested_at": at}}
        await self._erasures.update_one({"_id": report_id}, note, upsert=True)
        return True

    async def erased(self, report_id: str, keys: int, at: datetime) -> None:
        """Note that the data keys are gone."""
        await self._erasures.update_one({"_id": report_id}, {"$set": {"erased_at": at}, "$inc": {"keys": keys}})


def steps_in(document: Document) -> list[Step]:
    """The steps that a report's document has noted."""
    noted: Mapping[str, Document] = document.get("feedback", {})
    return [
        Step(**step | {"report_id": document["_id"], "teller": Teller(teller), "status": Status(step["status"])})
        for teller, step in noted.items()
    ]


def _newer(step: Step) -> UpdateOne:
    at = f"feedback.{step.teller}"
    noted = {"order": step.order, "at": step.at, "status": step.status.value}
    noted |= {name: value for name in ("to_unit_kind", "outcome") if (value := getattr(step, name))}
    older = {"_id": step.report_id, f"{at}.order": {"$not": {"$gte": step.order}}}
    return UpdateOne(older, {"$set": {at: noted, "answered": True}})


class Agencies:
    """The agencies that may post, by the digest of their key."""

    def __init__(self, database: Database) -> None:
        self._agencies: Collection = database["agencies"]

    async def prepare(self, seed: Sequence[Mapping[str, Any]]) -> None:
        await self._agencies.create_index("key_sha256", unique=True)
        for entry in seed:
            await self.put(_agency(dict(entry)), str(entry["key_sha256"]))

    async def put(self, agency: Agency, key_sha256: str) -> None:
        """Register an agency, or change it. Raises kit.mongo.Duplicate for another agency's key."""
        known = {
            "source_unit": agency.source_unit.value,
            "counties": sorted(agency.counties),
            "active": agency.active,
            "key_sha256": key_sha256,
        }
        await self._agencies.update_one({"_id": agency.agency_id}, {"$set": known}, upsert=True)

    async def with_key(self, key_sha256: str) -> Agency | None:
        found = await self._agencies.find_one({"key_sha256": key_sha256})
        return _agency(found) if found else None

    async def all(self) -> AsyncIterator[Agency]:
        async for found in self._agencies.find().sort("_id", 1):
            yield _agency(found)


def _agency(entry: Mapping[str, Any]) -> Agency:
    return Agency(
        agency_id=entry.get("agency_id") or entry["_id"],
        source_unit=SourceUnit(entry["source_unit"]),
        counties=frozenset(entry.get("counties") or ["*"]),
        active=entry.get("active", True),
    )
