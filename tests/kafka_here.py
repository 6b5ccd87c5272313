"""Kafka within a test's process: topics are lists, and a service reads them as it reads Kafka's, batch by batch.

A stage that joins Kafka pays for six topics with their partitions, a group, a producer and their end before it does
anything. What Kafka itself does (offsets, groups, outages, kills, dead letters) is tested on a real one:
`test_kit_delivery.py`, `test_network_cases.py`, `test_network_kills.py`, `tests/e2e`.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiokafka import AIOKafkaProducer, ConsumerRecord
from contracts.topics import Topic
from kit.inbox import Handle, Inbox, Record
from kit.kafka import BATCH, Kafka, KafkaState
from kit.outbox import Outbox
from kit.settings import ServiceSettings
from kit.telemetry import log

from tests.waiting import until

HERE = "here:0"
"""The address of this Kafka, for settings."""
AGAIN_SECONDS = 0.1


@dataclass
class Log:
    """All that was sent under one prefix, and how far each reader has come in each topic."""

    records: dict[str, list[ConsumerRecord]] = field(default_factory=lambda: defaultdict(list))
    done: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    reading: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    readers: list["KafkaHere"] = field(default_factory=list)

    def append(self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        there = self.records[topic]
        sizes = {"serialized_key_size": len(key or b""), "serialized_value_size": len(value)}
        there.append(ConsumerRecord(topic, 0, len(there), 0, 0, key, value, None, headers=tuple(headers), **sizes))
        for reader in self.readers:
            reader.news.set()


LOGS: dict[str, Log] = defaultdict(Log)
"""By prefix, as every test has one of its own."""


class KafkaHere(Kafka):
    """One service's side of it."""

    def __init__(self, reader: str, prefix: str) -> None:
        self._reader, self._prefix = reader, prefix
        self._inboxes: dict[str, Inbox] = {}
        self._log = LOGS[prefix]
        self.connected = False
        self.news = asyncio.Event()

    @classmethod
    def of(cls, settings: ServiceSettings, reader: str) -> Self:
        return cls(reader, settings.topic_prefix)

    def read(self, handlers: Mapping[Topic, Handle], *, gathered: Collection[Topic] = ()) -> None:
        self._inboxes = {
            self._prefix + topic.name: Inbox(topic, self._reader, handle, self.set_aside)
            for topic, handle in handlers.items()
        }

    async def set_aside(self, topic: str, record: Record, headers: dict[str, str]) -> None:
        await self._send(self._prefix + topic, record.key, record.value or b"", headers)

    async def is_moving(self) -> bool:
        return True

    def state(self) -> KafkaState:
        return KafkaState()

    async def _send(self, topic: str, key: bytes | None, value: bytes, headers: dict[str, str]) -> None:
        self._log.append(topic, key, value, [(name, text.encode()) for name, text in headers.items()])

    @asynccontextmanager
    async def running(self, writes: Iterable[Topic], outboxes: Iterable[Outbox]) -> AsyncIterator[None]:
        """Stops as a service does: the batch in hand is finished, and what it caused is sent."""
        async with AsyncExitStack() as stack:
            for outbox in outboxes:
                await stack.enter_async_context(outbox.running())
            self.connected = True
            self._log.readers.append(self)
            reading = asyncio.create_task(self._take())
            try:
                yield
            finally:
                self._log.readers.remove(self)
                self.connected = False
                self.news.set()
                await reading

    async def _take(self) -> None:
        while self.connected:
            self.news.clear()
            async with self._log.reading[self._reader]:
                taken = await self._batch()
            if not taken:
                await self.news.wait()

    async def _batch(self) -> bool:
        """Give what waits to its handlers; whether there was any. It waits until all have returned, and only then."""
        waiting = {topic: self._waiting(topic) for topic in self._inboxes}
        try:
            for topic, records in waiting.items():
                await self._inboxes[topic].take([_record(each) for each in records])
        except Exception as error:  # as the real one's: the batch comes again, and the log says why
            log.warning("batch_comes_again", reader=self._reader, error=error)
            await asyncio.sleep(AGAIN_SECONDS)
            return True
        for topic, records in waiting.items():
            self._log.done[self._reader, topic] += len(records)
        return any(waiting.values())

    def _waiting(self, topic: str) -> list[ConsumerRecord]:
        begin = self._log.done[self._reader, topic]
        return self._log.records[topic][begin : begin + BATCH]


def _record(raw: ConsumerRecord) -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value,
                  {name: value.decode() for name, value in raw.headers})  # fmt: skip


@dataclass
class Producer:
    """What a test says, as a producer of aiokafka would send it."""

    prefix: str

    async def send(
        self, topic: str, value: bytes, key: bytes | None = None, headers: Sequence[tuple[str, Any]] = ()
    ) -> None:
        LOGS[self.prefix].append(topic, key, value, headers)

    async def flush(self) -> None:
        """Nothing is on its way."""


@asynccontextmanager
async def producing(bootstrap: str, prefix: str) -> AsyncIterator[AIOKafkaProducer | Producer]:
    """A producer for this Kafka, or for a real one."""
    if bootstrap == HERE:
        yield Producer(prefix)
        return
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        yield producer


async def has_taken(prefix: str, reader: str, topics: Iterable[Topic]) -> None:
    """Once a reader has done with all that lies on these topics now."""
    log = LOGS[prefix]
    ends = {prefix + topic.name: len(log.records[prefix + topic.name]) for topic in topics}
    await until(lambda: all(log.done[reader, name] >= end for name, end in ends.items()))
