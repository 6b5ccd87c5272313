"""How far one reader is behind, and whether it still moves: a consumer can stop fetching without any error."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, time
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from kit.telemetry import log

EVERY = 5.0
PATIENCE = 60.0
"""Seconds without a step, while records wait, after which a reader counts as stuck."""
_ANSWER_SECONDS = 5.0

LAG = Gauge(
    "safetynet_consumer_lag", "Records written that the reader has not handled.", ["topic", "reader", "partition"]
)
MOVED = Gauge("safetynet_consumer_moved_timestamp_seconds", "When the reader last took a step (Unix time).", ["reader"])

Offsets = Mapping[TopicPartition, int]


class Consumer(Protocol):
    """The part of aiokafka's consumer that tells where it is."""

    def assignment(self) -> set[TopicPartition]: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Offsets: ...


class Progress:
    """The position of one reader in the partitions that it has; `prefix` of their topics is left out of the metrics.

    `waiting` is how many records waited at the last look, `unknown_since` (Unix time) since when Kafka gave no answer.
    """

    def __init__(self, reader: str, prefix: str = "", *, clock: Callable[[], float] = monotonic) -> None:
        self._reader = reader
        self._prefix = prefix
        self._clock = clock
        self._done: Offsets = {}
        self._in_hand: Offsets = {}
        self._waits = False
        self.waiting = 0
        self.unknown_since: float | None = None
        self.step()

    def step(self) -> None:
        """Note a sign of life."""
        self._moved = self._clock()
        MOVED.labels(self._reader).set(time())

    @contextmanager
    def handling(self, firsts: Offsets) -> Iterator[None]:
        """While a batch is handled, its records (from these offsets on) still count as waiting."""
        self._in_hand = firsts
        try:
            yield
        finally:
            self._in_hand = {}
            self.step()

    async def is_moving(self) -> bool:
        """False once records have waited for `PATIENCE` seconds and nothing was taken, tried or set aside."""
        return not self._waits or self._clock() - self._moved < PATIENCE

    async def watch(self, consumer: Callable[[], Consumer | None]) -> None:
        """Ask again and again, until cancelled; `consumer` gives None while there is none."""
        while True:
            await asyncio.sleep(EVERY)
            if there := consumer():
                await self.look(there)

    async def look(self, consumer: Consumer) -> None:
        """Compare the reader's position with the end of each of its partitions."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                own = sorted(consumer.assignment())
                ends = await consumer.end_offsets(own) if own else {}
                done = {part: self._in_hand.get(part, await consumer.position(part)) for part in own}
        except (KafkaError, OSError, TimeoutError) as error:
            # Kafka is away, or the group is rebalancing: a restart would help with neither.
            log.warning("lag_unknown", reader=self._reader, error=error)
            self._waits = False
            self.unknown_since = self.unknown_since or time()
            return
        self.unknown_since = None
        self._note(done, {part: max(0, ends[part] - done[part]) for part in own})

    def _note(self, done: Offsets, lag: Offsets) -> None:
        if done != self._done or not any(lag.values()):
            self.step()
        for part in self._done.keys() - done.keys():
            LAG.remove(*self._labels(part))
        for part, count in lag.items():
            LAG.labels(*self._labels(part)).set(count)
        self._done, self._waits, self.waiting = done, any(lag.values()), sum(lag.values())

    def _labels(self, part: TopicPartition) -> tuple[str, str, str]:
        return part.topic.removeprefix(self._prefix), self._reader, str(part.partition)
