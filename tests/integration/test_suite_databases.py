"""Tests come after one another in the same databases and topics, and meet nothing but indexes there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from kit.kafka_topics import ensure_topics
from pymongo import MongoClient

from tests.emptying import drop_topics, emptied
from tests.integration.kafka_reading import records_in
from tests.parts import TOPICS_AT_ONCE, Names, Parts, Sweeper

pytestmark = pytest.mark.real


def test_a_database_is_given_again_empty_with_its_indexes_and_is_gone_in_the_end(parts: Parts) -> None:
    with MongoClient(parts.mongo) as client, Sweeper.at(parts) as sweeper:
        with sweeper.names() as first, sweeper.names() as beside:
            things = client[first.databases + "kit"]["things"]
            things.create_index("name", name="by_name")
            things.insert_one({"name": "left behind"})
        with sweeper.names() as other, sweeper.names() as again:
            assert {other.databases, again.databases} == {first.databases, beside.databases}
            assert things.count_documents({}) == 0
            assert "by_name" in things.index_information()
    with MongoClient(parts.mongo) as client:
        assert first.databases + "kit" not in client.list_database_names()


def test_topics_are_given_again_once_they_are_emptied_and_fresh_ones_never(parts: Parts) -> None:
    with Sweeper.at(parts) as sweeper:
        with sweeper.names(fresh=True) as fresh:
            pass
        given = list[str]()
        for _ in range(TOPICS_AT_ONCE):
            with sweeper.names() as names:
                given.append(names.topics)
        with sweeper.names() as again, sweeper.names(fresh=True) as anew:
            assert again.topics in given
            assert anew.topics not in [*given, fresh.topics]
    assert len(set(given)) == TOPICS_AT_ONCE


@asynccontextmanager
async def _reading(parts: Parts, prefix: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A member of the group, who has been given its partition."""
    consumer = AIOKafkaConsumer(
        prefix + "said", bootstrap_servers=parts.kafka, group_id=prefix + "reader", auto_offset_reset="earliest"
    )
    await consumer.start()
    while not consumer.assignment():
        await asyncio.sleep(0.02)
    yield consumer
    await consumer.stop()


@pytest.mark.fresh_topics
async def test_emptied_topics_hold_nothing_and_their_readers_have_missed_nothing(parts: Parts, names: Names) -> None:
    part = TopicPartition(names.topics + "said", 0)
    await ensure_topics(parts.kafka, [NewTopic(part.topic, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka) as producer:
        for number in range(3):
            await producer.send_and_wait(part.topic, b"%d" % number)
    async with _reading(parts, names.topics) as consumer:
        await consumer.getone()
        await consumer.commit({part: 1})
        assert await emptied(parts.kafka, (names.topics,)) == set(), "somebody still reads"
    assert await records_in(parts.kafka, [part]) == []
    assert await emptied(parts.kafka, (names.topics,)) == {names.topics}
    async with _reading(parts, names.topics) as consumer:
        assert await consumer.position(part) == (await consumer.beginning_offsets([part]))[part] == 3
    await drop_topics(parts.kafka, (names.topics,))
