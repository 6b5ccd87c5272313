"""FastStream's broker with what it and aiokafka lack here: readers that wait, faults that are told, a new writer."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from time import monotonic
from typing import Any

import aiokafka.conn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl

from kit.telemetry import log

POLL_MS = 1_000
GATHER_SECONDS = 0.25
LEAVE_SECONDS = 5.0


class KafkaConnection(AIOKafkaConnection):  # type: ignore[misc]
    """A connection that tells that it is broken as aiokafka expects it: any other fault ends the task that writes.

    uvloop raises a RuntimeError for what is written to a connection that was reset a moment ago (aiokafka's issue
    1038). Whose turn it is then stops for good: the sender, which would refuse every record from then on, the fetcher,
    the group's coordination, or the metadata, without which a client waits for ever.
    """

    def send(self, request: Any, expect_response: bool = True) -> Awaitable[Any]:
        try:
            answer: Awaitable[Any] = super().send(request, expect_response)
        except (KafkaError, NotImplementedError):  # RuntimeErrors as well
            raise
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error
        return answer


aiokafka.conn.AIOKafkaConnection = KafkaConnection


class _Patient(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits for records itself: FastStream polls, and sleeps after each empty answer for as long as it waited for it.

    With 10 ms each way that is 50 polls a second for nothing, and deaf for half of the time. Where it has records of
    `gathered` topics alone it waits for more of them: a batch costs much the same whether it is of one or of twenty.
    """

    def __init__(self, *topics: str, gathered: Collection[str] = (), **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self._gathered = gathered
        self._told: dict[TopicPartition, Any] = {}
        self._told_of: Any = None

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        found: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(
            *partitions, timeout_ms=max(timeout_ms, POLL_MS), max_records=max_records
        )
        until, assignment = monotonic() + GATHER_SECONDS, self._assignment()
        more: dict[TopicPartition, list[ConsumerRecord]]
        while found and all(each.topic in self._gathered for each in found):
            left = until - monotonic()
            room = None if max_records is None else max_records - sum(map(len, found.values()))
            if left <= 0 or room == 0:
                break
            try:
                more = await super().getmany(*partitions, timeout_ms=int(left * 1000) + 1, max_records=room)
            except Exception as error:  # noqa: BLE001 - told, and met again: what is in hand must not be dropped
                log.warning("gathering_broke_off", error=error)
                more = {}
                until = 0.0
            if self._assignment() is not assignment:
                # Nothing in hand is committed: whoever has its partitions now, and be it this reader, gets it again.
                # Together with what is of another assignment it could not be sought back, and so be passed over.
                return more
            for partition, records in more.items():
                found.setdefault(partition, []).extend(records)
        return found

    def _assignment(self) -> Any:
        subscription = self._subscription.subscription
        return subscription and subscription.assignment

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """A batch that failed is sought back partition by partition; one that went to another reader holds up none."""
        if partition in self.assignment():
            super().seek(partition, offset)
        else:
            log.warning("sought_back_elsewhere", topic=partition.topic, partition=partition.partition)

    async def commit(self, offsets: dict[TopicPartition, Any] | None = None) -> None:
        """aiokafka would tell of every partition with each batch, and Kafka would keep it: these are those that moved.

        The first time after an assignment all are told, so that what Kafka lets go of any of them is missed.
        """
        assignment = self._assignment()
        if offsets is not None or assignment is None:
            await super().commit(offsets)
            return
        if assignment is not self._told_of:
            self._told, self._told_of = {}, assignment
        told, now = self._told, assignment.all_consumed_offsets()
        if moved := {part: offset for part, offset in now.items() if told.get(part) != offset}:
            await super().commit(moved)
            told.update(moved)


class Broker(KafkaBroker):
    """FastStream's broker, whose readers wait for records, and whose writer can be replaced."""

    gathered: Collection[str] = ()
    """The topics whose records may wait for more of them."""

    async def _connect(self) -> Callable[..., AIOKafkaConsumer]:
        usual: partial[AIOKafkaConsumer] = await super()._connect()  # type: ignore[assignment]
        self.config.broker_config.builder = partial(_Patient, gathered=self.gathered, **usual.keywords)
        return self.config.broker_config.builder

    @property
    def writer(self) -> AIOKafkaProducer | None:
        """The producer of this moment."""
        writer = self.config.broker_config.producer
        return writer._producer.producer if writer else None  # type: ignore[attr-defined]

    async def renew_writer(self) -> None:
        """Put a new producer in the place of this one, whose unanswered records fail. Raises when Kafka is away.

        aiokafka never gets over a gap in what it numbered (any error that it does not try again leaves one), nor over
        the end of its sender: until a new process begins, every record is refused.
        """
        writer = self.config.broker_config.producer
        assert isinstance(writer, AioKafkaFastProducerImpl)
        old, new = self.writer, AIOKafkaProducer(**self._connection_kwargs)
        try:
            await writer.connect(new, writer.serializer, writer.codec)
        except BaseException:
            await new.stop()
            raise
        if old:
            old._message_accumulator.fail_all(KafkaConnectionError("its producer was replaced"))
            await leave("writer", old.stop, old.client.close)


async def leave(what: str, *ends: Callable[[], Awaitable[None]]) -> None:
    """End the parts of a client that is broken in whatever way: what they do not come to is left."""
    for end in ends:
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await end()
        except Exception as error:  # noqa: BLE001 - it may be broken at any place
            log.warning("left_broken", name=what, error=error)


def has_broken_off(consumer: AIOKafkaConsumer | None) -> bool:
    """Whether there is none, or nobody keeps it in its group any more. aiokafka tells it in no other way."""
    if consumer is None:
        return True
    coordination = getattr(getattr(consumer, "_coordinator", None), "_coordination_task", None)
    return coordination is not None and coordination.done()


async def break_off(consumer: AIOKafkaConsumer | None) -> None:
    """End a consumer that does not end by itself, so that it holds no partition and no connection."""
    if consumer is None:
        return
    coordinator = getattr(consumer, "_coordinator", None)
    for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
        if task := getattr(coordinator, name, None):
            task.cancel()
    parts = [getattr(consumer, name, None) for name in ("_fetcher", "_client")]
    await leave("reader", *(part.close for part in parts if part))
