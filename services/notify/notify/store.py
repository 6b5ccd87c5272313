"""Deliveries, the webhook events LINE sent, and the groups we are in: everything notify keeps in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from kit.mongo import Database, Document, Duplicate, insert_new
from kit.outbox import Outbox, Outgoing, Publish, entries
from pymongo import UpdateOne

from notify.domain.notices import Notice

QUEUED, SENT, ACKNOWLEDGED, FAILED = "queued", "sent", "acknowledged", "failed"
HISTORY = 50
WEBHOOKS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Delivery:
    """One notice on its way to one group. `id` is also LINE's retry key; whoever pushes it holds it `leased_until`."""

    id: str
    notice: Notice
    group_id: str | None
    queued_at: datetime
    trace: Mapping[str, str]
    state: str = QUEUED
    attempts: int = 0
    first_tried_at: datetime | None = None
    leased_until: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_event: str | None = None


@dataclass(frozen=True)
class Settlement:
    """The result of an attempt: the fields to set, a line for the history, and the event to publish, if any."""

    delivery_id: str
    at: datetime
    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    event: Outgoing | None = None

    def document(self) -> Document:
        return {"_id": self.delivery_id, "outbox": entries([self.event], self.at) if self.event else []}

    def update(self) -> Document:
        """The MongoDB update: state, history and outbox change together."""
        push: Document = {"history": {"$each": [{"at": self.at, "what": self.what}], "$slice": -HISTORY}}
        if self.event:
            push["outbox"] = {"$each": entries([self.event], self.at)}
        return ({"$set": dict(self.fields)} if self.fields else {}) | {"$push": push}


class Deliveries:
    """The deliveries, with the events they cause in their own documents."""

    def __init__(self, database: Database, publish: Publish) -> None:
        self._deliveries = database["deliveries"]
        self.outbox = Outbox(self._deliveries, publish)

    async def prepare(self) -> None:
        due = [("priority", 1), ("next_attempt_at", 1)]
        await self._deliveries.create_index(due, partialFilterExpression={"state": QUEUED}, name="due")
        await self._deliveries.create_index([("report_id", 1), ("queued_at", 1)])
        await self._deliveries.create_index([("case_id", 1), ("queued_at", 1)])
        await self._deliveries.create_index([("queued_at", 1)])
        await self.outbox.prepare()

    async def add(self, new: Sequence[tuple[Delivery, Settlement | None]]) -> list[Delivery]:
        """Insert deliveries in one bulk write, those that failed before they began with their event; the new ones.

        A delivery that exists is left as it is: the write is its own inbox.
        """
        documents = [_document(delivery, failure) for delivery, failure in new]
        known = await insert_new(self._deliveries, documents)
        fresh = [number for number in range(len(new)) if number not in known]
        self.outbox.send([documents[number] for number in fresh])
        return [new[number][0] for number in fresh]

    async def release(self, holder: str, now: datetime) -> None:
        """Make due what `holder` had in hand when it died."""
        await self._deliveries.update_many({"state": QUEUED, "holder": holder}, {"$set": {"next_attempt_at": now}})

    async def claim(self, most: int, *, now: datetime, until: datetime, holder: str) -> list[Delivery]:
        """Lease up to `most` due deliveries, the most urgent first; another replica sees them again after `until`."""
        due = {"state": QUEUED, "next_attempt_at": {"$lte": now}}
        found = self._deliveries.find(due, {"_id": 1}).sort([("priority", 1), ("next_attempt_at", 1)]).limit(most)
        ids = {"_id": {"$in": [document["_id"] async for document in found]}}
        if not ids["_id"]["$in"]:
            return []
        lease = {"next_attempt_at": until, "holder": holder, "claim": uuid4().hex}
        taking = {"$set": lease, "$inc": {"attempts": 1}, "$min": {"first_tried_at": now}}
        await self._deliveries.update_many(ids | due, taking)
        return [_delivery(document) async for document in self._deliveries.find({**ids, "claim": lease["claim"]})]

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[None]:
        """Store the results of attempts in one bulk write, then publish; what is already settled stays as it is."""
        updates = [UpdateOne({"_id": one.delivery_id, "state": QUEUED}, one.update()) for one in settlements]
        written = await self._deliveries.bulk_write(updates, ordered=False)
        if written.matched_count == len(updates):
            # Otherwise it is unknown which of them were stored: the sweeper sends those.
            self.outbox.send([one.document() for one in settlements])
        return [None] * len(updates)

    async def of(self, delivery_id: str) -> Delivery | None:
        document = await self._deliveries.find_one({"_id": delivery_id})
        return _delivery(document) if document else None

    async def change(self, seen: Delivery, changes: Sequence[Settlement]) -> bool:
        """Store changes to a delivery together, unless it is no longer in the state it was seen in."""
        events = [change.event for change in changes if change.event]
        history = [{"at": change.at, "what": change.what} for change in changes]
        fields = {name: value for change in changes for name, value in change.fields.items()}
        outbox = entries(events, changes[0].at)
        update: Document = {"$push": {"outbox": {"$each": outbox}, "history": {"$each": history, "$slice": -HISTORY}}}
        if fields:
            update["$set"] = fields
        written = await self._deliveries.update_one({"_id": seen.id, "state": seen.state}, update)
        if written.matched_count:
            self.outbox.send([{"_id": seen.id, "outbox": outbox}])
        return bool(written.matched_count)

    async def listed(self, wanted: Mapping[str, str], counties: frozenset[str]) -> list[Document]:
        """The documents of a report or case that these counties may see, oldest first."""
        found = self._deliveries.find({**wanted, **_of_counties(counties)}, {"history": 0, "outbox": 0, "trace": 0})
        return [document async for document in found.sort("queued_at", 1)]

    async def waiting(self) -> int:
        """How many deliveries are queued, whenever they are due."""
        return int(await self._deliveries.count_documents({"state": QUEUED}))

    async def states(self, since: datetime, until: datetime, counties: frozenset[str]) -> dict[str, int]:
        """How many deliveries queued in [since, until) are in each state."""
        match = {"queued_at": {"$gte": since, "$lt": until}, **_of_counties(counties)}
        counted = self._deliveries.aggregate([{"$match": match}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}])
        return {document["_id"]: document["n"] async for document in counted}

    async def seconds_until_sent(self, since: datetime, until: datetime, counties: frozenset[str]) -> list[float]:
        """From a report's receipt to LINE's acceptance, ascending, for deliveries queued in [since, until)."""
        sent = {"sent_at": {"$type": "date"}, "received_at": {"$type": "date"}}
        match = {"queued_at": {"$gte": since, "$lt": until}, **sent, **_of_counties(counties)}
        took = {"_id": 0, "ms": {"$subtract": ["$sent_at", "$received_at"]}}
        steps: list[Document] = [{"$match": match}, {"$project": took}, {"$sort": {"ms": 1}}]
        found = self._deliveries.aggregate(steps, allowDiskUse=True)
        return [document["ms"] / 1000 async for document in found]


@dataclass(frozen=True)
class Happening:
    """A webhook event as it is kept until it is handled; then who pressed, and with what, is forgotten."""

    id: str
    type: str
    at: datetime
    received_at: datetime
    group_id: str | None = None
    user_id: str | None = None
    data: str | None = None
    reply_token: str | None = None


class LineEvents:
    """What LINE told us, each once by its webhook event id, and which groups we are in."""

    def __init__(self, database: Database) -> None:
        self._events = database["webhook_events"]
        self._groups = database["groups"]

    async def prepare(self) -> None:
        await self._events.create_index("received_at", expireAfterSeconds=int(WEBHOOKS_KEPT.total_seconds()))
        await self._events.create_index("waiting_since", sparse=True)

    async def add(self, happenings: Sequence[Happening]) -> list[Happening]:
        """Keep events; those not seen before. A repeat comes when LINE missed our answer."""
        documents = [_renamed(asdict(one)) | {"waiting_since": one.received_at} for one in happenings]
        known = await insert_new(self._events, documents)
        return [one for number, one in enumerate(happenings) if number not in known]

    async def waiting(self, before: datetime, most: int) -> list[Happening]:
        """Events of the last day that a crash left unhandled."""
        wanted = {"waiting_since": {"$gt": before - timedelta(days=1), "$lt": before}}
        found = self._events.find(wanted, {"waiting_since": 0}).sort("waiting_since", 1).limit(most)
        return [Happening(**{"id": document.pop("_id"), **document}) async for document in found]

    async def handled(self, id: str) -> None:
        gone = ("waiting_since", "user_id", "data", "reply_token")
        await self._events.update_one({"_id": id}, {"$unset": dict.fromkeys(gone, "")})

    async def note_group(self, group_id: str, state: str, at: datetime) -> None:
        """Note that we joined or left a group; a note older than the last one changes nothing."""
        older, note = {"_id": group_id, "at": {"$lt": at}}, {"$set": {"state": state, "at": at}}
        try:
            await self._groups.update_one(older, note, upsert=True)
        except Duplicate:
            return

    async def left_groups(self) -> frozenset[str]:
        return frozenset([document["_id"] async for document in self._groups.find({"state": "left"}, {"_id": 1})])


def _renamed(fields: Document) -> Document:
    return {"_id": fields.pop("id"), **fields}


def _of_counties(counties: frozenset[str]) -> Document:
    return {} if "*" in counties else {"county": {"$in": sorted(counties)}}


def _document(delivery: Delivery, failure: Settlement | None) -> Document:
    document = _renamed(asdict(delivery)) | asdict(delivery.notice)
    for unset in ("notice", "first_tried_at", "leased_until"):
        del document[unset]
    document |= {"retry_key": delivery.id, "next_attempt_at": delivery.queued_at}
    document |= {"sent_at": None, "line_request_id": None}
    document |= {"history": [{"at": delivery.queued_at, "what": QUEUED}], "outbox": []}
    if failure:
        document |= {**failure.fields, **failure.document()}
        document["history"].append({"at": failure.at, "what": failure.what})
    return document


_NOTICE = tuple(Notice.__dataclass_fields__)


def _delivery(document: Document) -> Delivery:
    return Delivery(
        id=document["_id"],
        notice=Notice(**{name: document[name] for name in _NOTICE if name in document}),
        group_id=document["group_id"],
        queued_at=document["queued_at"],
        trace=document["trace"],
        state=document["state"],
        attempts=document["attempts"],
        first_tried_at=document.get("first_tried_at"),
        leased_until=document["next_attempt_at"],
        acknowledged_by=document["acknowledged_by"],
        acknowledged_at=document["acknowledged_at"],
        acknowledged_event=document["acknowledged_event"],
    )
