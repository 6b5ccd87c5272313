"""The whole stack, started once as `make up` starts it, with a Kafka and a MongoDB of its own that tests may kill."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from stack import control

from tests.e2e.county import County, read_stack


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("county")
    given = {name: os.environ.pop(name) for name in ("KAFKA_BOOTSTRAP", "MONGO_URL") if name in os.environ}
    try:
        with control.running(folder):
            yield folder
    finally:
        os.environ.update(given)


@pytest.fixture
async def county(run_dir: Path) -> AsyncIterator[County]:
    async with County(read_stack(run_dir)) as county:
        yield county
