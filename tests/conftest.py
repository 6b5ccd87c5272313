"""Fixtures that every test may use: real Kafka and MongoDB, names of its own, spans in memory."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.parts import Names, Parts, drop_databases, drop_topics, random_key

pytest_plugins = ["tests.alone", "tests.needs"]


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Real Kafka and MongoDB: those of KAFKA_BOOTSTRAP and MONGO_URL, else started and stopped for this run."""
    if (kafka := os.environ.get("KAFKA_BOOTSTRAP")) and (mongo := os.environ.get("MONGO_URL")):
        yield Parts(kafka, mongo)
        return
    import stack

    with stack.parts(Path(tmp_path_factory.mktemp("parts"))) as addresses:
        yield Parts(addresses.kafka, addresses.mongo)


@pytest.fixture
async def names(parts: Parts) -> AsyncIterator[Names]:
    """Prefixes for one test; its topics and databases are dropped afterwards."""
    id = secrets.token_hex(4)
    own = Names(f"t{id}.", f"t{id}_")
    yield own
    await asyncio.gather(drop_databases(parts.mongo, own.databases), drop_topics(parts.kafka, own.topics))


@pytest.fixture
def settings_env(parts: Parts, names: Names) -> dict[str, str]:
    """What a service under test is told: the real parts, prefixes of its own, fresh keys."""
    return {
        "kafka_bootstrap": parts.kafka,
        "mongo_url": parts.mongo,
        "topic_prefix": names.topics,
        "database_prefix": names.databases,
        "master_key": random_key(),
        "blind_index_key": random_key(),
    }


_EXPORTER = InMemorySpanExporter()
_PROVIDER = TracerProvider()
_PROVIDER.add_span_processor(SimpleSpanProcessor(_EXPORTER))
# The first provider of a process stays: a service that sets up its telemetry in a test must not come before this one.
trace.set_tracer_provider(_PROVIDER)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Every span that ends during the test, in memory."""
    _EXPORTER.clear()
    yield _EXPORTER
