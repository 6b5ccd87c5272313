"""The whole stack, as `make up` starts it, with a Kafka and a MongoDB of its own that the tests of a file may kill."""

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from stack import control
from stack.processes import last_lines

from tests.e2e.county import County, read_stack


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("county")
    with ExitStack() as held:
        # Only for its start: tests that come later share the Kafka and the MongoDB that are given.
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv("KAFKA_BOOTSTRAP", raising=False)
            environment.delenv("MONGO_URL", raising=False)
            held.enter_context(control.running(folder))
        yield folder


@pytest.fixture
async def county(run_dir: Path) -> AsyncIterator[County]:
    async with County(read_stack(run_dir)) as county:
        yield county


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a test that fails goes what each program of its stack said last: elsewhere it cannot be asked."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("run_dir")
    if report.failed and isinstance(folder, Path):
        report.sections += [(f"the end of {log.name}", last_lines(log)) for log in sorted(folder.glob("logs/*.log"))]
    return report
