"""Readers wait for records; they do not ask for them again and again."""

from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
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
