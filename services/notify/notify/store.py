"""Deliveries, with the events they cause."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, get_args
from uuid import uuid4

from kit.mongo import Database, Document, insert_new
from kit.outbox import Outbox, Outgoing, Publish, entries
from pymongo import UpdateMany, UpdateOne

from notify.domain.attempts import Cause
from notify.domain.escalation import Run, Way
from notify.domain.hook import PREFIX
from notify.domain.notices import GRAVEST, LAST, URGENT, Notice, Turn, rank_of
from notify.escalation.documents import document_of, run_of
from notify.states import ACKNOWLEDGED, FAILED, QUEUED, SENT, TOLD_STATE

HOLDS: tuple[Cause, ...] = get_args(Cause)
HISTORY = 50
ASKS_KEPT = timedelta(days=400)
UNREAD: Mapping[str, int] = {"card": 0, "history": 0, "outbox": 0}
"""What no step and no digest is made of, and most of a document."""


Channel: TypeAlias = Literal["line", "mail", "webhook"]


@dataclass(frozen=True)
class Delivery:
    """One notice on its way to one group. `id` is also LINE's retry key; whoever pushes it holds it `leased_until`.

    `card` is the message as JSON text, kept so that a repeat is the same to the byte in whatever release. It is not
    sealed, since it holds nothing personal: wording that could is refused (`domain.message`). `anew_of` is the
    delivery that failed and was sent again as this one, by `requested_by`. `attempts` are those LINE may have taken,
    `first_tried_at` the first of them. `run` is its escalation, where it asks for someone. What a step of such a run
    causes is `step_of` that message, and leads to `person` by a `way`: in a group, or to them alone. `rule` is the one
    that sent it and `because` why. What is told with others waits for the gathering `gathers` until `gather_at`, and is
    then told in the message `told_in`.
    """

    id: str
    notice: Notice
    group_id: str | None
    queued_at: datetime
    trace: Mapping[str, str]
    card: str = ""
    anew_of: str | None = None
    requested_by: str | None = None
    state: str = QUEUED
    reason: str | None = None
    attempts: int = 0
    first_tried_at: datetime | None = None
    claimed_at: datetime | None = None
    leased_until: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_event: str | None = None
    voided_at: datetime | None = None
    run: Run | None = None
    step_of: str | None = None
    way: Way | None = None
    person: str | None = None
    rule: str | None = None
    because: str | None = None
    gathers: str | None = None
    gather_at: datetime | None = None
    told_in: str | None = None

    @property
    def is_told_to_one(self) -> bool:
        """Whether it tells one colleague something by LINE, and no step of an escalation follows it."""
        return self.way == "line" and self.rule == "rota" and self.step_of is None


@dataclass(frozen=True)
class Settlement:
    """The result of an attempt: the fields to set, a line for the history, and the event to publish, if any.

    `uncounted`: LINE took nothing, so the attempt is none, and if it was the first one, none has begun ("wholly").
    """

    delivery_id: str
    at: datetime
    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    event: Outgoing | None = None
    uncounted: Literal["", "partly", "wholly"] = ""

    def document(self) -> Document:
        return {"_id": self.delivery_id, "outbox": entries([self.event], self.at) if self.event else []}

    def update(self) -> Document:
        """The MongoDB update: state, history and outbox change together."""
        push: Document = {}
        if self.what:
            push["history"] = {"$each": [{"at": self.at, "what": self.what}], "$slice": -HISTORY}
        if self.event:
            push["outbox"] = {"$each": entries([self.event], self.at)}
        update: Document = {"$set": dict(self.fields), "$push": push}
        if self.uncounted:
            update["$inc"] = {"attempts": -1}
        if self.uncounted == "wholly":
            update["$unset"] = {"first_tried_at": ""}
        return {operator: changes for operator, changes in update.items() if changes}


class Deliveries:
    """The deliveries, with the events they cause in their own documents."""

    def __init__(self, database: Database, publish: Publish | None = None) -> None:
        self._deliveries = database["deliveries"]
        self._asks = database["asks"]
        self.outbox = Outbox(self._deliveries, publish)

    async def prepare(self) -> None:
        due = [("rank", 1), ("next_attempt_at", 1)]
        await self._deliveries.create_index(due, partialFilterExpression={"state": QUEUED}, name="ranked")
        await self._deliveries.create_index([("report_id", 1), ("queued_at", 1)])
        await self._deliveries.create_index([("case_id", 1), ("queued_at", 1)])
        await self._deliveries.create_index([("queued_at", 1)])
        await self._deliveries.create_index([("group_id", 1), ("queued_at", 1)])
        await self._asks.create_index("at", expireAfterSeconds=int(ASKS_KEPT.total_seconds()))
        await self.outbox.prepare()

    async def add(self, new: Sequence[tuple[Delivery, Settlement | None]]) -> list[Delivery]:
        """Insert deliveries in one bulk write, those that failed before they began with their event; the new ones.

        A delivery that exists is left as it is: the write is its own inbox.
        """
        documents = [document_with(delivery, failure) for delivery, failure in new]
        known = await insert_new(self._deliveries, documents)
        fresh = [number for number in range(len(new)) if number not in known]
        self.outbox.send([documents[number] for number in fresh])
        return [new[number][0] for number in fresh]

    async def note_asks(self, new: Sequence[Delivery]) -> None:
        """Note that events ask for somebody, before any message of theirs is queued: the sum counts from here."""
        asks = [{"_id": each.id, "at": each.queued_at, "county": each.notice.county} for each in new if each.run]
        await insert_new(self._asks, asks)

    async def void(self, turns: Sequence[Turn], at: datetime) -> None:
        """Let buttons of before these turns accept nothing any more, and nobody be asked for them.

        What was told of later versions is left.
        """
        over = {"$set": {"run.state": "ended", "run.next_at": None, "run.ended_at": at}}
        updates = [
            update
            for turn in turns
            for update in (
                UpdateMany(_before(turn) | {"run.state": {"$in": ["open", "standing"]}}, over),
                UpdateMany(_before(turn), {"$set": {"voided_at": at}}),
            )
        ]
        if updates:
            await self._deliveries.bulk_write(updates)

    async def release(self, holder: str, now: datetime) -> None:
        """Make due what `holder` had in hand when it died."""
        await self._deliveries.update_many({"state": QUEUED, "holder": holder}, {"$set": {"next_attempt_at": now}})

    async def claim(
        self, most: int, *, now: datetime, until: datetime, holder: str, by: Channel = "line"
    ) -> list[Delivery]:
        """Lease up to `most` due deliveries, the most urgent first; another replica sees them again after `until`.

        One without a rank, as an earlier release writes it, waits for `rank_earlier`: MongoDB would sort it first.
        """
        due: Document = {"state": QUEUED, "next_attempt_at": {"$lte": now}, "rank": {"$type": "number"}}
        due |= {**_by(by), "gathers": None, "told_in": None}
        order = [("rank", 1), ("next_attempt_at", 1)]
        found = self._deliveries.find(due, {"_id": 1}).sort(order).limit(most)
        ids = {"_id": {"$in": [document["_id"] async for document in found]}}
        if not ids["_id"]["$in"]:
            return []
        lease = {"next_attempt_at": until, "holder": holder, "claim": uuid4().hex, "claimed_at": now}
        taking = {"$set": lease, "$inc": {"attempts": 1}, "$min": {"first_tried_at": now}}
        await self._deliveries.update_many(ids | due, taking)
        taken = self._deliveries.find({**ids, "claim": lease["claim"]}).sort([("rank", 1), ("queued_at", 1)])
        return [delivery_of(document) async for document in taken]

    async def rank_earlier(self) -> None:
        """Rank what a release before ranks has queued, which had left what has no priority unranked."""
        rank = {"$ifNull": ["$priority", GRAVEST]}
        await self._deliveries.update_many({"state": QUEUED, "rank": None}, [{"$set": {"rank": rank}}])

    async def release_held(self, reason: str, now: datetime) -> None:
        """Make due what waits for a cause that is gone."""
        await self._deliveries.update_many({"state": QUEUED, "reason": reason}, {"$set": {"next_attempt_at": now}})

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
        return delivery_of(document) if document else None

    async def sent_anew(self, failed: Delivery, id: str, by: str, at: datetime) -> None:
        """Note at a failed delivery which other one has taken its place, and who wanted it."""
        line = {"$each": [{"at": at, "what": "sent anew", "by": by}], "$slice": -HISTORY}
        fields = {"sent_anew_as": id} | ({"run.state": "ended", "run.next_at": None} if failed.run else {})
        wanted = {"_id": failed.id, "state": FAILED, "sent_anew_as": None}
        await self._deliveries.update_one(wanted, {"$set": fields, "$push": {"history": line}})

    async def failed(self, since: datetime, reason: str | None = None) -> list[Delivery]:
        """What failed since then, of one reason or any, and was not sent anew; the most urgent first."""
        wanted = {"state": FAILED, "sent_anew_as": None, "queued_at": {"$gte": since}}
        found = self._deliveries.find(wanted | ({"reason": reason} if reason else {}))
        return [delivery_of(document) async for document in found.sort([("rank", 1), ("queued_at", 1)])]

    async def change(self, seen: Delivery, changes: Sequence[Settlement]) -> bool:
        """Store changes to a delivery together, unless it is no longer in the state it was seen in, or void by now."""
        events = [change.event for change in changes if change.event]
        history = [{"at": change.at, "what": change.what} for change in changes]
        fields = {name: value for change in changes for name, value in change.fields.items()}
        outbox = entries(events, changes[0].at)
        update: Document = {"$push": {"outbox": {"$each": outbox}, "history": {"$each": history, "$slice": -HISTORY}}}
        if fields:
            update["$set"] = fields
        as_seen = {"_id": seen.id, "state": seen.state, "voided_at": seen.voided_at}
        written = await self._deliveries.update_one(as_seen, update)
        if written.matched_count:
            self.outbox.send([{"_id": seen.id, "outbox": outbox}])
        return bool(written.matched_count)

    async def listed(self, wanted: Mapping[str, str], counties: frozenset[str]) -> list[Document]:
        """The documents of a report or case that these counties may see, oldest first."""
        found = self._deliveries.find({**wanted, **of_counties(counties)}, {"history": 0, "outbox": 0, "trace": 0})
        return [document async for document in found.sort("queued_at", 1)]

    async def waiting(self) -> int:
        """How many deliveries are queued, whenever they are due."""
        return int(await self._deliveries.count_documents({"state": QUEUED}, hint="ranked"))

    async def held(self) -> dict[tuple[Cause, str], int]:
        """How many deliveries wait for what is not their own fault: by cause, and whether they are urgent."""
        urgent = {"$cond": [{"$lte": ["$rank", URGENT]}, "yes", "no"]}
        group = {"_id": {"cause": "$reason", "urgent": urgent}, "n": {"$sum": 1}}
        match = {"state": QUEUED, "reason": {"$ne": None}}
        found = self._deliveries.aggregate([{"$match": match}, {"$group": group}], hint="ranked")
        counted = {(each["_id"]["cause"], each["_id"]["urgent"]): each["n"] async for each in found}
        return {
            (cause, is_urgent): counted.get((cause, is_urgent), 0) for cause in HOLDS for is_urgent in ("yes", "no")
        }

    async def unanswered(self, groups: Collection[str], since: datetime, least: int) -> frozenset[str]:
        """Those of these groups that were sent `least` urgent notices since then, or more, and accepted none."""
        told = {"group_id": {"$in": list(groups)}, "queued_at": {"$gte": since}, "state": {"$in": [SENT, ACKNOWLEDGED]}}
        answered = {"$sum": {"$cond": [{"$eq": ["$state", ACKNOWLEDGED]}, 1, 0]}}
        group = {"_id": "$group_id", "sent": {"$sum": 1}, "answered": answered}
        steps: list[Document] = [{"$match": told | {"rank": {"$lt": LAST}}}, {"$group": group}]
        steps.append({"$match": {"sent": {"$gte": least}, "answered": 0}})
        return frozenset([each["_id"] async for each in self._deliveries.aggregate(steps)])

    async def states(self, since: datetime, until: datetime, counties: frozenset[str]) -> dict[str, int]:
        """How many deliveries queued in [since, until) are in each state."""
        match = {"queued_at": {"$gte": since, "$lt": until}, **of_counties(counties)}
        counted = self._deliveries.aggregate([{"$match": match}, {"$group": {"_id": TOLD_STATE, "n": {"$sum": 1}}}])
        return {document["_id"]: document["n"] async for document in counted}

    async def seconds_until_sent(self, since: datetime, until: datetime, counties: frozenset[str]) -> list[float]:
        """From a report's receipt to LINE's acceptance, ascending, for deliveries queued in [since, until)."""
        sent = {"sent_at": {"$type": "date"}, "received_at": {"$type": "date"}}
        match = {"queued_at": {"$gte": since, "$lt": until}, **sent, **of_counties(counties)}
        took = {"_id": 0, "ms": {"$subtract": ["$sent_at", "$received_at"]}}
        steps: list[Document] = [{"$match": match}, {"$project": took}, {"$sort": {"ms": 1}}]
        found = self._deliveries.aggregate(steps, allowDiskUse=True)
        return [document["ms"] / 1000 async for document in found]


def renamed(fields: Document) -> Document:
    return {"_id": fields.pop("id"), **fields}


def _by(channel: Channel) -> Document:
    """What goes out by a channel: mail is to one person, and the group's id says whether it is LINE's."""
    if channel == "mail":
        return {"way": "mail"}
    is_hook: Document = {"$regex": f"^{PREFIX}"}
    return {"way": {"$ne": "mail"}, "group_id": is_hook if channel == "webhook" else {"$not": is_hook}}


def of_counties(counties: frozenset[str]) -> Document:
    return {} if "*" in counties else {"county": {"$in": sorted(counties)}}


def _before(turn: Turn) -> Document:
    """The deliveries that a turn makes void; those of an earlier release tell no version."""
    told = {"report_id": turn.report_id, "case_id": turn.case_id, "case_version": {"$not": {"$gte": turn.version}}}
    return {**told, "unit": {"$nin": list(turn.still)}, "voided_at": None}


def document_with(delivery: Delivery, failure: Settlement | None = None) -> Document:
    # Shallow: `asdict` would copy every value, for a sixth of the CPU of a message.
    document = renamed({**vars(delivery)}) | vars(delivery.notice)
    for unset in ("notice", "first_tried_at", "claimed_at", "leased_until"):
        del document[unset]
    document |= {"rank": rank_of(delivery.notice), "retry_key": delivery.id}
    # What waits for others leaves with them: it is not in the way of whoever looks for what is due.
    document["next_attempt_at"] = None if delivery.gathers or delivery.told_in else delivery.queued_at
    document["run"] = document_of(delivery.run) if delivery.run else None
    document |= {"sent_at": None, "line_request_id": None}
    document |= {"history": [{"at": delivery.queued_at, "what": QUEUED}], "outbox": []}
    if failure:
        document |= {name: value for name, value in failure.fields.items() if "." not in name} | failure.document()
        document["history"].append({"at": failure.at, "what": failure.what})
    return document


_NOTICE = tuple(Notice.__dataclass_fields__)


def delivery_of(document: Document) -> Delivery:
    return Delivery(
        id=document["_id"],
        notice=Notice(**{name: document[name] for name in _NOTICE if name in document}),
        group_id=document["group_id"],
        queued_at=document["queued_at"],
        trace=document["trace"],
        card=document.get("card", ""),
        anew_of=document.get("anew_of"),
        requested_by=document.get("requested_by"),
        state=document["state"],
        reason=document.get("reason"),
        attempts=document["attempts"],
        first_tried_at=document.get("first_tried_at"),
        claimed_at=document.get("claimed_at"),
        leased_until=document["next_attempt_at"],
        acknowledged_by=document["acknowledged_by"],
        acknowledged_at=document["acknowledged_at"],
        acknowledged_event=document["acknowledged_event"],
        voided_at=document.get("voided_at"),
        run=run_of(document.get("run")),
        step_of=document.get("step_of"),
        way=document.get("way"),
        person=document.get("person"),
        rule=document.get("rule"),
        because=document.get("because"),
        gathers=document.get("gathers"),
        gather_at=document.get("gather_at"),
        told_in=document.get("told_in"),
    )
