"""Readers wait for records, and a broken connection is told as what it is."""

import asyncio
from typing import Any

import aiokafka.conn
import pytest
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest
from kit.broker import POLL_MS
from kit.kafka import Kafka


async def test_a_reader_waits_longer_for_records_than_it_sleeps_after_an_empty_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[int] = []

    async def getmany(self: AIOKafkaConsumer, *_: Any, timeout_ms: int, max_records: int | None) -> dict[Any, Any]:
        waited.append(timeout_ms)
        return {}

    async def nothing(*_: Any, **__: Any) -> None: ...

    broker = Kafka("127.0.0.1:1", "test").broker
    monkeypatch.setattr(type(broker.config.broker_config), "connect", nothing)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", getmany)
    made = await broker._connect()
    consumer = made(group_id=None)
    assert broker.config.broker_config.builder is made
    assert await consumer.getmany(timeout_ms=1, max_records=5) == {}
    assert waited == [POLL_MS]


def test_a_connection_that_was_reset_a_moment_ago_is_told_to_be_broken() -> None:
    """Under uvloop, as in a service: a RuntimeError would end whichever task of aiokafka writes."""

    async def write() -> None:
        async with await asyncio.start_server(_knows_nothing, "127.0.0.1", 0) as server:
            connection = await aiokafka.conn.create_conn(*server.sockets[0].getsockname())
            connection._writer.transport.abort()
            await asyncio.sleep(0)
            with pytest.raises(KafkaConnectionError):
                connection.send(MetadataRequest([]))
            assert not connection.connected()

    uvloop.run(write())


async def _knows_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker that answers the first question: it knows metadata alone (key 3)."""
    size = int.from_bytes(await reader.readexactly(4))
    correlation = (await reader.readexactly(size))[4:8]
    answer = correlation + bytes(2) + (1).to_bytes(4) + (3).to_bytes(2) + bytes(2) + (5).to_bytes(2)
    writer.write(len(answer).to_bytes(4) + answer)
