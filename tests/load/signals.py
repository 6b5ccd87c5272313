"""A question on the spot among many people: the p99 of POST /v1/signals, whole, and its growth.

`python -m stack exec -- python -m tests.load.signals [PEOPLE ...]` (10,000 and 1,000,000 unless told). Measured is the
request as network serves it: who asks, the limits, the look-up, the vault, the five answers, and the record that is
written before they are told. Half of the questions are about somebody known, half about nobody.
"""

import asyncio
import json
import os
import sys
import time
from base64 import b64decode
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

from kit.sealed import BlindIndexes
from rules.national_id import is_national_id

from tests.integration.network_signals import question
from tests.integration.network_stage import POLICE, stage
from tests.load.known_people import national_id, store
from tests.parts import Parts, Sweeper, env_of

SIZES = (10_000, 1_000_000)
QUESTIONS, WARM = 2_000, 100


async def measure(parts: Parts, sizes: Sequence[int] = SIZES, questions: int = QUESTIONS) -> dict[str, Any]:
    """Milliseconds by how many people are known, and the growth of the p99 from the fewest to the most."""
    found = [await measure_one(parts, size, questions) for size in sizes]
    return {"sizes": found, "p99 growth": round(found[-1]["p99_ms"] / found[0]["p99_ms"], 2)}


async def measure_one(parts: Parts, people: int, questions: int) -> dict[str, Any]:
    """In a database of its own, dropped afterwards."""
    with Sweeper.at(parts) as sweeper, sweeper.names() as names:
        env = env_of(parts, names)
        async with stage(env) as net:
            began = time.perf_counter()
            await store(net.database, people, BlindIndexes(b64decode(env["blind_index_key"])).of)
            stored = time.perf_counter() - began
            rng, seconds, known = Random(20), list[float](), 0
            for n in range(questions + WARM):
                number = rng.randrange(people) if n % 2 else people + n
                number = next(each for each in count(number) if is_national_id(national_id(each)))
                if n % 500 == 0:  # one system asks for everybody here
                    await net.database["asking_counts"].delete_many({})
                body = question(national_id(number), asker={"name": f"警員{n % 200}", "unit": POLICE})
                began = time.perf_counter()
                answer = await net.post("/v1/signals", body, POLICE)
                seconds.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
                known += answer.json()["reports_in_12_months"] > 0
            assert known > questions / 20, "those who are known are found"
    at = sorted(seconds[WARM:])
    return {"people": people, "questions": questions, "of somebody reported in 12 months": known,
            "stored_seconds": round(stored, 1), **{
                f"{name}_ms": round(1_000 * at[int(len(at) * share)], 2)
                for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}}  # fmt: skip


def main() -> None:
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES
    parts = Parts(os.environ["KAFKA_BOOTSTRAP"], os.environ["MONGO_URL"])
    print(json.dumps(asyncio.run(measure(parts, sizes)), indent=2))


if __name__ == "__main__":
    main()
