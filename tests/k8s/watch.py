"""What a consumer group does while its members come and go: how far behind, and how long it stood still."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from contracts.topics import Topic

EVERY = 0.25
LONG = 2.0


@dataclass
class Seen:
    """The largest lag, and the longest time (seconds) in which records waited and nothing was committed."""

    lag: int = 0
    most: int = 0
    stop: float = 0.0
    stops: list[float] = field(default_factory=list)
    _done: int = -1
    _moved: float = 0.0

    def note(self, done: int, end: int) -> None:
        waited, self.lag = self.lag > 0, end - done
        self.most = max(self.most, self.lag)
        stood = time.monotonic() - self._moved
        if waited:
            self.stop = max(self.stop, stood)
        if done == self._done and self.lag > 0:
            return
        if waited and stood > LONG:
            self.stops.append(round(stood, 1))
        self._done, self._moved = done, time.monotonic()


@asynccontextmanager
async def group(bootstrap: str, name: str, topic: Topic) -> AsyncIterator[Seen]:
    """Watch what group `name` has committed of a topic."""
    seen = Seen()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await admin.start()
    await consumer.start()
    watching = asyncio.create_task(_watch(admin, consumer, name, topic, seen))
    try:
        yield seen
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await consumer.stop()
        await admin.close()


async def _watch(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, name: str, topic: Topic, seen: Seen) -> None:
    parts = [TopicPartition(topic.name, each) for each in range(topic.partitions)]
    while True:
        try:
            committed = await admin.list_consumer_group_offsets(name)
            ends = await consumer.end_offsets(parts)
        except KafkaError:
            await asyncio.sleep(EVERY)
            continue
        done = sum(max(committed[part].offset, 0) for part in parts if part in committed)
        seen.note(done, sum(ends.values()))
        await asyncio.sleep(EVERY)
