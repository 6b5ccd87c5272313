"""Webhooks and their queue in MongoDB."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from kit import mongo
from kit.mongo import Collection, Database, Document
from pymongo import ReturnDocument

LEASE = timedelta(seconds=60)
"""How long one turn of a receiver may take before another process may begin it again."""


@dataclass(frozen=True)
class Pace:
    """How a receiver does: `slow` ones have a lane of their own, `failures` in a row are answered with longer rests."""

    slow: bool = False
    failures: int = 0


class Webhooks:
    """Where agencies want to be told, and what they have not acknowledged yet.

    Receivers take turns: `turn_at` is when one has something to be sent, `busy_until` while it is told, or rests.
    """

    def __init__(self, database: Database) -> None:
        self._webhooks: Collection = database["webhooks"]
        self._notices: Collection = database["notices"]

    async def prepare(self) -> None:
        await self._notices.create_index([("agency_id", 1), ("next_at", 1)])
        await self._webhooks.create_index("turn_at")
        # Whatever an earlier version queued is due.
        left = {"_id": {"$in": await self._notices.distinct("agency_id")}, "turn_at": {"$exists": False}}
        await self._webhooks.update_many(left, {"$currentDate": {"turn_at": True}})

    async def put(self, agency_id: str, changes: Document, at: datetime) -> None:
        """A receiver, as if it had never failed; what waits for it is due."""
        afresh = asdict(Pace()) | {"turn_at": at, "busy_until": None}
        await self._webhooks.update_one({"_id": agency_id}, {"$set": changes | afresh}, upsert=True)

    async def of(self, agency_id: str) -> Document | None:
        return await self._webhooks.find_one({"_id": agency_id})

    async def remove(self, agency_id: str) -> None:
        await self._webhooks.delete_one({"_id": agency_id})
        await self._notices.delete_many({"agency_id": agency_id})

    async def agencies(self) -> set[str]:
        """Those that want to be told."""
        return set(await self._webhooks.distinct("_id"))

    async def queue(self, notices: Sequence[Document], at: datetime) -> None:
        """Keep notices until they are acknowledged; one that is there, or was acknowledged, is not kept again."""
        await mongo.insert_new(self._notices, notices)
        told = {"_id": {"$in": [each["agency_id"] for each in notices]}}
        await self._webhooks.update_many(told, {"$min": {"turn_at": at}})

    async def claim(self, now: datetime, *, slow: bool) -> Document | None:
        """The receiver whose turn it is, of the slow or of the others; nobody else gets it for the time of a lease."""
        return await self._webhooks.find_one_and_update(
            {
                "turn_at": {"$lte": now},
                "slow": True if slow else {"$ne": True},
                "$or": [{"busy_until": None}, {"busy_until": {"$lte": now}}],
            },
            {"$set": {"busy_until": now + LEASE, "turn_at": now + LEASE}},
            sort=[("turn_at", 1)],
            return_document=ReturnDocument.AFTER,
        )

    async def finish(self, turn: Document, pace: Pace, now: datetime, rest: timedelta | None) -> None:
        """End a turn: the next one comes when others have had theirs, after `rest` where there is one."""
        waiting = await self._notices.find_one({"agency_id": turn["_id"]}, sort=[("next_at", 1)])
        following = max(now, waiting["next_at"]) if waiting else "$$REMOVE"
        # Unless something was queued meanwhile, which has set an earlier time.
        unchanged = {"$eq": ["$turn_at", turn["turn_at"]]}
        changes = asdict(pace) | {
            "busy_until": now + rest if rest else None,
            "turn_at": {"$cond": [unchanged, following, "$turn_at"]},
        }
        # Unless it is another receiver by now.
        mine = {"_id": turn["_id"], "busy_until": turn["busy_until"]}
        await self._webhooks.update_one(mine, [{"$set": changes}])

    async def due(self, agency_id: str, now: datetime) -> Document | None:
        """The notice that waits longest for a receiver, one attempt more noted."""
        return await self._notices.find_one_and_update(
            {"agency_id": agency_id, "next_at": {"$lte": now}},
            {"$inc": {"attempts": 1}},
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
