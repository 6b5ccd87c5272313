"""Readers wait for records, and a broken connection is told as what it is."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiokafka.conn
import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest
from faststream.kafka.message import KafkaAckableMessage
from kit.broker import POLL_MS, _Patient, leave
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


@dataclass
class Fetched:
    """What aiokafka gives, turn by turn; asked for more than there is, it waits as long as it was asked to."""

    turns: list[Any]
    asked: list[tuple[int, int | None]] = field(default_factory=list)

    async def getmany(self, *_: Any, timeout_ms: int, max_records: int | None) -> dict[Any, Any]:
        self.asked.append((timeout_ms, max_records))
        if not self.turns:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        return {TopicPartition(topic, 0): list(records) for topic, records in turn.items()}


@pytest.mark.parametrize(
    ("turns", "most", "taken"),
    [
        ([{"news": "ab"}, {"news": "c"}, {"news": "d"}], 500, {"news": "abcd"}),
        ([{"news": "ab"}, {"reports": "x"}, {"news": "c"}], 500, {"news": "ab", "reports": "x"}),
        ([{"reports": "x"}, {"news": "c"}], 500, {"reports": "x"}),
        ([{"news": "ab"}, {"news": "c"}, {"news": "d"}], 3, {"news": "abc"}),
        ([{"news": "ab"}, KeyError(), {"news": "c"}], 500, {"news": "ab"}),
    ],
    ids=["together", "a report ends the wait", "a report does not wait", "full", "a fault drops nothing"],
)
async def test_news_is_gathered_and_a_report_never_waits(
    monkeypatch: pytest.MonkeyPatch, turns: list[Any], most: int, taken: dict[str, str]
) -> None:
    fetched = Fetched(turns)
    monkeypatch.setattr("kit.broker.GATHER_SECONDS", 0.05)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", lambda _, *parts, **asked: fetched.getmany(*parts, **asked))
    found = await _Patient(gathered=["news"]).getmany(timeout_ms=1, max_records=most)
    assert {partition.topic: "".join(records) for partition, records in found.items()} == taken
    assert all(room and room + len("".join(taken.values())) >= most for _, room in fetched.asked)
    assert all(timeout <= 51 for timeout, _ in fetched.asked[1:])


def _of(assignment: Any) -> Any:
    """A consumer's subscription, with this assignment."""
    return SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))


@pytest.mark.parametrize("more", [{"other": "x"}, {"news": "ab"}, {}, KeyError()], ids=repr)
async def test_what_is_in_hand_is_left_to_whoever_has_it_when_partitions_move(
    monkeypatch: pytest.MonkeyPatch, more: Any
) -> None:
    """Of two assignments it could not be sought back after a failure, and its neighbours would be passed over."""
    fetched, consumer = Fetched([{"news": "ab"}, more]), _Patient(gathered=["news", "other"])
    consumer._subscription = _of("the first")

    async def getmany(_: AIOKafkaConsumer, *parts: Any, **asked: Any) -> dict[Any, Any]:
        if len(fetched.turns) == 1:
            consumer._subscription = _of("the second")
        return await fetched.getmany(*parts, **asked)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", getmany)
    found = await consumer.getmany(timeout_ms=1, max_records=500)
    taken = {} if isinstance(more, Exception) else more
    assert {partition.topic: "".join(records) for partition, records in found.items()} == taken


async def test_a_partition_that_went_elsewhere_keeps_no_other_from_being_sought_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone, kept = [TopicPartition("news", number) for number in (0, 1)]
    sought: list[tuple[TopicPartition, int]] = []
    monkeypatch.setattr(AIOKafkaConsumer, "assignment", lambda _: frozenset({kept}))
    monkeypatch.setattr(AIOKafkaConsumer, "seek", lambda _, part, offset: sought.append((part, offset)))
    records = tuple(SimpleNamespace(topic=part.topic, partition=part.partition, offset=5) for part in (gone, kept))
    await KafkaAckableMessage(raw_message=records, body=b"", consumer=_Patient()).nack()
    assert sought == [(kept, 5)]


async def test_a_commit_tells_of_what_moved_and_after_an_assignment_of_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Any] = []

    async def commit(_: AIOKafkaConsumer, offsets: Any = None) -> None:
        told.append(offsets)
        if len(told) == 2:
            raise KafkaConnectionError

    def assign(**at: int) -> None:
        offsets = {TopicPartition(topic, 0): offset for topic, offset in at.items()}
        consumer._subscription = _of(SimpleNamespace(all_consumed_offsets=lambda: dict(offsets), at=offsets))

    def move(topic: str, offset: int) -> None:
        consumer._subscription.subscription.assignment.at[TopicPartition(topic, 0)] = offset

    monkeypatch.setattr(AIOKafkaConsumer, "commit", commit)
    consumer = _Patient()
    assign(news=3, reports=5)
    await consumer.commit()
    move("news", 4)
    with pytest.raises(KafkaConnectionError):
        await consumer.commit()
    move("reports", 6)
    await consumer.commit()
    await consumer.commit()
    assign(news=4, reports=6)
    await consumer.commit()
    await consumer.commit({TopicPartition("news", 0): 1})
    assert [{part.topic: offset for part, offset in each.items()} for each in told] == [
        {"news": 3, "reports": 5},
        {"news": 4},
        {"news": 4, "reports": 6},
        {"news": 4, "reports": 6},
        {"news": 1},
    ]


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


async def test_what_a_broker_does_not_know_is_told_as_such_and_the_connection_is_kept() -> None:
    async with await asyncio.start_server(_knows_nothing, "127.0.0.1", 0) as server:
        connection = await aiokafka.conn.create_conn(*server.sockets[0].getsockname())
        with pytest.raises(IncompatibleBrokerVersion):
            connection.send(HeartbeatRequest("group", 1, "member"))
        assert connection.connected()
        connection.close()


async def test_a_broken_producer_is_left_wherever_it_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.broker.LEAVE_SECONDS", 0.05)
    producer, closed = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1"), asyncio.Event()

    async def fails() -> None:
        raise KeyError

    async def hangs() -> None:
        closed.set()
        await asyncio.sleep(3_600)

    monkeypatch.setattr(producer, "stop", fails)
    monkeypatch.setattr(producer.client, "close", hangs)
    await leave("writer", producer.stop, producer.client.close)
    assert closed.is_set()
    producer._closed = True


async def test_a_reader_that_does_not_end_is_cancelled_and_closed() -> None:
    closed: list[str] = []

    class Part:
        def __init__(self, name: str) -> None:
            self._name = name
            self._coordination_task = self._heartbeat_task = asyncio.create_task(asyncio.sleep(3_600))
            self._commit_refresh_task = None

        async def close(self) -> None:
            closed.append(self._name)
            raise KeyError

    consumer = SimpleNamespace(_coordinator=Part("coordinator"), _fetcher=Part("fetcher"), _client=Part("client"))
    subscriber = SimpleNamespace(consumer=consumer, stop=lambda: asyncio.sleep(3_600))
    kafka = Kafka("127.0.0.1:1", "test")
    kafka._stop_seconds = 0.05
    await kafka._leave(subscriber)  # type: ignore[arg-type]
    assert subscriber.consumer is None and closed == ["fetcher", "client"]
    await asyncio.wait([consumer._coordinator._coordination_task], timeout=20)
    assert consumer._coordinator._coordination_task.cancelled()


async def _knows_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker that answers the first question: it knows metadata alone (key 3)."""
    size = int.from_bytes(await reader.readexactly(4))
    correlation = (await reader.readexactly(size))[4:8]
    answer = correlation + bytes(2) + (1).to_bytes(4) + (3).to_bytes(2) + bytes(2) + (5).to_bytes(2)
    writer.write(len(answer).to_bytes(4) + answer)
