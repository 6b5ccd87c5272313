"""How far one reader is behind, and whether it still moves: a consumer can stop fetching without any error."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, time
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from kit.telemetry import log

EVERY = 5.0
PATIENCE = 60.0
"""Seconds without a step, while records wait, after which a reader counts as stuck."""
SPARE_PATIENCE = 300.0
"""The same for a reader without a partition: the one that has it may be busy with a batch, which a spare cannot see.

A new process in a spare's place stops the whole group for a moment, and helps only where nobody serves at all.
"""
STILL_SECONDS = 30.0
"""Seconds after which a reader that has nothing in hand is started anew, before its service is given up."""
_ANSWER_SECONDS = 5.0

LAG = Gauge(
    "safetynet_consumer_lag", "Records written that the reader has not handled.", ["topic", "reader", "partition"]
)
SKIPPED = Counter(
    "safetynet_consumer_skipped_total", "Records that Kafka let go before the reader came to them.", ["topic", "reader"]
)
MOVED = Gauge("safetynet_consumer_moved_timestamp_seconds", "When the reader last took a step (Unix time).", ["reader"])

Offsets = Mapping[TopicPartition, int]


class Consumer(Protocol):
    """The part of aiokafka's consumer that tells where it is."""

    def assignment(self) -> set[TopicPartition]: ...
    def subscription(self) -> Collection[str]: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def committed(self, partition: TopicPartition) -> int | None: ...
    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Offsets: ...
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
        self._next: dict[TopicPartition, int] = {}
        self._shown: set[TopicPartition] = set()
        self._waits = False
        self._owns = False
        self._owned = self._clock()
        self.waiting = 0
        self.unknown_since: float | None = None
        self._began = self._clock()
        self._times_anew = 0
        """How often the consumer was started again since it last did something."""
        self.step()

    def begin_anew(self) -> None:
        """Note that the consumer is started again, which is no sign of life."""
        self._began = self._clock()
        self._times_anew += 1

    def excuse(self) -> None:
        """Note that nobody has an answer from Kafka: then a reader without one stands still for no fault of its own."""
        self._moved = self._clock()

    def step(self) -> None:
        """Note a sign of life."""
        self._moved, self._times_anew = self._clock(), 0
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

    async def account(self, consumer: Consumer, firsts: Offsets, nexts: Offsets) -> None:
        """Tell of records between the group's last commit and these first offsets: Kafka has let go of them."""
        for part, first in firsts.items():
            if first > self._next.get(part, -1):
                # Either new here, another member had it meanwhile, or there is a gap: the group knows.
                committed = await consumer.committed(part)
                if committed is not None and committed < first:
                    self._tell_skipped(part, committed, first)
        self._next.update(nexts)

    async def is_moving(self) -> bool:
        """False once records have waited for `PATIENCE` seconds and nothing was taken, tried or set aside.

        A reader without a partition waits for others, and longer (`SPARE_PATIENCE`).
        Not for want of an answer: where a broker is away that leads a partition, a new process helps nobody, and its
        service takes reports meanwhile.
        """
        return not self._is_stuck()

    def _is_stuck(self) -> bool:
        return self._has_waited(PATIENCE if self._owns else SPARE_PATIENCE)

    def _has_waited(self, seconds: float) -> bool:
        """Whether records wait and for so long nothing was taken of them, here or, for a spare, by anybody."""
        return self._waits and self._clock() - self._moved >= seconds

    def stands_still(self) -> bool:
        """Whether, for `STILL_SECONDS`, its consumer took nothing of what waits or had no answer from Kafka.

        A fault in aiokafka looks like this; so does a Kafka that is away, which another connection tells apart
        (`excuse`). With a batch in hand it is not the consumer that is waited for, and without a partition it is
        another's. To start anew stops all of its group for a moment: each time in vain doubles the wait.
        """
        is_owed = (self._waits and self._owns) or self.unknown_since is not None
        wait = STILL_SECONDS * 2 ** min(self._times_anew, 6)
        return is_owed and not self._in_hand and self._clock() - max(self._moved, self._began) >= wait

    async def look(self, consumer: Consumer) -> None:
        """Compare where the reader is with what each of its partitions holds.

        Without a partition it looks at where its group is, in all of them: somebody must have them.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                own = consumer.assignment()
                parts = sorted(own or _all(consumer))
                starts = await consumer.beginning_offsets(parts) if parts else {}
                ends = await consumer.end_offsets(parts) if parts else {}
                at = [await (consumer.position if own else consumer.committed)(part) for part in parts]
        except (KafkaError, OSError, TimeoutError) as error:
            # Kafka is away, or the group is rebalancing: a restart would help with neither.
            log.warning("lag_unknown", reader=self._reader, error=error)
            self._waits = False
            self.unknown_since = self.unknown_since or time()
            return
        if self.unknown_since and time() - self.unknown_since >= STILL_SECONDS:
            self._moved = self._clock()  # time to begin with what came meanwhile; one look in vain is no excuse
        self.unknown_since = None
        reached = dict(zip(parts, at, strict=True))
        # What Kafka has let go waits for nobody.
        done = {part: max(starts[part], self._in_hand.get(part, reached[part] or 0)) for part in parts}
        self._note(done, {part: max(0, ends[part] - done[part]) for part in parts}, own)

    def _note(self, done: Offsets, lag: Offsets, own: Collection[TopicPartition]) -> None:
        # Which partitions it has says nothing: after each start they change, without anything having been taken.
        if any(at > self._done.get(part, at) for part, at in done.items()) or not any(lag.values()):
            self.step()
        elif not self._times_anew and set(done) - set(self._done):
            self._moved = self._clock()  # time to begin with those that are new
        elif own and not self._owns and (not self._times_anew or self._clock() - self._owned >= PATIENCE):
            self._moved = self._clock()  # so too with its first, unless its own start took them from it a moment ago
        self._owned = self._clock() if own else self._owned
        self._done, self._waits, self._owns, self.waiting = done, any(lag.values()), bool(own), sum(lag.values())
        # A spare tells of others' partitions only when nobody takes anything from them.
        shown = set(lag) if own or self._has_waited(PATIENCE) else set()
        for part in self._shown - shown:
            LAG.remove(*self._labels(part))
        for part in shown:
            LAG.labels(*self._labels(part)).set(lag[part])
        self._shown = shown

    def _tell_skipped(self, part: TopicPartition, committed: int, first: int) -> None:
        topic = part.topic.removeprefix(self._prefix)
        SKIPPED.labels(topic, self._reader).inc(first - committed)
        log.error("skipped", topic=topic, reader=self._reader, partition=part.partition, offset=committed,
                  count=first - committed)  # fmt: skip

    def _labels(self, part: TopicPartition) -> tuple[str, str, str]:
        return part.topic.removeprefix(self._prefix), self._reader, str(part.partition)


def _all(consumer: Consumer) -> set[TopicPartition]:
    return {
        TopicPartition(topic, number)
        for topic in consumer.subscription()
        for number in consumer.partitions_for_topic(topic) or ()
    }
