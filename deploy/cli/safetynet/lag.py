"""How far each reader is behind, according to Kafka itself: it works even while no service runs."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from contracts.topics import ALL, Topic
from rich.table import Table

from safetynet.place import Place


@dataclass(frozen=True)
class Lag:
    """One reader of one topic: `done` of `written` records, over all partitions; `untouched` partitions never read."""

    topic: str
    reader: str
    written: int
    done: int
    untouched: int = 0

    @property
    def behind(self) -> int:
        return self.written - self.done


async def lags(place: Place) -> list[Lag]:
    """Every reader of every topic that exists. Raises KafkaError when Kafka does not answer."""
    admin, consumer = AIOKafkaAdminClient(**place.kafka), AIOKafkaConsumer(**place.kafka)
    await admin.start()
    try:
        await consumer.start()
        parts = await _partitions(admin, place)
        every = [part for each in parts.values() for part in each]
        first, last = await consumer.beginning_offsets(every), await consumer.end_offsets(every)
        readers = {reader for topic in parts for reader in topic.readers}
        stored = {
            each: await admin.list_consumer_group_offsets(place.topic(each), partitions=every) for each in readers
        }
    finally:
        await consumer.stop()
        await admin.close()
    done = {reader: {part: found.offset for part, found in offsets.items()} for reader, offsets in stored.items()}
    return [
        _lag(topic.name, reader, [(first[part], last[part], done[reader].get(part, -1)) for part in own])
        for topic, own in parts.items()
        for reader in topic.readers
    ]


async def _partitions(admin: AIOKafkaAdminClient, place: Place) -> dict[Topic, list[TopicPartition]]:
    """The partitions of every topic of the registry that exists."""
    names = {place.topic(topic.name): topic for topic in ALL}
    there = sorted(names.keys() & set(await admin.list_topics()))
    described = {each["topic"]: each["partitions"] for each in (await admin.describe_topics(there) if there else [])}
    return {
        topic: [TopicPartition(name, part["partition"]) for part in described[name]]
        for name, topic in names.items()
        if name in described
    }


def _lag(topic: str, reader: str, parts: Iterable[tuple[int, int, int]]) -> Lag:
    """From the first, the end and the committed offset of each partition; -1 where nothing was committed yet."""
    found = list(parts)
    return Lag(
        topic,
        reader,
        written=sum(end - first for first, end, _ in found),
        done=sum(max(0, done - first) for first, _, done in found),
        untouched=sum(1 for first, end, done in found if done < 0 and end > first),
    )


def shown(found: Iterable[Lag]) -> Table:
    table = Table("topic", "reader", "kept", "behind", "partitions never read", title="Readers")
    for each in found:
        colour = "red" if each.behind else "green"
        table.add_row(each.topic, each.reader, str(each.written), f"[{colour}]{each.behind}[/]", str(each.untouched))
    return table
