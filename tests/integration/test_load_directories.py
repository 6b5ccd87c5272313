"""The short form of the bench of directories and referrals runs, tells its figures, and leaves nothing behind."""

from io import StringIO

import pytest
from kit import mongo
from rich.console import Console

from tests.load import directories
from tests.parts import Parts

pytestmark = pytest.mark.real


async def test_the_bench_of_directories_tells_its_figures_and_leaves_nothing_behind(parts: Parts) -> None:
    found = await directories.measure(parts.mongo, ((30, 50), (60, 100)), looks=3, warm=1)
    assert [size["exported"] for size in found["sizes"]] == [30, 60]
    assert all(ratio > 0 for ratio in found["p95 growth"].values())
    directories.show(found, Console(file=(told := StringIO()), width=120))
    assert "p95 most / fewest" in told.getvalue()
    client = mongo.connect(parts.mongo)
    assert [name for name in await client.list_database_names() if name.startswith("directories")] == []
    client.close()
