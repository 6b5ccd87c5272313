"""Kafka: a broker that may be away, topics from the registry, an idempotent producer, batch readers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time
from typing import Self

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from contracts.topics import Topic
from faststream import AckPolicy
from faststream.kafka import KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import StreamMessage
from faststream.security import BaseSecurity

from kit import progress
from kit.broker import Broker, break_off, has_broken_off
from kit.dead_letters import by_reference
from kit.inbox import Handle, Inbox, Record
from kit.kafka_groups import come_after
from kit.kafka_topics import administering, ensure_topics, topics_of
from kit.mongo import UNAVAILABLE
from kit.outbox import Outbox, Outgoing
from kit.progress import Consumer, Progress
from kit.repeating import repeating
from kit.settings import ServiceSettings
from kit.telemetry import PUBLISHED, REFERRED, log

BATCH = 500
PUBLISH_SECONDS = 30
HEARTBEAT_MS = 500
"""A member hears by a heartbeat that its group changes; until the last one has heard, the whole group stands still."""
METADATA_MS = 30_000
"""Clients ask anew which partitions there are: an added one, or one a broker told late, is nobody's until then."""
_QUIET = logging.getLogger("kafka")
_QUIET.setLevel(logging.ERROR)

RETRY_SECONDS = AWAY_SECONDS = REVIVE_SECONDS = 1.0
ANSWER_SECONDS = 5.0
START_SECONDS = 30.0
"""For a reader's place in its group: a rebalance ends within the session timeout, which is 10 s."""
_RUNNING: list[str] = []
"""The client ids that run in this process."""
RENEW_SECONDS = 30.0
"""At most so often a writer is replaced: what ails it may be its topic, or what it may do."""


async def _parse(raw: tuple[ConsumerRecord, ...], original: Callable[..., Awaitable[KafkaMessage]]) -> KafkaMessage:
    """FastStream's message around records it has not looked into: one broken header would fail the whole batch."""
    message = await original(tuple(replace(record, headers=()) for record in raw))
    message.raw_message = raw
    return message


async def _records(message: StreamMessage[tuple[ConsumerRecord, ...]]) -> list[Record]:
    """A decoder that decodes nothing, so that one bad record cannot fail its neighbours."""
    return [_record(raw) for raw in message.raw_message]


@dataclass(frozen=True)
class KafkaState:
    """Since when Kafka has been away (None while it answers), and how many records wait for this reader."""

    away_since: datetime | None = None
    waiting: int = 0


class Kafka:
    """One service's side of Kafka. What it publishes lies in an outbox, so it may start and run while Kafka is away."""

    def __init__(
        self,
        bootstrap: str,
        reader: str,
        *,
        prefix: str = "",
        replication: int = 1,
        idempotent: bool = True,
        graceful_seconds: float = 15,
        security: BaseSecurity | None = None,
        place: str = "",
    ) -> None:
        """`place`: where this process runs, the same for the one that is started after it died."""
        self._bootstrap = bootstrap
        self._security = security
        self._replication = replication
        self._prefix = prefix
        self._reader = reader
        self._reads: list[Topic] = []
        self._stop_seconds = graceful_seconds + 10
        self._progress = Progress(reader, prefix)
        self.connected = False
        self._broken: object = None
        """The producer that gave an error which it may never get over."""
        self._renewed_at = 0.0
        self._made_at = time()
        self._place = place
        self._client_id = f"{prefix}{reader}@{place}" if place else f"{prefix}{reader}"
        self.broker = Broker(
            bootstrap,
            security=security,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=idempotent,
            linger_ms=0,
            max_batch_size=262_144,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_MS,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            graceful_timeout=graceful_seconds,
            apply_types=False,
            logger=_QUIET,
            log_level=logging.DEBUG,
        )

    @classmethod
    def of(cls, settings: ServiceSettings, reader: str) -> Self:
        """Kafka as the settings of the service `reader` describe it."""
        return cls(
            settings.kafka_bootstrap,
            reader,
            prefix=settings.topic_prefix,
            replication=settings.topic_replication,
            idempotent=settings.kafka_idempotent,
            graceful_seconds=settings.shutdown_seconds,
            security=settings.kafka_security(),
            place=settings.place,
        )

    def read(self, handlers: Mapping[Topic, Handle], *, gathered: Collection[Topic] = ()) -> None:
        """Give every batch of each topic to its handler; offsets are committed when all have returned, and only then.

        What comes of `gathered` topics, and nobody waits for, is taken together with what comes a moment later.
        One consumer takes all topics: a consumer each, in one group, would rebalance one another at every start.
        """
        inboxes = {
            self._prefix + topic.name: Inbox(topic, self._reader, handle, self.set_aside)
            for topic, handle in handlers.items()
        }

        async def on_batch(records: list[Record]) -> None:
            try:
                firsts = _firsts(records)
                if consumer := self._consumer():
                    await self._progress.account(consumer, firsts, _nexts(records))
                with self._progress.handling(firsts):
                    for name, inbox in inboxes.items():
                        await inbox.take([record for record in records if record.topic == name])
            except Exception:
                # The batch comes again at once: without a pause an outage would be a hot loop.
                await asyncio.sleep(AWAY_SECONDS)
                raise

        self._reads = list(handlers)
        self.broker.gathered = {self._prefix + topic.name for topic in gathered}
        self.broker.subscriber(
            *inboxes,
            group_id=self._prefix + self._reader,
            batch=True,
            max_records=BATCH,
            batch_timeout_ms=1,  # as long FastStream sleeps after an empty poll; how long one waits is ours to say
            heartbeat_interval_ms=HEARTBEAT_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=_parse,
            decoder=_records,
        )(on_batch)

    async def publish(self, event: Outgoing) -> None:
        """Send one event; return once every in-sync replica has it. Raises when Kafka does not confirm it in time."""
        await self._send(self._prefix + event.topic, event.key.encode(), event.data, dict(event.headers))
        PUBLISHED.labels(event.topic).inc()

    async def set_aside(self, topic: str, record: Record, headers: dict[str, str]) -> None:
        """Send a record as it came to a dead-letter topic; one that is too large for it by its reference alone."""
        try:
            await self._send(self._prefix + topic, record.key, record.value or b"", headers)
        except MessageSizeTooLargeError:
            await self._send(self._prefix + topic, None, b"", by_reference(headers))
            REFERRED.labels(record.topic.removeprefix(self._prefix), self._reader).inc()
        self._progress.step()

    async def is_connected(self) -> bool:
        return self.connected

    async def is_moving(self) -> bool:
        """False when records wait and the consumer has done nothing for long: only a new process helps then."""
        return await self._progress.is_moving()

    def state(self) -> KafkaState:
        """The connection to Kafka and what waits there, as of a few seconds ago."""
        since = self._progress.unknown_since if self.connected else self._made_at
        return KafkaState(datetime.fromtimestamp(since, UTC) if since else None, self._progress.waiting)

    async def _send(self, topic: str, key: bytes | None, value: bytes, headers: dict[str, str]) -> None:
        if not self.connected:
            raise ConnectionError("Kafka is away")
        writer = self.broker.writer
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self.broker.publish(value, topic, key=key, headers=headers)
        except MessageSizeTooLargeError:  # found before it is numbered, but by a broker with a bound of its own
            raise
        except (KafkaError, TimeoutError) as error:
            is_lasting = not (self._progress.unknown_since if isinstance(error, TimeoutError) else error.retriable)
            self._broken = writer if is_lasting else self._broken
            raise

    @asynccontextmanager
    async def running(self, writes: Iterable[Topic], outboxes: Iterable[Outbox]) -> AsyncIterator[None]:
        """Connect in the background, however long it takes.

        On leaving: stop taking, finish the batch in hand and commit it, publish what it caused, then close.
        """
        outboxes = list(outboxes)
        joining = asyncio.create_task(self._join(list(writes), outboxes, alone=self._client_id not in _RUNNING))
        _RUNNING.append(self._client_id)
        try:
            async with AsyncExitStack() as stack:
                for outbox in outboxes:
                    await stack.enter_async_context(outbox.running())
                stack.push_async_callback(self._stop_taking, joining)
                await stack.enter_async_context(repeating(self._look, name="progress", every=progress.EVERY))
                await stack.enter_async_context(repeating(self._revive, name="readers", every=REVIVE_SECONDS))
                await stack.enter_async_context(repeating(self._renew, name="writer", every=REVIVE_SECONDS))
                yield
        finally:
            self.connected = False
            _RUNNING.remove(self._client_id)
            await self.broker.stop()

    def _consumer(self) -> Consumer | None:
        """The reader, once it has begun."""
        readers = [each for each in self.broker.subscribers if isinstance(each, BatchSubscriber) and each.running]
        return readers[0].consumer if readers else None

    async def _revive(self) -> None:
        """Start a reader anew whose part in its group has broken off, or who stands still: nothing else wakes it."""
        for subscriber in self.broker.subscribers if self.connected else ():
            if not isinstance(subscriber, BatchSubscriber):
                continue
            if self._progress.unknown_since and not await self._answers():
                self._progress.excuse()
            if has_broken_off(subscriber.consumer) or self._progress.stands_still():
                log.error("reader_starts_anew")
                self._progress.begin_anew()
                await self._leave(subscriber)
                try:
                    async with asyncio.timeout(START_SECONDS):
                        await subscriber.start()
                except BaseException:
                    await self._leave(subscriber)  # so that it is seen to be off, and started at the next look
                    raise

    async def _leave(self, subscriber: BatchSubscriber) -> None:
        """Stop a reader that is broken in whatever way: what does not end by itself is cancelled and closed."""
        consumer = subscriber.consumer
        try:
            async with asyncio.timeout(self._stop_seconds):
                await subscriber.stop()
        except TimeoutError:
            subscriber.consumer = None
            await break_off(consumer)

    async def _answers(self) -> bool:
        """Whether Kafka answers over a connection of its own."""
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS), administering(self._bootstrap, self._security):
                return True
        return False

    async def _renew(self) -> None:
        """Write with a new producer once the old one may never write again. What failed lies in the outbox."""
        is_broken = self._broken is not None and self._broken is self.broker.writer
        if is_broken and not self._progress.unknown_since and time() - self._renewed_at > RENEW_SECONDS:
            self._renewed_at = time()
            log.error("writer_broke_off")
            await self.broker.renew_writer()

    async def _look(self) -> None:
        if consumer := self._consumer():
            await self._progress.look(consumer)

    async def _stop_taking(self, joining: asyncio.Task[None]) -> None:
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
        for subscriber in self.broker.subscribers:
            await subscriber.stop()

    async def _join(self, writes: list[Topic], outboxes: list[Outbox], *, alone: bool) -> None:
        """`alone`: no other one runs at this place, so that whoever Kafka has of it is dead."""
        topics = topics_of(self._reader, writes, self._reads, prefix=self._prefix, replication=self._replication)
        while True:
            try:
                await ensure_topics(self._bootstrap, topics, self._security)
                if self._place and self._reads and alone:
                    await come_after(self._prefix + self._reader, self._client_id, self._bootstrap, self._security)
                await self.broker.start()
            except (KafkaError, OSError) as error:
                log.warning("kafka_away", error=error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.connected = True
                break
        for outbox in outboxes:
            with suppress(*UNAVAILABLE):  # the sweeper tries again
                await outbox.send_again()


def _record(raw: ConsumerRecord) -> Record:
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in raw.headers or ()}
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value, headers)


def _firsts(records: Iterable[Record]) -> dict[TopicPartition, int]:
    """The offset of the first record of each partition."""
    firsts: dict[TopicPartition, int] = {}
    for record in records:
        firsts.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    return firsts


def _nexts(records: Iterable[Record]) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
