"""Lag and life of a reader on real Kafka."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from contracts.event import Envelope, Event
from contracts.reports import ReportsCounted
from contracts.topics import COUNTS
from kit.inbox import Received
from kit.kafka import Kafka
from kit.outbox import Outgoing
from kit.progress import LAG

from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.fresh_topics
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def counted(county: str) -> Outgoing:
    event = ReportsCounted(county=county, day="2026-11-22", received=1, counted_at=NOW)
    return Outgoing.of(COUNTS, Envelope.of(event, id=uuid4(), source="/test", time=NOW, trace={}))


def lag() -> float:
    return sum(sample.value for sample in LAG.collect()[0].samples if sample.labels["topic"] == COUNTS.name)


async def test_a_handler_that_hangs_is_seen_and_one_that_goes_on_is_well_again(
    parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.progress.EVERY", 0.05)
    monkeypatch.setattr("kit.progress.PATIENCE", 0.5)
    going_on, taken = asyncio.Event(), []

    async def hang(batch: Sequence[Received[Event]]) -> None:
        taken.extend(batch)
        await going_on.wait()

    kafka = Kafka(parts.kafka, "dispatch", prefix=names.topics)
    kafka.read({COUNTS: hang})
    async with kafka.running([COUNTS], []):
        await until(lambda: kafka.connected)
        assert await kafka.is_moving()
        for number in range(3):
            await kafka.publish(counted(f"county-{number}"))
        await until(lambda: lag() == 3)

        async def is_stuck() -> bool:
            return not await kafka.is_moving()

        await until(is_stuck)
        going_on.set()
        await until(lambda: lag() == 0)
        assert await kafka.is_moving()
    assert len(taken) == 3


async def test_a_service_that_reads_nothing_publishes_and_is_never_stuck(parts: Parts, names: Names) -> None:
    kafka = Kafka(parts.kafka, "dispatch", prefix=names.topics)
    async with kafka.running([COUNTS], []):
        await until(lambda: kafka.connected)
        await kafka.publish(counted("chiayi-county"))
        assert await kafka.is_moving()
