"""What messages have cost in people."""

from datetime import datetime

from contracts.roles import Caller
from kit.mongo import Database, Document

from notify.states import QUEUED
from notify.store import of_counties


class Costs:
    def __init__(self, database: Database) -> None:
        self._deliveries = database["deliveries"]

    async def by_rank(self, since: datetime) -> dict[int, int]:
        """How many people messages reached since then, by rank; of those sent while the month had a limit."""
        match = {"queued_at": {"$gte": since}, "cost": {"$type": "number"}}
        group = {"_id": "$rank", "people": {"$sum": "$cost"}}
        found = self._deliveries.aggregate([{"$match": match}, {"$group": group}])
        return {each["_id"]: each["people"] async for each in found}

    async def held(self, caller: Caller, most: int) -> list[Document]:
        """What waits for the quota in the caller's counties and units, the most urgent first."""
        units: Document = {"unit": {"$in": sorted(caller.units)}} if caller.units else {}
        found = self._deliveries.find({"state": QUEUED, "reason": "quota", **of_counties(caller.counties), **units})
        return [each async for each in found.sort([("rank", 1), ("queued_at", 1)]).limit(most)]
