"""How far a reader is behind, and when it counts as stuck: only while records wait and nothing at all happens."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI
from fastapi.testclient import TestClient
from kit import health
from kit.kafka import Kafka, Standing
from kit.progress import LAG, PATIENCE, Progress

ONE, TWO = TopicPartition("t.topic.v1", 0), TopicPartition("t.topic.v1", 1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Consumer:
    """Where it is and where the partitions end, as told."""

    def __init__(self, **_: object) -> None:
        self.at = {ONE: 5, TWO: 0}
        self.ends = {ONE: 9, TWO: 0}
        self.away = False

    def assignment(self) -> set[TopicPartition]:
        return set(self.at)

    async def position(self, partition: TopicPartition) -> int:
        return self.at[partition]

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if self.away:
            raise KafkaConnectionError
        return {part: self.ends[part] for part in partitions}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress("dispatch", "t.", clock=clock)


def lag(part: int) -> float | None:
    for sample in LAG.collect()[0].samples:
        if sample.labels == {"topic": "topic.v1", "reader": "dispatch", "partition": str(part)}:
            return float(sample.value)
    return None


async def test_lag_is_what_was_written_and_not_yet_handled(progress: Progress) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    assert (lag(0), lag(1)) == (4, 0)
    with progress.handling({ONE: 2}):
        await progress.look(consumer)
        assert lag(0) == 7


async def test_a_partition_that_went_to_another_pod_is_no_longer_shown(progress: Progress) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    del consumer.at[TWO]
    await progress.look(consumer)
    assert (lag(0), lag(1)) == (4, None)


async def test_a_reader_whose_position_stands_still_while_records_wait_is_stuck(
    progress: Progress, clock: Clock
) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    clock.now = PATIENCE - 1
    await progress.look(consumer)
    assert await progress.is_moving()
    clock.now = PATIENCE
    assert not await progress.is_moving()
    consumer.at[ONE] = 6
    await progress.look(consumer)
    assert await progress.is_moving()


async def test_a_reader_for_whom_nothing_waits_is_never_stuck(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    consumer.at = dict(consumer.ends)
    await progress.look(consumer)
    clock.now = 10 * PATIENCE
    await progress.look(consumer)
    assert await progress.is_moving()
    consumer.ends[ONE] += 1
    await progress.look(consumer)
    assert await progress.is_moving(), "what has just come has not waited yet"


async def test_a_handler_that_never_returns_is_stuck_though_all_was_fetched(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    consumer.at = dict(consumer.ends)
    with progress.handling({ONE: 5}):
        await progress.look(consumer)
        clock.now = PATIENCE
        await progress.look(consumer)
        assert not await progress.is_moving()
    assert await progress.is_moving()


async def test_trying_the_same_batch_again_is_a_sign_of_life(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    for minute in range(1, 4):
        clock.now = minute * PATIENCE - 1
        with progress.handling({ONE: 5}):
            await progress.look(consumer)
        assert await progress.is_moving()


async def test_while_kafka_does_not_answer_nobody_is_stuck(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    consumer.away = True
    clock.now = 2 * PATIENCE
    await progress.look(consumer)
    assert await progress.is_moving()


async def test_the_watch_waits_for_a_consumer_and_ends_when_cancelled(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.progress.EVERY", 0.001)
    there: list[Consumer] = []
    watching = asyncio.create_task(progress.watch(lambda: there[0] if there else None))
    await asyncio.sleep(0.01)
    there.append(Consumer())
    there[0].ends[ONE] = 105
    await asyncio.sleep(0.05)
    assert lag(0) == 100
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.parametrize(("moving", "status", "said"), [(True, 200, "ok"), (False, 503, "stuck")])
def test_healthz_says_when_only_a_new_process_helps(moving: bool, status: int, said: str) -> None:
    async def is_moving() -> bool:
        return moving

    app = FastAPI()
    app.include_router(health.routes({}, is_moving))
    answer = TestClient(app).get("/healthz")
    assert (answer.status_code, answer.json()) == (status, {"status": said})


async def test_since_when_kafka_is_away_is_known_until_it_answers_again(progress: Progress) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    assert (progress.waiting, progress.unknown_since) == (4, None)
    consumer.away = True
    await progress.look(consumer)
    first = progress.unknown_since
    await progress.look(consumer)
    assert first is not None
    assert progress.unknown_since == first
    consumer.away = False
    await progress.look(consumer)
    assert progress.unknown_since is None


def test_a_kafka_that_was_never_reached_is_away_since_the_start() -> None:
    kafka = Kafka("127.0.0.1:1", "dispatch")
    assert kafka.standing().away_since is not None
    kafka.connected = True
    assert kafka.standing() == Standing(None, 0)
