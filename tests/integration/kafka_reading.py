"""What lies in Kafka at this moment. Nothing here waits for silence: a test knows by a sign that all has been sent."""

from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from contracts.topics import Topic
from kit.mongo import Collection

from tests.kafka_here import HERE, LOGS, has_taken
from tests.waiting import until


async def on_topic(bootstrap: str, prefix: str, topic: Topic) -> list[ConsumerRecord]:
    """Every record of a topic, up to its end as it is now."""
    if bootstrap == HERE:
        return list(LOGS[prefix].records[prefix + topic.name])
    return await records_in(bootstrap, partitions(prefix, topic))


async def records_in(bootstrap: str, parts: Sequence[TopicPartition]) -> list[ConsumerRecord]:
    """Every record of these partitions, up to their ends as they are now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(parts)
        starts, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        there, found = sum(ends.values()) - sum(starts.values()), list[ConsumerRecord]()
        while len(found) < there:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def taken(bootstrap: str, prefix: str, reader: str, topics: Iterable[Topic]) -> None:
    """Once a reader has done with all that lies on these topics now."""
    if bootstrap == HERE:
        await has_taken(prefix, reader, topics)
        return
    parts = [part for topic in topics for part in partitions(prefix, topic)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=prefix + reader, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)

        async def all_committed() -> bool:
            return all([(await consumer.committed(part) or 0) >= end for part, end in ends.items()])

        await until(all_committed)
    finally:
        await consumer.stop()


def partitions(prefix: str, topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(prefix + topic.name, number) for number in range(topic.partitions)]


async def all_sent(*collections: Collection) -> None:
    """Once no document holds an event that Kafka has not confirmed."""

    async def none_waits() -> bool:
        return not any([await each.count_documents({"outbox.0": {"$exists": True}}) for each in collections])

    await until(none_waits)
