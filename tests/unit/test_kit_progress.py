"""How far a reader is behind, and when it counts as stuck: only while records wait and nothing at all happens."""

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI
from fastapi.testclient import TestClient
from kit import health
from kit.kafka import Kafka, KafkaState
from kit.progress import LAG, PATIENCE, SPARE_PATIENCE, STILL_SECONDS, Progress
from prometheus_client import REGISTRY

ONE, TWO = TopicPartition("t.topic.v1", 0), TopicPartition("t.topic.v1", 1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Consumer:
    """Where it is and where the partitions end, as told."""

    def __init__(self, **_: object) -> None:
        self.at = {ONE: 5, TWO: 0}
        self.starts = {ONE: 0, TWO: 0}
        self.ends = {ONE: 9, TWO: 0}
        self.of_the_group: dict[TopicPartition, int | None] = {ONE: None, TWO: None}
        self.away = False

    def assignment(self) -> set[TopicPartition]:
        return set(self.at)

    async def position(self, partition: TopicPartition) -> int:
        return self.at[partition]

    def subscription(self) -> set[str]:
        return {ONE.topic}

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {part.partition for part in self.ends if part.topic == topic} or None

    async def committed(self, partition: TopicPartition) -> int | None:
        return self.of_the_group[partition]

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {part: self.starts[part] for part in partitions}

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if self.away:
            raise KafkaConnectionError
        return {part: self.ends[part] for part in partitions}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    LAG.clear()
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


async def test_a_reader_that_takes_nothing_of_what_waits_is_started_anew_and_then_more_and_more_seldom(
    progress: Progress, clock: Clock
) -> None:
    consumer, starts = Consumer(), []
    for clock.now in map(float, range(int(8 * STILL_SECONDS))):
        # Each start takes its partitions from it for a while.
        consumer.at = {} if starts and clock.now % 7 == 0 else {ONE: 5, TWO: 0}
        consumer.of_the_group = {ONE: 5, TWO: 0}
        await progress.look(consumer)
        if progress.stands_still():
            starts.append(clock.now)
            progress.begin_anew()
    assert [round(each / STILL_SECONDS) for each in starts] == [1, 3, 7]
    assert not await progress.is_moving(), "who starts anew and anew in vain is given up"
    with progress.handling({ONE: 5}):
        clock.now += 10 * STILL_SECONDS
        assert not progress.stands_still(), "its handler has the batch"
    consumer.at = {ONE: 5, TWO: 0}
    await progress.look(consumer)
    clock.now += STILL_SECONDS
    assert progress.stands_still(), "it had begun again"


async def test_a_reader_without_an_answer_is_started_anew_and_one_that_waits_for_others_is_not(
    progress: Progress, clock: Clock
) -> None:
    consumer = Consumer()
    consumer.at = {}
    consumer.of_the_group = {ONE: 5, TWO: 0}
    await progress.look(consumer)
    clock.now = STILL_SECONDS
    await progress.look(consumer)
    assert not progress.stands_still()
    consumer.away = True
    await progress.look(consumer)
    assert progress.stands_still()


async def test_after_a_long_silence_of_kafka_there_is_time_to_begin_but_one_look_in_vain_is_no_excuse(
    progress: Progress, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.progress.time", clock)
    consumer = Consumer()
    clock.now = 1.0
    await progress.look(consumer)
    for silence, moves in ((5.0, False), (2 * PATIENCE, True)):
        clock.now += PATIENCE
        consumer.away = True
        await progress.look(consumer)
        clock.now += silence
        consumer.away = False
        await progress.look(consumer)
        assert await progress.is_moving() is moves


async def test_while_kafka_answers_nobody_no_reader_is_started_anew(clock: Clock) -> None:
    kafka = Kafka("127.0.0.1:1", "dispatch")
    kafka._progress = Progress("dispatch", clock=clock)
    consumer = Consumer()
    consumer.away = True
    await kafka._progress.look(consumer)
    clock.now = STILL_SECONDS
    await kafka._look()
    assert not await kafka._answers()
    assert kafka._progress.stands_still()
    kafka._progress.excuse()
    assert not kafka._progress.stands_still()


async def test_trying_the_same_batch_again_is_a_sign_of_life(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    for minute in range(1, 4):
        clock.now = minute * PATIENCE - 1
        with progress.handling({ONE: 5}):
            await progress.look(consumer)
        assert await progress.is_moving()


async def test_what_kafka_has_let_go_at_the_start_waits_for_nobody(progress: Progress) -> None:
    consumer = Consumer()
    consumer.at, consumer.starts = {ONE: 5, TWO: 0}, {ONE: 8, TWO: 0}
    await progress.look(consumer)
    assert (lag(0), progress.waiting) == (1, 1)
    with progress.handling({ONE: 2}):
        await progress.look(consumer)
        assert lag(0) == 1


async def test_a_reader_that_nobody_gives_a_partition_is_stuck_while_no_member_has_them(
    progress: Progress, clock: Clock
) -> None:
    consumer = Consumer()
    consumer.at = {}
    await progress.look(consumer)
    assert await progress.is_moving()
    assert lag(0) is None, "another member's to tell"
    clock.now = SPARE_PATIENCE
    await progress.look(consumer)
    assert not await progress.is_moving()
    assert (lag(0), progress.waiting) == (9, 9)


async def test_a_spare_is_well_while_another_member_moves(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    consumer.at = {}
    for minute in range(1, 5):
        await progress.look(consumer)
        clock.now = minute * (PATIENCE - 1)
        consumer.of_the_group[ONE] = minute
        await progress.look(consumer)
        assert await progress.is_moving()
        assert lag(0) is None
    consumer.of_the_group[ONE] = consumer.ends[ONE]
    await progress.look(consumer)
    clock.now += 10 * PATIENCE
    assert await progress.is_moving(), "nothing waits"


async def test_a_spare_waits_longer_than_who_owns_what_waits_for_a_batch_it_cannot_see(
    progress: Progress, clock: Clock
) -> None:
    consumer = Consumer()
    consumer.at, consumer.of_the_group = {}, {ONE: 5, TWO: 0}
    for clock.now in (0.0, PATIENCE, 1.5 * PATIENCE, SPARE_PATIENCE - 1):
        await progress.look(consumer)
        assert await progress.is_moving()
        assert (lag(0) is None) is (clock.now < PATIENCE), "but it is told"
    consumer.at = {ONE: 5}
    for since, moves in ((0.0, True), (PATIENCE - 1, True), (PATIENCE, False)):
        clock.now = SPARE_PATIENCE - 1 + since
        await progress.look(consumer)
        assert await progress.is_moving() is moves, "now it is its own"


async def test_who_was_a_spare_for_long_has_time_to_begin_though_it_had_started_anew(
    progress: Progress, clock: Clock
) -> None:
    consumer = Consumer()
    consumer.at, consumer.of_the_group = {}, {ONE: 5, TWO: 0}
    await progress.look(consumer)
    progress.begin_anew()
    clock.now = 2 * PATIENCE
    await progress.look(consumer)
    consumer.at = {ONE: 5}
    await progress.look(consumer)
    assert await progress.is_moving()
    clock.now += PATIENCE
    await progress.look(consumer)
    assert not await progress.is_moving()


def skipped() -> float:
    return (
        REGISTRY.get_sample_value("safetynet_consumer_skipped_total", {"topic": "topic.v1", "reader": "dispatch"})
        or 0.0
    )


@pytest.mark.parametrize(
    ("committed", "batches", "lost"),
    [
        (5, [(5, 7), (7, 9)], 0),
        (None, [(5, 7)], 0),
        (5, [(8, 9)], 3),
        (5, [(8, 9), (8, 9)], 3),
        (5, [(5, 7), (9, 10)], 4),
    ],
)
async def test_records_that_were_gone_before_the_reader_came_are_counted_once(
    progress: Progress, committed: int | None, batches: list[tuple[int, int]], lost: int
) -> None:
    consumer, before = Consumer(), skipped()
    consumer.of_the_group[ONE] = committed
    for first, after in batches:
        await progress.account(consumer, {ONE: first}, {ONE: after})
    assert skipped() - before == lost


async def test_what_another_member_handled_meanwhile_was_not_skipped(progress: Progress) -> None:
    consumer, before = Consumer(), skipped()
    consumer.of_the_group[ONE] = 5
    await progress.account(consumer, {ONE: 5}, {ONE: 7})
    consumer.of_the_group[ONE] = 60
    await progress.account(consumer, {ONE: 60}, {ONE: 61})
    assert skipped() == before


async def test_while_kafka_does_not_answer_nobody_is_stuck(progress: Progress, clock: Clock) -> None:
    consumer = Consumer()
    await progress.look(consumer)
    consumer.away = True
    clock.now = 2 * PATIENCE
    await progress.look(consumer)
    assert await progress.is_moving()


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
    assert kafka.state().away_since is not None
    kafka.connected = True
    assert kafka.state() == KafkaState(None, 0)
