"""Reports and erasures in MongoDB; besides `kit.mongo` only the stores know the driver."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from contracts.event import Sealed
from contracts.reports import ReportId
from kit import mongo
from kit.mongo import Collection, Database, Document
from kit.outbox import Outbox, Publish
from pymongo import ReturnDocument, UpdateOne
from rules.taiwan import taipei_day

from intake.domain.agency import SANDBOX
from intake.domain.remarks import Remark
from intake.domain.status import Status, Step, Teller

MOST_LATE = 1_000
REFS_AT_ONCE = 2_000
_PLACE = {"day": 1, "feedback": 1, "receipt.serial": 1, "report.sequence": 1, "sealed.sender": 1}
_OPEN_REF = "report.sender_ref"
_HAS_OPEN_REF = {_OPEN_REF: {"$exists": True}}
_SENDER = {"agency": "$agency_id", "unit": "$source_unit", "county": "$county"}
CountyDay = tuple[str, str]
"""A county and a day in Taiwan, such as `("chiayi-county", "2026-11-22")`."""


class Reports:
    """Every report as it was received, what became of it, and the events it caused."""

    def __init__(self, database: Database, publish: Publish | None = None) -> None:
        self._reports: Collection = database["reports"]
        self._serials: Collection = database["serials"]
        self._erasures: Collection = database["erasures"]
        self.outbox = Outbox(self._reports, publish)

    async def prepare(self) -> None:
        await self._reports.create_index(
            "claims", unique=True, partialFilterExpression={"claims": {"$exists": True}}, name="once"
        )
        await self._reports.create_index([("day", 1), ("county", 1)], name="counted")
        await self._reports.create_index([("agency_id", 1), ("day", 1), ("received_at", 1)], name="by_sender")
        await self._reports.create_index(
            [("day", 1), ("received_at", 1)], partialFilterExpression={"answered": False}, name="unanswered"
        )
        await self._reports.create_index(
            [("agency_id", 1), ("report.sequence", 1), ("received_at", 1)],
            partialFilterExpression={"report.sequence": {"$exists": True}},
            name="by_number",
        )
        await self._reports.create_index(
            "written_due_at", partialFilterExpression={"written_due_at": {"$exists": True}}, name="written"
        )
        await self._reports.create_index(_OPEN_REF, partialFilterExpression=_HAS_OPEN_REF, name="open_refs")
        await self.outbox.prepare()

    def with_open_refs(self) -> AsyncIterator[Document]:
        """Reports of earlier releases: their sender's reference in the clear, and the claim that held it."""
        wanted = {"agency_id": 1, "claims": 1, "sealed": 1, _OPEN_REF: 1}
        return self._reports.find(_HAS_OPEN_REF, wanted).hint("open_refs")

    async def seal_ref(self, id: str, claims: Sequence[str], token: Sealed | None) -> None:
        sealed = {"sealed.sender": token} if token else {}
        change = {"$set": {"claims": list(claims)} | sealed, "$unset": {_OPEN_REF: ""}}
        await self._reports.update_one({"_id": id} | _HAS_OPEN_REF, change)

    async def add(self, documents: Sequence[Document]) -> set[int]:
        """Insert reports in one durable write; the positions of those that one of their claims excludes."""
        return await mongo.insert_new(self._reports, documents)

    async def holders(self, claims: Iterable[str]) -> dict[str, Document]:
        """Who holds which claim: `fingerprint` and `receipt` of reports that the majority of the database has."""
        wanted = list(claims)
        found = self._reports.find(
            {"claims": {"$in": wanted}}, {"claims": 1, "fingerprint": 1, "receipt": 1, "origin": 1}
        )
        return {claim: document async for document in found for claim in document["claims"]}

    async def claim(self, report_id: str, claims: Sequence[str]) -> None:
        """Let a report hold these claims too, except those that another report took at the same instant."""
        try:
            await self._reports.update_one({"_id": report_id}, {"$addToSet": {"claims": {"$each": list(claims)}}})
        except mongo.Duplicate:
            return

    async def numbers(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """Reserve running numbers, this many for each series; the first of each."""
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

    async def claimed(self, claims: Sequence[str]) -> dict[str, Document]:
        """The reports that hold these claims, by claim, as a reconciliation needs them."""
        found: dict[str, Document] = {}
        for start in range(0, len(claims), REFS_AT_ONCE):
            asked = set(claims[start : start + REFS_AT_ONCE])
            async for document in self._reports.find({"claims": {"$in": list(asked)}}, _PLACE | {"claims": 1}):
                found |= dict.fromkeys(asked.intersection(document["claims"]), document)
        return found

    async def of_days(self, agency_id: str, days: Sequence[str]) -> list[Document]:
        """An agency's reports of these days, in the order of their numbers, as a reconciliation needs them."""
        query = {"agency_id": agency_id, "day": {"$in": list(days)}}
        found = self._reports.find(query, _PLACE).sort("report.sequence", 1)
        return [document async for document in found]

    async def senders(self, ids: Iterable[str], agencies: Iterable[str]) -> dict[str, Document]:
        """Those of these reports that these agencies sent: `agency_id`, and the serial of the receipt."""
        query = {"_id": {"$in": list(ids)}, "agency_id": {"$in": list(agencies)}}
        found = self._reports.find(query, {"agency_id": 1, "receipt.serial": 1})
        return {document["_id"]: document async for document in found}

    async def hours(self, since: datetime) -> AsyncIterator[tuple[Document, datetime, int]]:
        """How many reports each agency sent to each county in each hour since an instant: (`agency`, `unit` and
        `county`; hour; count). Without trials."""
        hour = {"$dateTrunc": {"date": "$received_at", "unit": "hour"}}
        days = {"$gte": taipei_day(since).isoformat()}
        groups = self._reports.aggregate(
            [
                {"$match": {"day": days, "county": {"$ne": SANDBOX}}},
                {"$group": {"_id": {"hour": hour} | _SENDER, "count": {"$sum": 1}}},
            ]
        )
        async for group in groups:
            yield group["_id"], group["_id"]["hour"], group["count"]

    async def last_heard(self, agencies: Sequence[str], since: datetime) -> dict[str, datetime]:
        """When each of these agencies was last heard, if since an instant."""
        lasts: dict[str, datetime] = {}
        for agency in agencies:
            query = {"agency_id": agency, "day": {"$gte": taipei_day(since).isoformat()}}
            newest = self._reports.find(query, {"received_at": 1}).sort([("day", -1), ("received_at", -1)]).limit(1)
            async for report in newest:
                lasts[agency] = report["received_at"]
        return lasts

    async def take(self, steps: Iterable[Step], remarks: Iterable[Remark] = ()) -> None:
        """Note steps and remarks in one bulk write; an older step than the report has, or the same again, changes
        nothing."""
        updates = [_newer(step) for step in steps] + [_added(remark) for remark in remarks]
        if updates:
            await self._reports.bulk_write(updates, ordered=False)

    async def amend(
        self, report_id: str, from_version: int, now: Document, former: Document, outbox: list[Document]
    ) -> bool:
        """Put a new version in place and the former into `history`; False when it was amended meanwhile."""
        change = {"$set": now, "$push": {"history": former, "outbox": {"$each": outbox}}}
        done = await self._reports.update_one({"_id": report_id, "version": from_version}, change)
        return bool(done.modified_count)

    async def counties_on(self, days: Sequence[str]) -> set[CountyDay]:
        """Where any report was received on these days."""
        found = {(county, day) for day in days for county in await self._reports.distinct("county", {"day": day})}
        return {key for key in found if key[0] != SANDBOX}

    async def received(self, key: CountyDay) -> int:
        county, day = key
        return await self._reports.count_documents({"day": day, "county": county})

    async def unanswered(self, days: Sequence[str], before: datetime) -> dict[CountyDay, tuple[ReportId, ...]]:
        """Reports of these days, received before an instant, that nobody decided or took up for review.

        The oldest `MOST_LATE` of each county and day, so that one county's thousands hide nobody else's.
        """
        query = {"day": {"$in": list(days)}, "received_at": {"$lt": before}, "answered": False}
        oldest = {"$firstN": {"input": "$_id", "n": MOST_LATE}}
        found = self._reports.aggregate([
            {"$match": query},
            {"$sort": {"received_at": 1}},
            {"$group": {"_id": {"county": "$county", "day": "$day"}, "oldest": oldest}},
        ])  # fmt: skip
        return {(each["_id"]["county"], each["_id"]["day"]): tuple(each["oldest"]) async for each in found}

    async def erase(self, report_id: str, reason: str, at: datetime) -> bool:
        """Note that a report is erased and remove what could confirm a guess at it; False when there is none."""
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


def _added(remark: Remark) -> UpdateOne:
    once = {"_id": remark.report_id, "agency_id": remark.agency_id, f"{remark.about}.id": {"$ne": remark.id}}
    return UpdateOne(once, {"$push": {remark.about.value: {"id": remark.id, "at": remark.at} | dict(remark.facts)}})


def _newer(step: Step) -> UpdateOne:
    at = f"feedback.{step.teller}"
    noted = {"order": step.order, "at": step.at, "status": step.status.value}
    noted |= {name: value for name in ("to_unit_kind", "outcome", "service") if (value := getattr(step, name))}
    older = {"_id": step.report_id, f"{at}.order": {"$not": {"$gte": step.order}}}
    return UpdateOne(older, {"$set": {at: noted, "answered": True}})
