"""The short form of the look-up's bench runs on a real MongoDB, tells its figures, and leaves nothing behind."""

import json
from io import StringIO

import pytest
from kit import mongo
from rich.console import Console

from tests.load import lookup
from tests.parts import Parts

pytestmark = pytest.mark.real


async def databases(parts: Parts) -> set[str]:
    client = mongo.connect(parts.mongo)
    names = {name for name in await client.list_database_names() if name.startswith("lookup")}
    client.close()
    return names


async def test_the_bench_of_the_look_up_tells_its_figures_and_leaves_nothing_behind(parts: Parts) -> None:
    before = await databases(parts)
    found = json.loads(json.dumps(await lookup.bench(parts.mongo, short=True)))
    assert [size["people"] for size in found["lookup"]["sizes"]] == [100, 1_000]
    assert all(0 < size["p50_ms"] <= size["p99_ms"] for size in found["lookup"]["sizes"])
    assert found["lookup"]["p99 growth"] > 0
    assert found["identity"]["decided: the same event"]["precision"] > 0.95
    assert 0.5 < found["identity"]["suggested: the same person"]["recall"] <= 1
    lookup.show(found, Console(file=(told := StringIO()), width=120))
    assert "p99, most people / fewest" in told.getvalue()
    assert await databases(parts) <= before
