"""Events leave with the document that caused them: saved in it, published after the commit, swept after a crash."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.event import Envelope
from contracts.topics import Topic

from kit.mongo import Collection, Document, pull
from kit.repeating import repeating
from kit.telemetry import WAITING, log

FIELD = "outbox"
SWEEP_EVERY = 2.0
SWEEP_AFTER = timedelta(seconds=3)
MARK_AFTER = 0.2
"""Seconds for which marks are gathered into one write. Nothing is written, and nobody wakes, while nothing is sent."""
MARK_AT_LEAST_EVERY = 60.0
MOST = 500


@dataclass(frozen=True)
class Outgoing:
    """One event to publish: where, under which key, with which headers."""

    id: str
    topic: str
    key: str
    headers: Mapping[str, str]
    data: bytes

    @classmethod
    def of(cls, topic: Topic, envelope: Envelope) -> "Outgoing":
        return cls(envelope.id, topic.name, envelope.subject, envelope.headers(), envelope.data)


Publish = Callable[[Outgoing], Awaitable[None]]
"""Sends one event and returns once Kafka has acknowledged it; raises when it has not."""


def entries(events: Iterable[Outgoing], at: datetime) -> list[Document]:
    """The `outbox` field of the document that causes these events."""
    return [
        {"id": e.id, "topic": e.topic, "key": e.key, "headers": dict(e.headers), "data": e.data, "at": at}
        for e in events
    ]


def _outgoing(entry: Document) -> Outgoing:
    return Outgoing(entry["id"], entry["topic"], entry["key"], entry["headers"], bytes(entry["data"]))


class Outbox:
    """Publishes what documents hold in `outbox` and takes it out once Kafka has it.

    At least once: a crash between the two publishes again under the same event id, and readers know the id.
    Without `publish` (a command) it publishes nothing: the service that sweeps the collection does.
    """

    def __init__(self, collection: Collection, publish: Publish | None = None) -> None:
        self._collection = collection
        self._publish = publish
        self._flying: set[str] = set()
        """What is on its way, or has arrived and is not marked yet."""
        self._marking = asyncio.Lock()
        self._landed: dict[object, list[str]] = {}
        self._has_landed = asyncio.Event()
        self._failed: set[object] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        await self._collection.create_index(
            f"{FIELD}.at", partialFilterExpression={f"{FIELD}.at": {"$exists": True}}, name="outbox"
        )

    def send(self, documents: Sequence[Document]) -> None:
        """Publish the events of documents just committed, without waiting; what fails is left to the sweeper."""
        if self._publish is None:
            return
        for document in documents:
            events = [_outgoing(entry) for entry in document.get(FIELD, ()) if entry["id"] not in self._flying]
            if events:
                self._flying.update(event.id for event in events)
                task = asyncio.create_task(self._send(self._publish, document["_id"], events))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _send(self, publish: Publish, document_id: object, events: list[Outgoing]) -> None:
        left = {event.id for event in events}
        try:
            for event in events:
                await publish(event)
                left.discard(event.id)
                self._landed.setdefault(document_id, []).append(event.id)
                self._has_landed.set()
        except Exception as error:  # kept in the document: the sweeper sends it
            log.warning("publish_failed", event_id=events[0].id, error=error)
            if len(self._failed) < MOST:
                self._failed.add(document_id)
        finally:
            self._flying -= left

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Mark and sweep in the background; on leaving, wait for what is in flight and mark it."""
        try:
            async with (
                repeating(self._mark_gathered, name="outbox_mark", every=MARK_AT_LEAST_EVERY, woken=self._has_landed),
                repeating(self.sweep, name="outbox_sweep", every=SWEEP_EVERY),
            ):
                yield
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)
            await self.mark()

    async def _mark_gathered(self) -> None:
        if self._landed:
            await asyncio.sleep(MARK_AFTER)
        await self.mark()

    async def mark(self) -> None:
        """Take out of their documents the events that Kafka has."""
        async with self._marking:
            landed, self._landed = self._landed, {}
            if not landed:
                return
            try:
                await pull(self._collection, FIELD, landed)
            except BaseException:
                for document_id, ids in landed.items():
                    self._landed.setdefault(document_id, []).extend(ids)
                raise
            self._flying.difference_update(id for ids in landed.values() for id in ids)

    async def send_again(self) -> None:
        """What could not be sent from here before Kafka was connected; what others send is left to them."""
        failed, self._failed = self._failed, set()
        if failed:
            found = self._collection.find({"_id": {"$in": list(failed)}}, {FIELD: 1})
            self.send([document async for document in found])

    async def sweep(self) -> None:
        """Send what lay in an outbox longer than a publish takes: a crash or a dead broker left it there."""
        before = datetime.now(UTC) - SWEEP_AFTER
        # Nothing is marked between the look and the sending: what was would be sent again.
        async with self._marking:
            wanted = {f"{FIELD}.at": {"$lt": before}}
            found = self._collection.find(wanted, {FIELD: 1}).sort(f"{FIELD}.at", 1).limit(MOST)
            left = [document async for document in found]
            if len(self._flying) < MOST:
                self.send(left)
        oldest = min((entry["at"] for document in left for entry in document[FIELD]), default=None)
        WAITING.labels(self._collection.name).set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)
