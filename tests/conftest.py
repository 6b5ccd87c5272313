"""Fixtures that every test may use: real Kafka and MongoDB, names of its own, spans in memory."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from kit.interpreter import settle
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.parts import Names, Parts, Sweeper, env_of

pytest_plugins = ["tests.alone", "tests.needs", "tests.chromium"]
# Hypothesis measures both by the clock, and a busy machine is no fault of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


LONGEST = (
    "e2e/test_nothing_is_lost", "integration/test_network_kills", "browser/test_intake_form", "browser/test_board",
    "browser/test_notify_pages", "integration/test_intake_batches", "integration/test_network_pages",
    "unit/test_stack", "browser/test_pages", "browser/test_tables", "integration/test_sign_in", "browser/test_analysis",
    "unit/test_kit_connections", "integration/test_intake_rosters", "contract/test_intake_schemathesis", "browser",
    "integration/test_network_printed_figures", "integration/test_network_roles", "integration",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First the files with tests that want to be alone, which would wait for a long one of another worker, and hold up
    all others meanwhile; then the longest, so that no worker is left with one at the end.
    """
    alone = {item.path for item in items if item.get_closest_marker("alone")}
    items.sort(key=lambda item: (item.path not in alone, _place(item.path)))


def pytest_collection_finish() -> None:
    """Set the interpreter as a service's is: a worker holds all four, and thousands of tests that never go away."""
    gc.collect()
    settle()


@cache
def _place(path: Path) -> int:
    file = path.relative_to(Path(__file__).parent).as_posix()
    return next((place for place, start in enumerate(LONGEST) if file.startswith(start)), len(LONGEST))


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Real Kafka and MongoDB: those of KAFKA_BOOTSTRAP and MONGO_URL, else started and stopped for this run."""
    if (kafka := os.environ.get("KAFKA_BOOTSTRAP")) and (mongo := os.environ.get("MONGO_URL")):
        yield Parts(kafka, mongo)
        return
    import stack

    with stack.parts(Path(tmp_path_factory.mktemp("parts"))) as addresses:
        yield Parts(addresses.kafka, addresses.mongo)


@pytest.fixture(scope="session")
def sweeper(parts: Parts) -> Iterator[Sweeper]:
    """Drops what tests leave behind."""
    with Sweeper.at(parts) as sweeper:
        yield sweeper


@pytest.fixture
def names(sweeper: Sweeper, request: pytest.FixtureRequest) -> Iterator[Names]:
    """Prefixes for one test."""
    with sweeper.names(fresh=request.node.get_closest_marker("fresh_topics") is not None) as names:
        yield names


@pytest.fixture
def settings_env(parts: Parts, names: Names) -> dict[str, str]:
    """What a service under test is told: the real parts, prefixes of its own, fresh keys."""
    return env_of(parts, names)


@pytest.fixture(scope="module")
def shared_env(parts: Parts, sweeper: Sweeper) -> Iterator[dict[str, str]]:
    """The same for what a module's tests look at together and leave as it is."""
    with sweeper.names() as names:
        yield env_of(parts, names)


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
