"""A family's neighbourhood among few and among many people: interleaved in one run, so that only the ratio counts.

`python -m stack exec -- python -m tests.load.graphs [FEWEST MOST]` (1,000 and 100,000 unless told). Measured is
`GET /v1/cases/{id}/graph?depth=2`, whole, of every size in turn.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from base64 import b64decode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from kit.sealed import BlindIndexes

from tests.integration.network_stage import Stage, stage
from tests.load.known_people import FAMILY, store
from tests.parts import Parts, Sweeper, env_of

SIZES = (1_000, 100_000)
LOOKS, WARM = 300, 20


async def measure(parts: Parts, sizes: Sequence[int] = SIZES, looks: int = LOOKS) -> dict[str, Any]:
    """Milliseconds by how many people are known, and the growth of the median from the fewest to the most."""
    with Sweeper.at(parts) as sweeper:
        async with AsyncExitStack() as stack:
            nets: dict[int, Stage] = {}
            for size in sizes:
                env = env_of(parts, stack.enter_context(sweeper.names()))
                nets[size] = await stack.enter_async_context(stage(env))
                await store(nets[size].database, size, BlindIndexes(b64decode(env["blind_index_key"])).of)
            seconds, rng, links = {size: list[float]() for size in sizes}, Random(22), dict.fromkeys(sizes, 0)
            for _ in range(looks + WARM):
                for size, net in nets.items():
                    family = rng.randrange(size // FAMILY // 10) * 10
                    began = time.perf_counter()
                    answer = await net.get(f"/v1/cases/case-{family:07}/graph", "supervisor", depth=2)
                    seconds[size].append(time.perf_counter() - began)
                    assert answer.status_code == 200, answer.text
                    links[size] += len(answer.json()["links"])
            assert all(links.values()), "there is something to find in every size"
    found = {size: sorted(each[WARM:]) for size, each in seconds.items()}
    medians = [statistics.median(found[size]) for size in sizes]
    return {
        "sizes": [{"people": size, "looks": looks, "p50_ms": round(1_000 * statistics.median(each), 2),
                   "p99_ms": round(1_000 * each[int(len(each) * 0.99)], 2), "links": links[size]}
                  for size, each in found.items()],
        "median growth": round(medians[-1] / medians[0], 2),
    }  # fmt: skip


def main() -> None:
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES
    parts = Parts(os.environ["KAFKA_BOOTSTRAP"], os.environ["MONGO_URL"])
    print(json.dumps(asyncio.run(measure(parts, sizes)), indent=2))


if __name__ == "__main__":
    main()
