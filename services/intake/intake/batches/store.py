"""Batches in MongoDB: the sealed parts of a file until it is done, its progress, and what became of each row."""

import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from kit import mongo
from kit.mongo import Collection, Database, Document
from pymongo import ReturnDocument

WAITING, WORKING, DONE = "waiting", "working", "done"
COUNTS = ("accepted", "refused", "repeated")
LEASE = timedelta(seconds=5)
ORPHANED = timedelta(hours=1)


class Batches:
    """Files being processed by intake."""

    def __init__(self, database: Database) -> None:
        self._batches: Collection = database["batches"]
        self._parts: Collection = database["batch_parts"]
        self._rows: Collection = database["batch_rows"]
        self.me = secrets.token_hex(8)

    async def prepare(self) -> None:
        await self._batches.create_index([("state", 1), ("lease_until", 1)], name="work")
        await self._parts.create_index([("upload", 1), ("n", 1)], unique=True, name="order")
        await self._rows.create_index([("batch", 1), ("first", 1)], name="order")

    async def keep_part(self, upload: str, n: int, sealed: str, at: datetime) -> None:
        await self._parts.insert_one({"upload": upload, "n": n, "sealed": sealed, "at": at})

    async def parts(self, upload: str) -> AsyncIterator[str]:
        """The sealed parts of a file, in order, one in memory at a time."""
        async for part in self._parts.find({"upload": upload}, batch_size=2).sort("n", 1):
            yield part["sealed"]

    async def drop_parts(self, upload: str) -> None:
        await self._parts.delete_many({"upload": upload})

    async def orphans(self, now: datetime) -> set[str]:
        """Uploads that never became a batch and that nobody can still be sending."""
        old = set(await self._parts.distinct("upload", {"at": {"$lt": now - ORPHANED}}))
        used = await self._batches.distinct("upload", {"upload": {"$in": list(old)}})
        return old - set(used)

    async def add(self, document: Document) -> bool:
        """Add a batch; False when the same file is one already."""
        return not await mongo.insert_new(self._batches, [document])

    async def of_agency(self, batch_id: str, agency_id: str) -> Document | None:
        return await self._batches.find_one({"_id": batch_id, "agency_id": agency_id})

    async def claim(self, now: datetime) -> Document | None:
        """The oldest batch that nobody works on, now leased to us."""
        free = {"state": {"$in": [WAITING, WORKING]}, "lease_until": {"$lt": now}}
        ours = {"$set": {"state": WORKING, "by": self.me, "lease_until": now + LEASE}}
        return await self._batches.find_one_and_update(
            free, ours, sort=[("created_at", 1)], return_document=ReturnDocument.AFTER
        )

    async def counted(self, batch_id: str, rows: int) -> None:
        await self._batches.update_one({"_id": batch_id}, {"$set": {"rows": rows}})

    async def advance(self, batch: Document, answers: Sequence[Document], now: datetime) -> bool:
        """Note the answers to the next rows; False, and nothing is noted, when another process has the batch by now."""
        first, done = batch["done"] + 1, batch["done"] + len(answers)
        group = {"batch": batch["_id"], "first": first, "rows": list(answers)}
        await self._rows.replace_one({"_id": f"{batch['_id']}:{first}"}, group, upsert=True)
        counts = {name: sum(answer["state"] == name for answer in answers) for name in COUNTS}
        moved = await self._batches.update_one(
            {"_id": batch["_id"], "by": self.me, "done": batch["done"]},
            {"$inc": counts, "$set": {"done": done, "lease_until": now + LEASE}},
        )
        batch["done"] = done
        return bool(moved.modified_count)

    async def release(self, batch: Document, until: datetime) -> None:
        """Give a batch back, to be taken up again from an instant on."""
        await self._batches.update_one({"_id": batch["_id"], "by": self.me}, {"$set": {"lease_until": until}})

    async def finish(self, batch_id: str, at: datetime) -> None:
        await self._batches.update_one({"_id": batch_id}, {"$set": {"state": DONE, "finished_at": at}})

    async def rows(self, batch_id: str, after: int, state: str | None, most: int) -> list[Document]:
        """Answers to rows after a number: all, or those of one state."""
        kept: dict[str, Any] = {"rows.row": {"$gt": after}} | ({"rows.state": state} if state else {})
        found = self._rows.aggregate(
            [
                {"$match": {"batch": batch_id}},
                {"$sort": {"first": 1}},
                {"$unwind": "$rows"},
                {"$match": kept},
                {"$limit": most},
                {"$replaceRoot": {"newRoot": "$rows"}},
            ]
        )
        return [row async for row in found]
