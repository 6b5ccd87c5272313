"""FastStream's broker with readers that wait: at rest one poll a second, under load none that finds nothing."""

from collections.abc import Callable
from functools import partial

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from faststream.kafka import KafkaBroker

POLL_MS = 1_000


class _Patient(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits for records itself: FastStream polls, and sleeps after each empty answer for as long as it waited for it.

    With 10 ms each way that is 50 polls a second for nothing, and deaf for half of the time.
    """

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        found: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(
            *partitions, timeout_ms=max(timeout_ms, POLL_MS), max_records=max_records
        )
        return found


class Broker(KafkaBroker):
    """FastStream's broker, whose readers wait for records instead of asking again and again."""

    async def _connect(self) -> Callable[..., AIOKafkaConsumer]:
        usual: partial[AIOKafkaConsumer] = await super()._connect()  # type: ignore[assignment]
        self.config.broker_config.builder = partial(_Patient, **usual.keywords)
        return self.config.broker_config.builder
