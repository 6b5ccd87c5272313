"""Roster entries in MongoDB, in a collection of their own, outside reports, counts and equations."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit import mongo
from kit.mongo import Collection, Database, Document
from kit.outbox import Outbox, Publish


class Entries:
    """Every roster entry as it was received, and the event it causes. A repeat has the same `_id`."""

    def __init__(self, database: Database, publish: Publish | None = None) -> None:
        self._entries: Collection = database["roster_entries"]
        self._erasures: Collection = database["erasures"]
        self.outbox = Outbox(self._entries, publish)

    async def prepare(self) -> None:
        await self._entries.create_index([("agency_id", 1), ("roster", 1), ("received_at", 1)], name="by_sender")
        await self.outbox.prepare()

    async def add(self, documents: Sequence[Document]) -> set[int]:
        """Insert entries in one durable write; the positions of those that already exist."""
        return await mongo.insert_new(self._entries, documents)

    async def known(self, ids: Sequence[str]) -> Mapping[str, Document]:
        """The fingerprints, origins and flags of those of these entries that exist."""
        found = self._entries.find({"_id": {"$in": list(ids)}}, {"fingerprint": 1, "origin": 1, "flags": 1})
        return {each["_id"]: each async for each in found}

    async def erase(self, entry_id: str, reason: str, at: datetime) -> bool:
        """Note that an entry is erased and remove what could confirm a guess at it; False when there is none."""
        change = {"$set": {"erased_at": at}, "$unset": {"fingerprint": ""}}
        if not (await self._entries.update_one({"_id": entry_id}, change)).matched_count:
            return False
        note = {"$setOnInsert": {"reason": reason, "requested_at": at}}
        await self._erasures.update_one({"_id": entry_id}, note, upsert=True)
        return True
