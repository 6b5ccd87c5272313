"""The operator's command on real Kafka: what it tells, and that what it sends back arrives once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from contracts.topics import COUNTS
from kit.settings import ServiceSettings
from safetynet import lag, letters, topics
from safetynet.place import Place

from tests.parts import Names, Parts

pytestmark = pytest.mark.fresh_topics
DLQ = COUNTS.dead_letters("dispatch")
Put = Callable[..., object]


@pytest.fixture
def place(parts: Parts, names: Names) -> Place:
    settings = ServiceSettings.without_secrets(kafka_bootstrap=parts.kafka, topic_prefix=names.topics)
    return Place({}, settings, None)


async def make(place: Place, *wanted: NewTopic) -> None:
    admin = AIOKafkaAdminClient(**place.kafka)
    await admin.start()
    await admin.create_topics(list(wanted))
    await admin.close()


async def put(place: Place, topic: str, value: bytes, **headers: str) -> None:
    producer = AIOKafkaProducer(**place.kafka, acks="all")
    await producer.start()
    told = [(name, text.encode()) for name, text in headers.items()]
    await producer.send_and_wait(place.topic(topic), value, key=b"chiayi-county", headers=told)
    await producer.stop()


def a_count() -> bytes:
    at = datetime(2026, 11, 22, tzinfo=UTC).isoformat()
    return json.dumps(
        {"type": "reports.counted", "county": "chiayi-county", "said": "林小美", "counted_at": at}
    ).encode()


async def test_a_dead_letter_is_shown_without_what_may_name_someone(place: Place) -> None:
    await make(place, NewTopic(place.topic(DLQ), 1, 1))
    await put(
        place, DLQ, a_count(), dlq_topic=COUNTS.name, dlq_reason="ValueError", ce_id="e-1", ce_type="reports.counted"
    )
    found = await place.dead_letters().read(DLQ, -1)
    assert found is not None
    letter, told, body = found
    assert (letter.reason, letter.event_id, told["dlq_topic"]) == ("ValueError", "e-1", COUNTS.name)
    shown = letters.covered(body)
    assert shown == {
        "type": "reports.counted", "county": "chiayi-county", "said": "<str>", "counted_at": "2026-11-22T00:00:00+00:00"
    }  # fmt: skip
    assert await place.dead_letters().read(DLQ, 7) is None


async def test_looking_at_a_dead_letter_deals_with_none(place: Place) -> None:
    await make(place, NewTopic(place.topic(DLQ), 1, 1), NewTopic(place.topic(COUNTS.name), 1, 1))
    await put(place, DLQ, a_count(), dlq_topic=COUNTS.name, dlq_reason="ValueError")
    here = place.dead_letters()
    await here.read(DLQ, -1)
    assert len(await here.listed(DLQ)) == 1
    assert len(await here.discard(DLQ, 1, "sent twice by hand")) == 1
    assert await here.listed(DLQ) == []


async def test_lag_is_what_the_group_has_not_committed(place: Place) -> None:
    await make(place, NewTopic(place.topic(COUNTS.name), 1, 1))
    for _ in range(3):
        await put(place, COUNTS.name, a_count())
    assert await lag.lags(place) == [lag.Lag(COUNTS.name, "dispatch", written=3, done=0, untouched=1)]


async def test_a_topic_that_is_missing_or_smaller_than_the_contracts_say_is_told(place: Place) -> None:
    short = {"retention.ms": str(60 * 60 * 1000)}
    await make(
        place,
        NewTopic(place.topic(COUNTS.name), 1, 1),
        NewTopic(place.topic("intake.reports.v1"), 1, 1, topic_configs=short),
    )
    checked = {each.name: each.faults for each in await topics.check(place)}
    assert "missing" in checked["network.cases.v1"][0]
    said = " ".join(checked["intake.reports.v1"])
    assert "1 partitions, 6 wanted" in said
    assert "set retention.ms" in said
    assert "retention" in " ".join(checked[COUNTS.name])  # the broker's own default is shorter than the contract's


async def test_a_topic_that_a_service_makes_is_as_the_contracts_say(place: Place, parts: Parts, names: Names) -> None:
    from kit.kafka import Kafka

    kafka = Kafka(parts.kafka, "dispatch", prefix=names.topics)
    kafka.read({COUNTS: _ignore})
    async with kafka.running([COUNTS], []):
        while not kafka.connected:
            await _a_moment()
    checked = {each.name: each.faults for each in await topics.check(place)}
    assert checked[COUNTS.name] == ()
    assert checked[DLQ] == ()


async def _ignore(_: object) -> None:
    """A reader that takes everything."""


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.05)
