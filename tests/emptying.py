"""Topics of tests, emptied to be used again, or dropped."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, PolicyViolationError
from contracts.topics import ALL

COMPACTED = tuple(topic.name for topic in ALL if topic.compacted)
TO_THE_END = RecordsToDelete(before_offset=-1)


@asynccontextmanager
async def administering(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def partitions_of(admin: AIOKafkaAdminClient, prefixes: tuple[str, ...]) -> list[TopicPartition]:
    mine = [name for name in await admin.list_topics() if name.startswith(prefixes)]
    topics = await admin.describe_topics(mine) if mine else []
    return [TopicPartition(topic["topic"], each["partition"]) for topic in topics for each in topic["partitions"]]


async def emptied(bootstrap: str, prefixes: tuple[str, ...]) -> set[str]:
    """Delete all records of these topics, and set their readers' groups behind them.

    Without those that a reader still holds, as one does that a test has killed.
    """
    async with administering(bootstrap) as admin:
        parts = await partitions_of(admin, prefixes)
        ends = await _deleted(admin, parts) if parts else {}
        groups = [name for name, _ in await admin.list_consumer_groups() if name.startswith(prefixes)]
        held = set[str]()
        for group in groups:
            read = {part: ends[part] for part in await admin.list_consumer_group_offsets(group) if part in ends}
            if not await _put_behind(bootstrap, group, read):
                held.add(group)
    return {prefix for prefix in prefixes if not any(group.startswith(prefix) for group in held)}


async def _deleted(admin: AIOKafkaAdminClient, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Delete all records; of a compacted topic Kafka does so only once it may, which a broker hears a little late."""
    for _ in range(50):
        with suppress(PolicyViolationError):
            ends: dict[TopicPartition, int] = await admin.delete_records(dict.fromkeys(parts, TO_THE_END))
            return ends
        compacted = {part.topic for part in parts if part.topic.endswith(COMPACTED)}
        deletes = {"cleanup.policy": "compact,delete"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, each, deletes) for each in compacted])
        await asyncio.sleep(0.02)
    raise TimeoutError(parts)


async def _put_behind(bootstrap: str, group: str, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether the group could be told that it has read all: only one without members can."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        if ends:
            consumer.assign(list(ends))
            await consumer.commit(dict(ends))
    except KafkaError:
        return False
    else:
        return True
    finally:
        await consumer.stop()


async def drop_topics(bootstrap: str, prefixes: tuple[str, ...]) -> None:
    async with administering(bootstrap) as admin:
        if mine := [name for name in await admin.list_topics() if name.startswith(prefixes)]:
            await admin.delete_topics(mine)
