"""What group commit is worth: two intakes side by side, one without it, and the durable floor, in interleaved rounds.

`python -m tests.load.grouping [--rounds N] [--seconds S]`, with KAFKA_BOOTSTRAP and MONGO_URL given.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
from contextlib import AsyncExitStack
from typing import Any

from intake.openapi import example
from kit import mongo

from tests.integration.intake_process import served
from tests.load import floors
from tests.load.client import Measured, load
from tests.parts import random_key
from tests.serving import free_port

CLIENTS = 64
MODULES = {"grouped": "intake", "alone": "tests.load.alone"}


async def compare(kafka: str, url: str, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Medians of both and of the floor, and the ratios of either to the floor and of one to the other."""
    prefix = f"load{secrets.token_hex(4)}"
    measured: list[dict[str, Measured]] = []
    async with AsyncExitStack() as stack:
        addresses = {
            name: (await stack.enter_async_context(served(_env(kafka, url, prefix + name), module=module))).url
            for name, module in MODULES.items()
        }
        floor = await stack.enter_async_context(floors.floor_server("durable", free_port(), url, f"{prefix}_floor"))
        for _ in range(rounds):
            measured.append(await one_round(addresses, floor, seconds))
    await _drop(url, prefix)
    return summary(measured)


async def one_round(addresses: dict[str, str], floor: str, seconds: float) -> dict[str, Measured]:
    """Every probe once, in another order each time."""
    plain = json.dumps(example()).encode()
    probes = {name: (f"{url}/v1/reports", _post) for name, url in addresses.items()}
    probes["durable"] = (floor, lambda number: (plain, {}))
    order = sorted(probes, key=lambda _: secrets.randbelow(1 << 30))
    return {name: await load(*probes[name], clients=CLIENTS, seconds=seconds) for name in order}


def _post(number: int) -> tuple[bytes, dict[str, str]]:
    report = example() | {"sender_ref": f"B-{number}-{secrets.token_hex(6)}"}
    return json.dumps(report).encode(), {"Authorization": "Bearer police-key"}


def summary(rounds: list[dict[str, Measured]]) -> dict[str, Any]:
    def ratio(field: str, one: str, other: str) -> float:
        return round(statistics.median(getattr(each[one], field) / getattr(each[other], field) for each in rounds), 2)

    pairs = (("grouped", "durable"), ("alone", "durable"), ("grouped", "alone"))
    return {
        "ratios": {f"{field} {one} / {other}": ratio(field, one, other)
                   for field in ("rate", "p99_ms") for one, other in pairs},
        "medians": {name: {field: round(statistics.median(getattr(each[name], field) for each in rounds), 1)
                           for field in ("rate", "p50_ms", "p99_ms")} for name in rounds[0]},
        "refused": sum(each[name].refused for each in rounds for name in MODULES),
        "rounds": len(rounds),
    }  # fmt: skip


def _env(kafka: str, url: str, prefix: str) -> dict[str, str]:
    return {"kafka_bootstrap": kafka, "mongo_url": url, "database_prefix": f"{prefix}_", "topic_prefix": f"{prefix}.",
            "master_key": random_key(), "blind_index_key": random_key(), "log_level": "ERROR"}  # fmt: skip


async def _drop(url: str, prefix: str) -> None:
    client = mongo.connect(url)
    for name in await client.list_database_names():
        if name.startswith(prefix):
            await client.drop_database(name)
    client.close()


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=4)
    told = asked.parse_args()
    kafka, url = os.environ["KAFKA_BOOTSTRAP"], os.environ["MONGO_URL"]
    print(json.dumps(asyncio.run(compare(kafka, url, rounds=told.rounds, seconds=told.seconds)), indent=2))


if __name__ == "__main__":
    main()
