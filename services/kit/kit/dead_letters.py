"""Dead letters: what lies in each `.dlq` topic, and sending it back once its cause is fixed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from contracts.topics import ALL
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity

GROUP = "dead-letters"
"""The group whose committed offset says how far a dead-letter topic has been dealt with."""
LEFT = "dlq_left"
"""The header of a dead letter whose body lies where it came from, at `dlq_partition` and `dlq_offset`."""
_KEPT = ("ce_id", "ce_type", "ce_subject")
_MOST_HEADER = 200
MOST_RECORD = 32 * 2**20
"""Bytes of a record that is sent back: brokers and topics may take more than a producer's usual 1 MiB."""
_PARTITION = 0
_WAIT_MS = 2_000


@dataclass(frozen=True)
class DeadLetter:
    """One record set aside, without its body, which may hold sealed data: where it came from, and why it is here."""

    dlq: str
    offset: int
    topic: str
    origin: str
    type: str
    event_id: str
    reason: str
    attempts: str


class NoLongerKept(Exception):
    """A record was set aside by reference, and Kafka has let go of it."""


def by_reference(headers: dict[str, str]) -> dict[str, str]:
    """Headers that say where a record lies and why it was set aside, and are short whatever it had."""
    kept = {name: value for name, value in headers.items() if name in _KEPT or name.startswith("dlq_")}
    return {name: value[:_MOST_HEADER] for name, value in kept.items()} | {LEFT: "at its origin"}


def topics() -> list[str]:
    """Every dead-letter topic of the registry."""
    return [topic.dead_letters(reader) for topic in ALL for reader in topic.readers]


class DeadLetters:
    """The dead-letter topics of one installation."""

    def __init__(self, bootstrap: str, prefix: str = "", *, security: BaseSecurity | None = None) -> None:
        self._connection = {"bootstrap_servers": bootstrap, **parse_security(security)}
        self._prefix = prefix

    async def listed(self, dlq: str) -> list[DeadLetter]:
        """Those of one topic that nobody has dealt with yet."""
        async with self._open(dlq) as (consumer, waiting):
            return [_of(dlq, record) async for record in _take(consumer, waiting)]

    async def replay(self, dlq: str, most: int) -> list[DeadLetter]:
        """Send up to `most` back to the topic they came from, the oldest first; each goes back once.

        They keep their event ids, so a reader that has seen one changes nothing. Raises NoLongerKept for
        one that was set aside by reference and is no longer there.
        """
        async with self._open(dlq) as (consumer, waiting), self._producer() as producer:
            sent = []
            async for record in _take(consumer, min(waiting, most)):
                origin, whole = self._prefix + _headers(record)["dlq_topic"], record
                if LEFT in _headers(record):
                    whole = await self._at_origin(origin, record)
                kept = [(name, value) for name, value in whole.headers if not name.startswith("dlq_")]
                await producer.send_and_wait(origin, whole.value or None, key=whole.key, headers=kept)
                await self._settle(consumer, record)
                sent.append(_of(dlq, record))
            return sent

    async def read(self, dlq: str, offset: int) -> tuple[DeadLetter, dict[str, str], bytes | None] | None:
        """One that waits, its headers and its body, which may hold sealed data; the oldest for a negative offset."""
        async with self._open(dlq) as (consumer, waiting):
            async for record in _take(consumer, waiting):
                if offset < 0 or record.offset == offset:
                    return _of(dlq, record), _headers(record), record.value
        return None

    async def discard(self, dlq: str, most: int, reason: str) -> list[DeadLetter]:
        """Deal with up to `most` by leaving them where they are; they stay in the topic until its retention ends.

        `reason` is kept beside the group's offset.
        """
        async with self._open(dlq) as (consumer, waiting):
            left = []
            async for record in _take(consumer, min(waiting, most)):
                await self._settle(consumer, record, f"discarded: {reason}")
                left.append(_of(dlq, record))
            return left

    @asynccontextmanager
    async def _open(self, dlq: str) -> AsyncIterator[tuple[AIOKafkaConsumer, int]]:
        """A consumer at the first that waits, and how many wait. Raises KeyError for a topic the registry lacks."""
        if dlq not in topics():
            raise KeyError(dlq)
        part = TopicPartition(self._prefix + dlq, _PARTITION)
        consumer = AIOKafkaConsumer(
            **self._connection,
            group_id=self._prefix + GROUP,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with AsyncExitStack() as stack:
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            if part.topic not in await consumer.topics():
                yield consumer, 0  # no reader has set anything aside yet
                return
            consumer.assign([part])
            waiting = (await consumer.end_offsets([part]))[part] - await consumer.position(part)
            yield consumer, waiting

    async def _at_origin(self, topic: str, letter: ConsumerRecord) -> ConsumerRecord:
        """The whole of a record that was set aside by reference. Raises NoLongerKept."""
        said = _headers(letter)
        part, offset = TopicPartition(topic, int(said["dlq_partition"])), int(said["dlq_offset"])
        consumer = AIOKafkaConsumer(**self._connection, enable_auto_commit=False, max_partition_fetch_bytes=MOST_RECORD)
        await consumer.start()
        try:
            consumer.assign([part])
            starts, ends = await consumer.beginning_offsets([part]), await consumer.end_offsets([part])
            if not starts[part] <= offset < ends[part]:
                raise NoLongerKept(f"{topic} no longer holds {part.partition}:{offset}")
            consumer.seek(part, offset)
            return await consumer.getone()
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **self._connection,
            acks="all",
            enable_idempotence=True,
            max_request_size=MOST_RECORD,
            # What came compressed may fit into a broker's bound only so.
            compression_type="gzip",
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def _settle(self, consumer: AIOKafkaConsumer, record: ConsumerRecord, how: str = "replayed") -> None:
        part = TopicPartition(record.topic, record.partition)
        await consumer.commit({part: OffsetAndMetadata(record.offset + 1, how)})


async def _take(consumer: AIOKafkaConsumer, count: int) -> AsyncIterator[ConsumerRecord]:
    while count > 0:
        batches = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=count)
        for record in [record for batch in batches.values() for record in batch]:
            count -= 1
            yield record


def _headers(record: ConsumerRecord) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in record.headers}


def _of(dlq: str, record: ConsumerRecord) -> DeadLetter:
    said = _headers(record)
    return DeadLetter(
        dlq=dlq,
        offset=record.offset,
        topic=said.get("dlq_topic", "?"),
        origin=f"{said.get('dlq_partition', '?')}:{said.get('dlq_offset', '?')}",
        type=said.get("ce_type", "?"),
        event_id=said.get("ce_id", "?"),
        reason=said.get("dlq_reason", "?"),
        attempts=said.get("dlq_attempts", "?"),
    )
