"""Tables on their way into force, in MongoDB, and the decided reports that a replay of a draft reads."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, cast

from contracts.decisions import Outcome
from kit import mongo
from kit.mongo import Client, Collection, Database, Document, Duplicate, Session, drop_index, transact
from kit.paging import Order, Page

from dispatch.domain.people.duplicates import Relation
from dispatch.domain.period import Period
from dispatch.domain.tables.replay import Decided, Flips
from dispatch.domain.triage.facts import Facts
from dispatch.publishing.drafts import Draft, Happened, Replay, Version

MOST_DRAFTS = 50
_LATEST = Order("changed_at", descending=True)
BATCH = 1_000
_NEEDED = {
    "facts": 1, "decision.outcome": 1, "decision.priority": 1, "decision.relation": 1, "decision.by_person": 1,
    "history.what": 1,
}  # fmt: skip
_RELATION = tuple(field.name for field in fields(Relation))


@dataclass(frozen=True)
class StillAs:
    """A draft that nobody else has changed: in this revision, and in one of these states."""

    revision: int
    states: Sequence[str]


class Tables:
    """`table_versions` is append-only; `table_drafts` change under their revision; `table_replays` hold results."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._versions = database["table_versions"]
        self._drafts = database["table_drafts"]
        self._replays = database["table_replays"]

    async def prepare(self) -> None:
        await self._versions.create_index([("county", 1), ("in_force_from", 1)], unique=True)
        await self._drafts.create_index([("county", 1), *_LATEST.sort])
        await drop_index(self._drafts, "county_1_changed_at_-1")
        await self._replays.create_index([("draft", 1), ("started_at", -1)])

    # --- versions ---

    async def versions_but(self, known: Sequence[str]) -> list[Version]:
        """What was published of any county besides `known`, the first published first."""
        found = self._versions.find({"_id": {"$nin": list(known)}}).sort("approved.at", 1)
        return [cast("Version", each) async for each in found]

    async def versions_of(self, county: str) -> list[Version]:
        """A county's published tables, the latest to take effect first."""
        found = self._versions.find({"county": county}).sort("in_force_from", -1)
        return [cast("Version", each) async for each in found]

    async def publish(self, version: Version, draft: Draft, happened: Happened) -> bool:
        """Add a version and close its draft, both or neither; False when another was published or the draft changed.

        A version's id counts the county's: of two who publish after having seen the same ones, one wins.
        """

        async def work(session: Session) -> bool:
            update = {"$set": {"state": "published", "published_as": version["_id"], "changed_at": happened["at"]},
                      "$push": {"history": happened}}  # fmt: skip
            only = {"_id": draft["_id"], "state": "asked", "revision": draft["revision"]}
            if not (await self._drafts.update_one(only, update, session=session)).modified_count:
                return False
            await self._versions.insert_one(dict(version), session=session)
            return True

        try:
            return await transact(self._client, work)
        except Duplicate:
            return False

    # --- drafts ---

    async def add_draft(self, draft: Draft) -> bool:
        """False for an id that is there already."""
        try:
            await self._drafts.insert_one(dict(draft))
        except Duplicate:
            return False
        return True

    async def draft(self, id: str) -> Draft | None:
        return cast("Draft | None", await self._drafts.find_one({"_id": id}))

    async def drafts_of(self, county: str, after: str = "") -> Page[Draft]:
        """A county's drafts without their texts, the latest changed first, from beyond the place `after`."""
        return await _LATEST.page(
            self._drafts, {"county": county}, after, MOST_DRAFTS, partial(cast, Draft), fields={"text": 0}
        )

    async def change_draft(
        self, draft: Draft, only: StillAs, sets: Mapping[str, Any], happened: Happened, writer: str | None = None
    ) -> bool:
        """Change a draft that still is as `only` says; False when it is not."""
        update: Document = {"$set": dict(sets) | {"changed_at": happened["at"]}, "$push": {"history": happened}}
        if writer:
            update["$addToSet"] = {"writers": writer}
        query = {"_id": draft["_id"], "revision": only.revision, "state": {"$in": list(only.states)}}
        return bool((await self._drafts.update_one(query, update)).modified_count)

    # --- replays ---

    async def add_replay(self, replay: Replay) -> None:
        await self._replays.insert_one(dict(replay))

    async def replay_of(self, draft: str) -> Replay | None:
        """The latest replay of a draft."""
        return cast("Replay | None", await self._replays.find_one({"draft": draft}, sort=[("started_at", -1)]))

    async def note_replay(self, id: str, at: datetime, **said: Any) -> None:
        """Keep how far a replay is, or how it ended; what has ended stays as it is."""
        await self._replays.update_one({"_id": id, "state": "running"}, {"$set": said | {"seen_at": at}})


class Archive:
    """What is decided already, to be read in a synchronous loop; a context manager that closes its connection."""

    def __init__(self, url: str, database: str) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(_connected(url))
        self._reports: Collection = mongo.database(self._client, database)["reports"]

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._runner.close()

    def count(self, period: Period) -> int:
        return self._runner.run(self._count(period))

    def decided(self, period: Period) -> Iterator[Decided]:
        """The reports of a period, in no order; BATCH of them in memory at a time."""
        cursor = self._reports.find(_of(period), _NEEDED).batch_size(BATCH)
        while batch := self._runner.run(_next(cursor)):
            yield from map(decided_of, batch)

    def serials(self, flips: Flips) -> Mapping[str, str]:
        """The serials, by report id, of the examples of a replay."""
        ids = [one.report_id for examples in flips.examples.values() for one in examples]
        return self._runner.run(self._serials(ids))

    async def _serials(self, ids: list[str]) -> Mapping[str, str]:
        found = self._reports.find({"_id": {"$in": ids}}, {"serial": 1})
        return {each["_id"]: each["serial"] or each["_id"] async for each in found}

    async def _count(self, period: Period) -> int:
        return await self._reports.count_documents(_of(period))


async def _connected(url: str) -> mongo.Client:
    """Made inside the loop that will use it."""
    return mongo.connect(url)


async def _next(cursor: Any) -> list[Document]:
    batch: list[Document] = await cursor.to_list(BATCH)
    return batch


def _of(period: Period) -> Document:
    days = {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}
    return {"county": period.county, "day": days}


def decided_of(document: Document) -> Decided:
    """A stored report as a replay needs it; tolerant of fields this version does not know."""
    decision, relation = document["decision"], document["decision"].get("relation") or {}
    raised = any(happened["what"] == "raised" for happened in document.get("history", ()))
    return Decided(
        report_id=document["_id"],
        facts=Facts.of_stored(document["facts"]),
        relation=Relation(**{name: _plain(relation[name]) for name in _RELATION if name in relation}),
        outcome=Outcome(decision["outcome"]),
        priority=decision["priority"],
        by_table=not (decision["by_person"] or raised),
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
