"""Webhooks and their queue in MongoDB."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from kit import mongo
from kit.mongo import Collection, Database, Document
from pymongo import ReturnDocument

LEASE = timedelta(seconds=60)
"""How long one attempt may take before another process may make it again."""


class Webhooks:
    """Where agencies want to be told, and what they have not acknowledged yet."""

    def __init__(self, database: Database) -> None:
        self._webhooks: Collection = database["webhooks"]
        self._notices: Collection = database["notices"]

    async def prepare(self) -> None:
        await self._notices.create_index("next_at")
        await self._notices.create_index("agency_id")

    async def put(self, agency_id: str, changes: Document) -> None:
        await self._webhooks.update_one({"_id": agency_id}, {"$set": changes}, upsert=True)

    async def of(self, agency_id: str) -> Document | None:
        return await self._webhooks.find_one({"_id": agency_id})

    async def remove(self, agency_id: str) -> None:
        await self._webhooks.delete_one({"_id": agency_id})
        await self._notices.delete_many({"agency_id": agency_id})

    async def agencies(self) -> set[str]:
        """Those that want to be told."""
        return set(await self._webhooks.distinct("_id"))

    async def queue(self, notices: Sequence[Document]) -> None:
        """Keep notices until they are acknowledged; one that is there, or was acknowledged, is not kept again."""
        await mongo.insert_new(self._notices, notices)

    async def due(self, now: datetime) -> Document | None:
        """A notice to send now; nobody else gets it for the time of a lease."""
        return await self._notices.find_one_and_update(
            {"next_at": {"$lte": now}},
            {"$set": {"next_at": now + LEASE}, "$inc": {"attempts": 1}},
            sort=[("next_at", 1)],
            return_document=ReturnDocument.AFTER,
        )

    async def acknowledged(self, id: str) -> None:
        await self._notices.delete_one({"_id": id})

    async def again(self, id: str, at: datetime, reason: str) -> None:
        await self._notices.update_one({"_id": id}, {"$set": {"next_at": at, "failed": reason}})

    async def waiting(self, agency_id: str) -> tuple[int, str | None]:
        """How many notices wait, and why the oldest one was not acknowledged."""
        oldest = await self._notices.find_one({"agency_id": agency_id}, sort=[("at", 1)])
        count = await self._notices.count_documents({"agency_id": agency_id})
        return count, oldest.get("failed") if oldest else None


def notices_of(told: Iterable[Document], at: datetime) -> list[Document]:
    """Notices, due at once."""
    return [each | {"next_at": at, "at": at, "attempts": 0} for each in told]
