"""No subscriber of any service may lose a message: every one is walked over, whoever wrote it."""

import importlib
from typing import Any

import pytest
from contracts.topics import ALL, Topic
from faststream import AckPolicy
from faststream.kafka.subscriber.usecase import BatchSubscriber
from kit import mongo
from kit.kafka import Kafka, _parse, _records

from tests.parts import random_key

SERVICES = ["intake", "dispatch", "network", "notify"]


@pytest.fixture(params=SERVICES)
def kafka(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kafka:
    """The one Kafka that a service makes, as its composition root makes it; nothing is connected."""
    made: list[Kafka] = []
    init = Kafka.__init__

    def noted(self: Kafka, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(Kafka, "__init__", noted)
    monkeypatch.setattr(mongo, "connect", lambda url: mongo.AsyncIOMotorClient(url, connect=False))
    for name in ("MASTER_KEY", "BLIND_INDEX_KEY"):
        monkeypatch.setenv(name, random_key())
    for name in ("LINE_CHANNEL_TOKEN", "LINE_CHANNEL_SECRET"):
        monkeypatch.setenv(name, "secret")
    settings = importlib.import_module(f"{request.param}.settings").Settings()
    importlib.import_module(f"{request.param}.app").create_app(settings)
    [kafka] = made
    kafka.service = request.param  # type: ignore[attr-defined]
    return kafka


def test_every_subscriber_takes_batches_and_gives_back_what_it_could_not_handle(kafka: Kafka) -> None:
    assert kafka.broker.subscribers
    for subscriber in kafka.broker.subscribers:
        options: Any = subscriber
        assert isinstance(subscriber, BatchSubscriber), "a single handler commits per message"
        assert options.ack_policy is AckPolicy.NACK_ON_ERROR, "any other policy loses messages (docs/adr/0002)"
        assert options.group_id, "without a group nothing is committed"
        assert options._connection_args["enable_auto_commit"] is False, "commits what is not handled yet"
        assert options._connection_args["auto_offset_reset"] == "earliest", "a new reader would skip what is there"


def test_every_subscriber_takes_records_as_they_came(kafka: Kafka) -> None:
    for subscriber in kafka.broker.subscribers:
        options: Any = subscriber
        assert options._call_options.parser is _parse, "one broken header would fail the whole batch"
        assert options._call_options.decoder is _records, "one broken body would fail the whole batch"


def test_the_producer_is_idempotent_and_waits_for_every_replica(kafka: Kafka) -> None:
    settings: Any = kafka.broker._connection_kwargs
    assert settings["enable_idempotence"] is True
    assert settings["acks"] == "all"
    assert settings["linger_ms"] == 0


def test_a_service_reads_exactly_the_topics_that_name_it_as_a_reader(kafka: Kafka) -> None:
    service: str = kafka.service  # type: ignore[attr-defined]
    read: set[Topic] = set(kafka._reads)
    assert read == {topic for topic in ALL if service in topic.readers}
