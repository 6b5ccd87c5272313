"""The ledger in MongoDB: read from the reports themselves, so that nothing kept beside them can disagree."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from kit import mongo
from kit.mongo import Collection, Database, Document
from rules.taiwan import taipei_day

from intake.domain.agency import SANDBOX
from intake.domain.days import Part
from intake.domain.gaps import NumberGap, Numbers
from intake.domain.status import Status, Teller
from intake.domain.teaching import TeachingNote
from intake.refs import token_of

NUMBER = "report.sequence"
GAPS_AT_ONCE = 100
LOOKED_BACK = timedelta(days=30)
"""How long an overdue written form is counted for operators; the sender's own page names it indefinitely."""


class Ledger:
    """Reads an agency's reports, and keeps what is known of its numbers (`sequences`, which may be rebuilt)."""

    def __init__(self, database: Database) -> None:
        self._reports: Collection = database["reports"]
        self._sequences: Collection = database["sequences"]
        self._repeats: Collection = database["repeats"]

    async def highest(self, agency_id: str) -> int | None:
        """The highest number of an agency that is durable."""
        query = {"agency_id": agency_id, NUMBER: {"$gte": 0}}
        found = self._reports.find(query, {NUMBER: 1, "_id": 0}).sort(NUMBER, -1).limit(1)
        numbers: list[int] = [each["report"]["sequence"] async for each in found]
        return numbers[0] if numbers else None

    async def numbers_above(self, agency_id: str, number: int | None) -> list[tuple[int, datetime]]:
        """The numbers above one, in order, each with when it came."""
        return await self._numbers(agency_id, {"$gt": -1 if number is None else number})

    async def numbers_in(self, agency_id: str, gaps: Sequence[NumberGap]) -> list[int]:
        """Which numbers of gaps came since, in order."""
        came: list[int] = []
        for start in range(0, len(gaps), GAPS_AT_ONCE):
            ranges = [{NUMBER: {"$gte": gap.first, "$lte": gap.last}} for gap in gaps[start : start + GAPS_AT_ONCE]]
            found = self._reports.find({"$or": [{"agency_id": agency_id} | each for each in ranges]}, {NUMBER: 1})
            came += [each["report"]["sequence"] async for each in found]
        return sorted(came)

    async def _numbers(self, agency_id: str, which: Document) -> list[tuple[int, datetime]]:
        shown = {NUMBER: 1, "received_at": 1, "_id": 0}
        found = self._reports.find({"agency_id": agency_id, NUMBER: which}, shown).sort(NUMBER, 1)
        return [(each["report"]["sequence"], each["received_at"]) async for each in found]

    async def known(self, agency_id: str) -> tuple[Numbers, int]:
        """What was last known of an agency's numbers, and its version."""
        found = await self._sequences.find_one({"_id": agency_id})
        if found is None:
            return Numbers(), 0
        gaps = tuple(NumberGap(each["first"], each["last"], each["since"]) for each in found["gaps"])
        return Numbers(found["highest"], gaps), found["version"]

    async def know(self, agency_id: str, numbers: Numbers, version: int) -> None:
        """Store what is known now, unless another process stored more meanwhile."""
        gaps = [{"first": each.first, "last": each.last, "since": each.since} for each in numbers.gaps]
        change = {"$set": {"highest": numbers.highest, "gaps": gaps, "version": version + 1}}
        try:
            await self._sequences.update_one({"_id": agency_id, "version": version}, change, upsert=version == 0)
        except mongo.Duplicate:
            return

    async def numbering(self, since: datetime) -> list[str]:
        """The agencies that sent numbered reports since a day, without sandbox agencies."""
        query = {"day": {"$gte": taipei_day(since).isoformat()}, NUMBER: {"$exists": True}, "county": {"$ne": SANDBOX}}
        return sorted(await self._reports.distinct("agency_id", query))

    async def overdue(self, now: datetime) -> int:
        """How many oral reports of the last month are past the time of their written form, without trials."""
        due = {"$lt": now, "$gte": now - LOOKED_BACK}
        query = {"written_due_at": due, "written_at": {"$exists": False}, "county": {"$ne": SANDBOX}}
        return await self._reports.count_documents(query)

    async def repeated(self, times: Mapping[tuple[str, str], int]) -> None:
        """Count reports that came again: how many, of which agency, on which day."""
        for (agency_id, day), count in times.items():
            await self._repeats.update_one({"_id": f"{agency_id} {day}"}, {"$inc": {"count": count}}, upsert=True)

    async def repeats(self, agency_id: str, days: Iterable[str]) -> dict[str, int]:
        """How many reports came again on each of these days."""
        ids = {f"{agency_id} {day}": day for day in days}
        return {ids[each["_id"]]: each["count"] async for each in self._repeats.find({"_id": {"$in": list(ids)}})}

    async def parts(self, agency_id: str, days: Sequence[str], now: datetime) -> list[Part]:
        """The reports of these days, counted by what became of them."""
        groups = self._reports.aggregate(
            [
                {"$match": {"agency_id": agency_id, "day": {"$in": list(days)}}},
                {"$project": {"day": 1, "written": _written(now), "step": {"$max": [_step(t) for t in Teller]}}},
                {
                    "$group": {
                        "_id": {"day": "$day", "written": "$written", "status": "$step.status", "kind": "$step.kind"},
                        "count": {"$sum": 1},
                    }
                },
            ]
        )
        return [_part(group["_id"], group["count"]) async for group in groups]

    async def received(self, agency_id: str, days: Sequence[str]) -> int:
        return await self._reports.count_documents({"agency_id": agency_id, "day": {"$in": list(days)}})

    async def notes(self, agency_id: str, days: Sequence[str]) -> AsyncIterator[TeachingNote]:
        """What fell short in the reports of these days: our own flags at receipt, and what officers found."""
        doubts = [{"receipt.flags.0": {"$exists": True}}, {"improper.0": {"$exists": True}}]
        fields = {"receipt.flags": 1, "improper": 1, "sealed.sender": 1}
        query = {"agency_id": agency_id, "day": {"$in": list(days)}, "$or": doubts}
        async for report in self._reports.find(query, fields).sort([("day", -1), ("received_at", -1)]):
            ref = token_of(report)
            for flag in report["receipt"]["flags"]:
                yield TeachingNote(report["_id"], ref, flag["at"], flag["reason"], by_officer=False)
            for remark in report.get("improper", []):
                for shortcoming in remark["shortcomings"]:
                    yield TeachingNote(report["_id"], ref, shortcoming["at"], shortcoming["code"], by_officer=True)


def _written(now: datetime) -> Document:
    """Whether the written form of an oral report did not come yet, and whether it should have."""
    waits = {"$and": [{"$gt": ["$written_due_at", None]}, {"$lte": ["$written_at", None]}]}
    late = {"$cond": [{"$lt": ["$written_due_at", now]}, "overdue", "due"]}
    return {"$cond": [waits, late, None]}


def _step(teller: Teller) -> Document:
    """A step as the database orders it: by time, then by teller, as `domain.status.latest` does."""
    noted = f"$feedback.{teller.value}"
    return {
        "at": {"$ifNull": [f"{noted}.at", _NEVER]},
        "rank": list(Teller).index(teller),
        "status": f"{noted}.status",
        "kind": {"$ifNull": [f"{noted}.outcome", f"{noted}.to_unit_kind"]},
    }


_NEVER = datetime.fromtimestamp(0, UTC)


def _part(key: Document, count: int) -> Part:
    status = Status(key.get("status") or Status.RECEIVED)
    return Part(key["day"], status, key.get("kind"), key.get("written"), count)
