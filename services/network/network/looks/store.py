"""The record of looks in MongoDB."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kit.mongo import Database


@dataclass(frozen=True)
class Look:
    """Somebody read sealed words; `contact_id` is the contact, plan, closing or task that they belong to."""

    at: datetime
    by: str
    county: str
    case_id: str
    contact_id: str


class Looks:
    """Looks are added, never changed."""

    def __init__(self, database: Database) -> None:
        self._looks = database["looks"]

    async def prepare(self) -> None:
        await self._looks.create_index([("county", 1), ("at", -1)])

    async def note(self, look: Look) -> None:
        """Kept before what it is about is shown."""
        await self._looks.insert_one(dict(vars(look)))

    async def latest(self, counties: Collection[str], limit: int) -> list[Look]:
        """The last looks in these counties (`*` for all), the newest first."""
        query = {} if "*" in counties else {"county": {"$in": sorted(counties)}}
        found = self._looks.find(query, {"_id": 0}).sort("at", -1).limit(limit)
        return [Look(**document) async for document in found]
