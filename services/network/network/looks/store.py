"""The record of looks in MongoDB."""

from dataclasses import dataclass
from datetime import datetime

from kit.mongo import Database, Document

from network.access import EVERYWHERE, Scope


@dataclass(frozen=True)
class Look:
    """Somebody read sealed words; `contact_id` is the contact, plan, closing or task that they belong to.

    `units` had part in the case then: who watches over one of them sees it. Earlier releases kept none.
    """

    at: datetime
    by: str
    county: str
    case_id: str
    contact_id: str
    units: tuple[str, ...] = ()


class Looks:
    """Looks are added, never changed."""

    def __init__(self, database: Database) -> None:
        self._looks = database["looks"]

    async def prepare(self) -> None:
        await self._looks.create_index([("county", 1), ("at", -1)])

    async def note(self, look: Look) -> None:
        """Kept before what it is about is shown."""
        await self._looks.insert_one(dict(vars(look)))

    async def latest(self, scope: Scope, limit: int) -> list[Look]:
        """The last looks within a scope, the newest first."""
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        query |= {"units": {"$in": sorted(scope.units)}} if scope.units else {}
        found = self._looks.find(query, {"_id": 0}).sort("at", -1).limit(limit)
        return [Look(**document) async for document in found]
