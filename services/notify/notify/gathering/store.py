"""What waits to be told together: kept in the messages themselves, told by one transaction."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.mongo import A_TEXT, Client, Database, Document, Duplicate, Session, drop_index, transact

from notify.domain.gathering import Shown
from notify.domain.notices import LAST
from notify.states import ACKNOWLEDGED, FAILED, NEEDLESS, QUEUED, SENT
from notify.store import UNREAD, Deliveries, Delivery, delivery_of, document_with

ROUNDS_KEPT = timedelta(days=30)
AT_ONCE = 500
"""Documents that come together: MongoDB itself would send 16 MB of them."""
Units = AsyncGenerator[tuple[str, list[Delivery]], None]
"""Messages without their cards, a unit at a time: a disaster's day has tens of thousands."""


@dataclass(frozen=True)
class Digest:
    """A digest as it is about to be told, with the messages that were kept for it."""

    delivery: Delivery
    key: str
    tells: int
    members: Sequence[str] = ()


class _ToldElsewhere(Exception):
    """Between looking and telling another replica was faster."""


class Gatherings:
    """Messages that wait for a gathering, and the digests that told of them."""

    def __init__(self, client: Client, database: Database, deliveries: Deliveries) -> None:
        self._client = client
        self._documents = database["deliveries"]
        self._rounds = database["digest_rounds"]
        self._deliveries = deliveries

    async def prepare(self) -> None:
        waits = {"gathers": {"$type": "string"}, "state": QUEUED}
        await self._documents.create_index("gather_at", partialFilterExpression=waits, name="gathers")
        is_told = {"told_in": {"$type": "string"}, "state": QUEUED}
        await self._documents.create_index("told_in", partialFilterExpression=is_told, name="told_in")
        await drop_index(self._documents, "digests")
        await self._documents.create_index("digest_of", partialFilterExpression={"digest_of": A_TEXT})
        await self._rounds.create_index("at", expireAfterSeconds=int(ROUNDS_KEPT.total_seconds()))

    async def shown(self, groups: Collection[str], since: datetime) -> dict[str, Shown]:
        """What each of these groups was told at once since then."""
        match = {"group_id": {"$in": sorted(groups)}, "queued_at": {"$gte": since}, "state": {"$ne": FAILED}}
        match |= {"gathers": None, "told_in": None, "step_of": None, "digest_of": None}
        rank = {"$ifNull": ["$rank", LAST]}
        group = {"_id": "$group_id", "cards": {"$sum": 1}, "gravest": {"$min": rank}}
        found = self._documents.aggregate([{"$match": match}, {"$group": group}])
        return {each["_id"]: Shown(each["cards"], each["gravest"]) async for each in found}

    async def due(self, now: datetime, most: int) -> dict[str, list[Delivery]]:
        """What waits for a gathering whose time has come, by gathering; the longest due first."""
        wanted = {"gathers": {"$type": "string"}, "gather_at": {"$lte": now}, "state": QUEUED, "told_in": None}
        found: dict[str, list[Delivery]] = {}
        async for document in self._documents.find(wanted, UNREAD).sort("gather_at", 1).limit(most):
            found.setdefault(document["gathers"], []).append(delivery_of(document))
        return found

    async def told_before(self, key: str) -> int:
        """How many digests have told of a gathering already: what joins it later is told anew."""
        return int(await self._documents.count_documents({"digest_of": key}))

    async def tell(self, digest: Digest) -> bool:
        """Queue a digest with all it tells of; False when another replica has told any of it meanwhile."""

        async def work(session: Session) -> None:
            if await self._tell(digest, session) < len(digest.members):
                raise _ToldElsewhere

        try:
            await transact(self._client, work)
        except (Duplicate, _ToldElsewhere):
            return False
        return True

    async def was_round(self, round: str) -> bool:
        return await self._rounds.find_one({"_id": round}) is not None

    async def tell_round(self, round: str, digests: Sequence[Digest], at: datetime) -> bool:
        """Queue all digests of one hour of the schedule, once; False when another replica has."""

        async def work(session: Session) -> None:
            await self._rounds.insert_one({"_id": round, "at": at, "digests": len(digests)}, session=session)
            for digest in digests:
                await self._tell(digest, session)

        try:
            await transact(self._client, work)
        except Duplicate:
            return False
        return True

    async def _tell(self, digest: Digest, session: Session) -> int:
        """How many of its members nobody had told of."""
        document = document_with(digest.delivery) | {"digest_of": digest.key, "tells": digest.tells}
        await self._documents.insert_one(document, session=session)
        members = {"_id": {"$in": list(digest.members)}, "state": QUEUED, "told_in": None}
        told = {"$set": {"told_in": digest.delivery.id}}
        return (await self._documents.update_many(members, told, session=session)).matched_count

    async def needless(self, ids: Collection[str]) -> None:
        """What was answered before it was told need not be told."""
        ended = {"_id": {"$in": list(ids)}, "state": QUEUED}
        await self._documents.update_many(ended, {"$set": {"state": ACKNOWLEDGED, "reason": NEEDLESS}})

    async def to_end(self, most: int) -> list[tuple[Delivery, Document]]:
        """Messages that were told in another one which has left, or failed, with that one."""
        steps: list[Document] = [
            {"$match": {"told_in": {"$type": "string"}, "state": QUEUED}},
            {"$lookup": {"from": "deliveries", "localField": "told_in", "foreignField": "_id", "as": "teller"}},
            {"$match": {"teller.state": {"$in": [SENT, ACKNOWLEDGED, FAILED]}}},
            {"$limit": most},
        ]
        found = self._documents.aggregate(steps)
        return [(delivery_of(each), each["teller"][0]) async for each in found]

    async def waiting_for(self, key: str) -> list[Delivery]:
        # By name: only what a query compares decides whether MongoDB takes an index, and this one is of another field.
        found = self._documents.find({"gathers": key, "state": QUEUED, "told_in": None}, UNREAD).hint("gathers")
        return [delivery_of(each) async for each in found]

    def open_of(self, units: Collection[str]) -> Units:
        """What nobody has answered, by the unit that was asked."""
        wanted = {"run.state": {"$in": ["open", "standing"]}, "step_of": None, "unit": {"$in": sorted(units)}}
        return self._by_unit(wanted)

    def running_out(self, units: Collection[str], since: datetime, until: datetime) -> Units:
        """What runs out between these times: what nobody has answered, and tasks of which a unit was told."""
        asked = {"run.state": {"$in": ["open", "standing"]}, "step_of": None}
        wanted = {"$or": [asked, {"template": "task_pressing"}], "due_at": {"$gte": since, "$lt": until}}
        return self._by_unit(wanted | {"unit": {"$in": sorted(units)}})

    async def _by_unit(self, wanted: Document) -> Units:
        order = [("unit", 1), ("rank", 1), ("due_at", 1)]
        found: list[Delivery] = []
        async for document in self._documents.find(wanted, UNREAD, batch_size=AT_ONCE).sort(order):
            if found and found[0].notice.unit != document["unit"]:
                yield found[0].notice.unit, found
                found = []
            found.append(delivery_of(document))
        if found:
            yield found[0].notice.unit, found
