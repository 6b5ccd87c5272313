"""Early warning among few and among many people: the hot spots of a page, and one look for whatever warns.

`python -m stack exec -- python -m tests.load.early [PEOPLE ...]` (10,000 and 100,000 unless told). Measured are `look`,
which every page of it asks, and `Finder.find`, which runs each hour beside the service.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kit.sealed import BlindIndexes
from network.early_warnings.api import yesterday
from network.early_warnings.finding import last_weeks
from network.early_warnings.looking import look
from network.known.store import Whereabouts

from tests.integration.network_stage import COUNTY, stage
from tests.load.known_people import store
from tests.parts import Parts, Sweeper, env_of

SIZES = (10_000, 100_000)
LOOKS = 5


async def measure(parts: Parts, sizes: Sequence[int] = SIZES, looks: int = LOOKS) -> dict[str, Any]:
    """Milliseconds by how many people are known."""
    return {"sizes": [await _measure_one(parts, size, looks) for size in sizes]}


async def _measure_one(parts: Parts, people: int, looks: int) -> dict[str, Any]:
    with Sweeper.at(parts) as sweeper, sweeper.names() as names:
        env = env_of(parts, names)
        async with stage(env) as net:
            await store(net.database, people, BlindIndexes(b64decode(env["blind_index_key"])).of)
            known = Whereabouts(net.database)
            spots = await _milliseconds(lambda: look(known, COUNTY, last_weeks(yesterday())), looks)
            found = await _milliseconds(net.app.state.find_early_warnings, looks)
    return {"people": people, "hot_spots_ms": spots, "find_ms": found}


async def _milliseconds(act: Callable[[], Awaitable[Any]], times: int) -> float:
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        await act()
        seconds.append(time.perf_counter() - began)
    return round(1_000 * statistics.median(seconds), 1)


def main() -> None:
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES
    parts = Parts(os.environ["KAFKA_BOOTSTRAP"], os.environ["MONGO_URL"])
    print(json.dumps(asyncio.run(measure(parts, sizes)), indent=2))


if __name__ == "__main__":
    main()
