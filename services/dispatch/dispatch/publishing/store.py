"""Published tables, drafts and replays, in MongoDB; what is published is only ever added to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.mongo import Client, Database, Document, Duplicate, Session, transact

MOST_DRAFTS = 50


class Tables:
    """`table_versions` is append-only; `table_drafts` change under their revision; `table_replays` hold results."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._versions = database["table_versions"]
        self._drafts = database["table_drafts"]
        self._replays = database["table_replays"]

    async def prepare(self) -> None:
        await self._versions.create_index([("county", 1), ("in_force_from", 1)], unique=True)
        await self._drafts.create_index([("county", 1), ("changed_at", -1)])
        await self._replays.create_index([("draft", 1), ("started_at", -1)])

    # --- versions ---

    async def versions_but(self, known: Sequence[str]) -> list[Document]:
        """What was published of any county besides `known`, the first published first."""
        found = self._versions.find({"_id": {"$nin": list(known)}}).sort("approved.at", 1)
        return [each async for each in found]

    async def versions_of(self, county: str) -> list[Document]:
        """A county's published tables, the latest to take effect first."""
        return [each async for each in self._versions.find({"county": county}).sort("in_force_from", -1)]

    async def publish(self, version: Document, draft: Document, happened: Document) -> bool:
        """Add a version and close its draft, both or neither; False when another was published or the draft changed.

        A version's id counts the county's: of two who publish after having seen the same ones, one wins.
        """

        async def work(session: Session) -> bool:
            update = {"$set": {"state": "published", "published_as": version["_id"], "changed_at": happened["at"]},
                      "$push": {"history": happened}}  # fmt: skip
            only = {"_id": draft["_id"], "state": "asked", "revision": draft["revision"]}
            if not (await self._drafts.update_one(only, update, session=session)).modified_count:
                return False
            await self._versions.insert_one(version, session=session)
            return True

        try:
            return await transact(self._client, work)
        except Duplicate:
            return False

    # --- drafts ---

    async def add_draft(self, draft: Document) -> None:
        await self._drafts.insert_one(draft)

    async def draft(self, id: str) -> Document | None:
        return await self._drafts.find_one({"_id": id})

    async def drafts_of(self, county: str) -> list[Document]:
        """A county's drafts without their texts, the latest changed first."""
        found = self._drafts.find({"county": county}, {"text": 0}).sort("changed_at", -1)
        return [each async for each in found.limit(MOST_DRAFTS)]

    async def change_draft(
        self, id: str, only: Mapping[str, Any], sets: Mapping[str, Any], happened: Document, writer: str | None = None
    ) -> bool:
        """Change a draft that still is as `only` says; False when it is not."""
        update: Document = {"$set": dict(sets) | {"changed_at": happened["at"]}, "$push": {"history": happened}}
        if writer:
            update["$addToSet"] = {"writers": writer}
        return bool((await self._drafts.update_one({"_id": id, **only}, update)).modified_count)

    # --- replays ---

    async def add_replay(self, replay: Document) -> None:
        await self._replays.insert_one(replay)

    async def replay_of(self, draft: str) -> Document | None:
        """The latest replay of a draft."""
        return await self._replays.find_one({"draft": draft}, sort=[("started_at", -1)])

    async def note_replay(self, id: str, at: datetime, **told: Any) -> None:
        """Keep how far a replay is, or how it ended; what has ended stays as it is."""
        await self._replays.update_one({"_id": id, "state": "running"}, {"$set": told | {"seen_at": at}})
