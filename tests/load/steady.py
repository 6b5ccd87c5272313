"""Reports at a steady rate, as they come on a quiet and on a busy day: how long until LINE has each, and its CPU.

`python -m tests.load.steady [--rates 2 10 20 50] [--seconds S]` measures a stack that is up, or one that it brings up.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from kit import mongo
from rich.console import Console
from rich.table import Table
from stack import control

from tests.load.cost import SERVICES, Machine, bodies, cost, read, told

RATES = (2.0, 20.0, 50.0)
SECONDS = 15.0
REST_SECONDS = 6.0
PATIENCE = 60.0


async def measure(stack: dict[str, Any], rates: Sequence[float], seconds: float) -> list[dict[str, Any]]:
    """For each rate, a second: `post_ms` and `line_ms` as p50 and p99, and CPU by process in ms a report."""
    return [await at_rate(stack, rate, seconds) for rate in rates]


async def at_rate(stack: dict[str, Any], rate: float, seconds: float) -> dict[str, Any]:
    """One rate: each report is posted at its time, whether or not the last one was answered."""
    machine = Machine(stack)
    await machine.quiet()
    before_idle = await machine.account()
    await asyncio.sleep(REST_SECONDS)
    idle = (await machine.account()).since(before_idle)
    drafts, took, began = bodies(stack, int(rate * seconds)), list[float](), datetime.now(UTC)

    async def post(http: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> None:
        at = time.perf_counter()
        answer = await http.post("/v1/reports", content=body, headers={**headers, "Content-Type": "application/json"})
        answer.raise_for_status()
        took.append(time.perf_counter() - at)

    async with machine.calibrating():
        before = await machine.account()
        async with (
            httpx.AsyncClient(base_url=stack["intake"], timeout=PATIENCE, trust_env=False) as http,
            asyncio.TaskGroup() as posts,
        ):
            for number, (body, headers) in enumerate(drafts):
                await asyncio.sleep(max(0.0, before.at + number / rate - time.perf_counter()))
                posts.create_task(post(http, body, headers))
        await machine.quiet()
        spent = (await machine.account()).since(before)
    pieces = sorted(machine.pieces)
    return told(len(drafts), idle, spent) | {
        "rate": rate,
        "post_ms": _spread(took),
        "line_ms": _spread(await _until_told(stack, began)),
        "calibration_ms": pieces[len(pieces) // 2],
    }


async def _until_told(stack: dict[str, Any], since: datetime) -> list[float]:
    """Seconds from a report's receipt until LINE took each message that was told by itself and at once.

    What a storm gathers waits because it shall; who is asked next is asked later.
    """
    alone = {"queued_at": {"$gte": since}, "told_in": None, "digest_of": None, "gathers": None, "step_of": None}
    times = {"sent_at": {"$type": "date"}, "received_at": {"$type": "date"}}
    found = mongo.connect(stack["mongo"])["safetynet_notify"]["deliveries"].find(alone | times, dict.fromkeys(times, 1))
    return [(each["sent_at"] - each["received_at"]).total_seconds() async for each in found]


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds at the median and at the 99th hundredth, and how many there were."""
    ordered = sorted(each * 1000 for each in seconds)
    at = {"p50": 0.5, "p99": 0.99}
    return {name: ordered[int(len(ordered) * share)] for name, share in at.items() if ordered} | {"of": len(ordered)}


def show(found: Sequence[dict[str, Any]], console: Console) -> None:
    heads = ("reports a second", "POST p50 / p99 ms", "to LINE p50 / p99 ms", "CPU ms a report", "by process")
    table = Table(*heads, title="at a steady rate")
    for each in found:
        spans = [" / ".join(f"{each[kind].get(at, 0):.0f}" for at in ("p50", "p99")) for kind in ("post_ms", "line_ms")]
        parts = ", ".join(f"{name} {each['cpu_ms'][name]:.1f}" for name in (*SERVICES, "mongo", "kafka"))
        table.add_row(f"{each['rate']:g}", *spans, f"{each['cpu_ms']['all']:.1f}", parts)
    console.print(table)
    pieces = ", ".join(f"{each['calibration_ms']:.1f}" for each in found)
    console.print(f"a calibration piece: {pieces} ms")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rates", type=float, nargs="+", default=RATES)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    asked.add_argument("--run-dir", type=Path, default=Path(".run/bench"))
    wanted = asked.parse_args()

    async def warm_and_measure() -> list[dict[str, Any]]:
        stack = read(wanted.run_dir)
        await cost(stack, 100)
        return await measure(stack, wanted.rates, wanted.seconds)

    with control.running(wanted.run_dir):
        show(asyncio.run(warm_and_measure()), Console())


if __name__ == "__main__":
    main()
