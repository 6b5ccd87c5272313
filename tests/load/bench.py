"""`make bench`: the product beside this machine's floors, interleaved in one run; only the ratios travel.

`python -m tests.load.bench [--short]` writes `.run/bench.json`.
"""

import asyncio
import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka.admin import NewTopic
from kit import mongo
from kit.kafka_topics import ensure_topics
from rich.console import Console
from rich.table import Table
from simulator.load import singles
from stack import control
from stack.ports import free_port

from tests.e2e.county import read_stack
from tests.load import boards, cost, early, floors, graphs, line_client, lookup, naive, signals, steady
from tests.load.client import Measured, load
from tests.load.grouping import compare
from tests.load.intake import run as send_file
from tests.parts import Parts

CLIENTS = 64
Round = dict[str, Measured]


def main() -> None:
    short = "--short" in sys.argv
    folder = Path(".run")
    folder.mkdir(exist_ok=True)
    result: dict[str, Any] = {}
    with control.running(folder / "bench"):
        for part in parts(folder / "bench", short=short):
            result |= part()
            # After each of them: what breaks off later costs nothing of what was measured in half an hour.
            (folder / "bench.json").write_text(json.dumps(result, indent=2))
    show(result)
    lookup.show(result, Console())


def parts(run_dir: Path, *, short: bool) -> Sequence[Callable[[], dict[str, Any]]]:
    """What is measured, one after the other."""
    stack = read_stack(run_dir)
    return (
        lambda: asyncio.run(bench(run_dir, rounds=1 if short else 5, seconds=1.5 if short else 4)),
        lambda: {"cost": cost.bench(run_dir, 500 if short else 10_000)},
        lambda: {"naive_twin": asyncio.run(twin(run_dir, 500 if short else 2_000))},
        lambda: {"line_client": line_client.bench(200 if short else 1000)},
        lambda: {"whereabouts": asyncio.run(whereabouts(stack, short=short))},
        lambda: asyncio.run(lookup.bench(stack["mongo"], short=short)),
    )


async def bench(run_dir: Path, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The floors beside intake alone, since what follows it would share its two cores; then the whole way, in peace."""
    stack = read_stack(run_dir)
    database, topic = f"floor_{secrets.token_hex(4)}", f"floor.{secrets.token_hex(4)}"
    await ensure_topics(stack["kafka"], [NewTopic(topic, 1, 1)])
    async with AsyncExitStack() as servers:
        served = {
            mode: await servers.enter_async_context(floors.floor_server(mode, free_port(), stack["mongo"], database))
            for mode in ("echo", "durable")
        }
        with control.outage(run_dir, "dispatch"):
            measured = [await one_round(stack, served, database, topic, seconds) for _ in range(rounds)]
            accepting = {
                "group_commit": await compare(stack["kafka"], stack["mongo"], rounds=rounds, seconds=seconds),
                "file": await send_file(stack["mongo"], 2_000 if rounds == 1 else 20_000, 0, "csv"),
            }
    await mongo.connect(stack["mongo"]).drop_database(database)
    rates, lasting = ((10.0,), 3.0) if rounds == 1 else (steady.RATES, steady.SECONDS)
    journey = await steady.measure(cost.read(run_dir), rates, lasting)
    counts = (20,) if rounds == 1 else boards.COUNTS
    listening = await boards.bench(run_dir, counts=counts, seconds=2 if rounds == 1 else 15)
    return summary(measured) | accepting | {"steady": journey, "open_boards": listening, "rounds": rounds}


async def one_round(stack: dict[str, Any], served: dict[str, str], database: str, topic: str, seconds: float) -> Round:
    """Every probe once, so that a noisy neighbour meets them all."""
    drafts = singles(2_000, datetime.now(UTC), secrets.randbelow(1 << 30))
    bodies = [(stack["agencies"][source]["key"], json.dumps(body).encode()) for source, body in drafts]

    def post(number: int) -> tuple[bytes, dict[str, str]]:
        key, body = bodies[number % len(bodies)]
        fresh = body.replace(b'"sender_ref": "', b'"sender_ref": "%d-%d-' % (number, time.monotonic_ns()), 1)
        return fresh, {"Authorization": f"Bearer {key}"}

    plain = bodies[0][1]
    pid, before = stack["pids"]["intake"], floors.cpu_seconds(stack["pids"]["intake"])
    product = await load(stack["intake"] + "/v1/reports", post, clients=CLIENTS, seconds=seconds)
    spent = floors.cpu_seconds(pid) - before
    return {
        "product": product,
        "echo": await load(served["echo"], lambda _: (plain, {}), clients=CLIENTS, seconds=seconds),
        "durable": await load(served["durable"], lambda _: (plain, {}), clients=CLIENTS, seconds=seconds),
        "insert_one": await floors.insert_one(stack["mongo"], database, plain, clients=CLIENTS, seconds=seconds),
        "hop": await floors.hop(stack["kafka"], topic, plain, count=100),
        "product_cpu_us": Measured(spent / max(product.count, 1) * 1e6, 0, 0, product.count, product.refused),
    }


async def whereabouts(stack: Mapping[str, Any], *, short: bool) -> dict[str, Any]:
    """A question on the spot, a family graph and a look for warnings among few and among more people: the growth."""
    parts = Parts(stack["kafka"], stack["mongo"])
    sizes, times = ((1_000, 4_000), 100) if short else ((10_000, 100_000), 500)
    return {
        "signals": await signals.measure(parts, sizes, times), "graphs": await graphs.measure(parts, sizes, times // 2),
        "early": await early.measure(parts, sizes, 2 if short else 5),
    }  # fmt: skip


async def twin(run_dir: Path, reports: int) -> dict[str, float]:
    stack = read_stack(run_dir)
    return await naive.measure(stack, cost.bodies(stack, reports), free_port(), cost.CLIENTS)


def summary(rounds: list[Round]) -> dict[str, Any]:

    def ratio(field: str, floor: str) -> float:
        return float(
            statistics.median(getattr(each["product"], field) / getattr(each[floor], field) for each in rounds)
        )

    return {
        "load_average": os.getloadavg(),
        "ratios": {f"accept rate / {floor}": ratio("rate", floor) for floor in ("durable", "echo", "insert_one")},
        "accept p99 / durable p99": ratio("p99_ms", "durable"),
        "medians": {
            name: {
                field: statistics.median(asdict(r[name])[field] for r in rounds)
                for field in ("rate", "p50_ms", "p99_ms")
            }
            for name in rounds[0]
        },
        "refused": sum(r["product"].refused for r in rounds),
    }


def show(result: dict[str, Any]) -> None:
    table = Table("probe", "rate/s", "p50 ms", "p99 ms", title=f"{result['rounds']} rounds, medians")
    for name, row in result["medians"].items():
        table.add_row(name, *(f"{row[field]:.1f}" for field in ("rate", "p50_ms", "p99_ms")))
    console = Console()
    console.print(table)
    for name, value in result["ratios"].items():
        console.print(f"{name}: {value:.2f}")
    boards.show(result["open_boards"], console)
    for name, value in result["group_commit"]["ratios"].items():
        console.print(f"group commit, {name}: {value:.2f}")
    file = result["file"]
    console.print(f"a file of {file['rows']} rows: {file['rows_per_second']} rows/s, {file['peak_mib']} MiB")
    steady.show(result["steady"], console)
    for name, found in result["whereabouts"].items():
        growth = ", ".join(f"{key} {value}" for key, value in found.items() if key != "sizes")
        told = (", ".join(f"{key} {each[key]}" for key in each if key.endswith("_ms")) for each in found["sizes"])
        console.print(f"{name}: {' | '.join(told)} {growth}")
    cost.show(result["cost"], console)
    console.print("the naive twin: " + ", ".join(f"{name} {each:.1f}" for name, each in result["naive_twin"].items()))
    push = result["line_client"]
    console.print(f"CPU of a push, ms: httpx {push['httpx_ms']:.2f}, ours {push['line_client_ms']:.2f}")
    console.print(f"CPU of a push, httpx / ours: {push['ratio']:.1f}")


if __name__ == "__main__":
    main()
