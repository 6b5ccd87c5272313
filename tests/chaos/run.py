"""`make chaos`: reports posted while something is killed or floods; what went in is counted against what came out.

`python -m tests.chaos.run [--reports 1000]` writes `.run/chaos.json`; exit code 1 when anything was lost or doubled.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from stack import control

from tests.chaos import limits
from tests.e2e.county import County, read_stack

SERVICES = ("intake", "dispatch", "network", "notify")
Fault = Callable[[Path, random.Random], AbstractAsyncContextManager[None]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reports", type=int, default=1000)
    arguments.add_argument("--seconds", type=float, default=60, help="how long every limit is tried at once")
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    given = arguments.parse_args()
    folder = Path(".run")
    folder.mkdir(exist_ok=True)
    with control.running(folder / "chaos"):
        results = asyncio.run(all_runs(folder / "chaos", given.reports, given.seed))
        attacked = asyncio.run(limits.one_run(folder / "chaos", given.seconds))
    told = {"seed": given.seed, "runs": results, "attacked": attacked}
    (folder / "chaos.json").write_text(json.dumps(told, indent=2, default=str))
    show(results, given.seed)
    show_attacked(attacked)
    sys.exit(not (all(result["whole"] for result in results) and held(attacked)))


async def all_runs(run_dir: Path, reports: int, seed: int) -> list[dict[str, Any]]:
    faults: dict[str, Fault] = {"nothing": nothing}
    faults |= {f"kill -9 {name}": _killing(name) for name in SERVICES}
    faults |= {"kill -9 any of the four, every 2 s": killing_any, "Kafka away for 20 s": kafka_away}
    return [await one_run(run_dir, name, fault, reports, random.Random(seed)) for name, fault in faults.items()]


async def one_run(run_dir: Path, name: str, fault: Fault, reports: int, rng: random.Random) -> dict[str, Any]:
    """Post, break, and count: every receipt one decision, no message twice, the ledger equal."""
    began = time.monotonic()
    async with County(read_stack(run_dir)) as county:
        posting = asyncio.create_task(county.post(reports))
        await asyncio.sleep(1)
        async with fault(run_dir, rng):
            results = await posting
        posted = time.monotonic() - began
        account = await county.account(results)
    slowest = max(result.seconds for result in results)
    whole = account.receipts == account.decisions == reports and not account.twice and not account.unsent
    return {
        "fault": name,
        "posted": reports,
        "slowest_receipt_seconds": round(slowest, 2),
        "posted_seconds": round(posted, 1),
        "settled_seconds": round(time.monotonic() - began, 1),
        "whole": whole and account.ledger["equal"],
    } | asdict(account)


@asynccontextmanager
async def nothing(_: Path, __: random.Random) -> AsyncIterator[None]:
    yield


def _killing(service: str) -> Fault:
    @asynccontextmanager
    async def fault(run_dir: Path, _: random.Random) -> AsyncIterator[None]:
        _kill(run_dir, service)
        yield

    return fault


@asynccontextmanager
async def killing_any(run_dir: Path, rng: random.Random) -> AsyncIterator[None]:
    for _ in range(8):
        _kill(run_dir, rng.choice(SERVICES))
        await asyncio.sleep(2)
    yield


@asynccontextmanager
async def kafka_away(run_dir: Path, _: random.Random) -> AsyncIterator[None]:
    with control.outage(run_dir, "kafka"):
        await asyncio.sleep(20)
        yield


def _kill(run_dir: Path, service: str) -> None:
    try:
        os.kill(read_stack(run_dir)["pids"][service], signal.SIGKILL)
    except ProcessLookupError:
        return  # it is on its way up from the last one


def show(results: list[dict[str, Any]], seed: int) -> None:
    table = Table("fault", "receipts", "decisions", "twice", "unsent", "ledger", "settled", title=f"seed {seed}")
    for run in results:
        ledger = "equal" if run["ledger"]["equal"] else "UNEQUAL"
        counts = (str(run[name]) for name in ("receipts", "decisions"))
        table.add_row(
            run["fault"],
            *counts,
            str(len(run["twice"])),
            str(len(run["unsent"])),
            ledger,
            f"{run['settled_seconds']} s",
        )
    Console().print(table)


def held(attacked: dict[str, Any]) -> bool:
    """Whether others lost nothing, waited less than twice as long, and the memory is there again."""
    waited, kept = max(attacked["times_p99"].values()), max(attacked["times_memory"].values())
    answered = attacked["whole"] and not attacked["unexpected"]
    return answered and waited < limits.MOST_WAITED and kept <= limits.MOST_KEPT


def show_attacked(attacked: dict[str, Any]) -> None:
    table = Table("asked", "p99 in quiet", "attacked", "times", title="every limit at once")
    for name, found in attacked["asked"].items():
        table.add_row(name, *(f"{found[when]} ms" for when in ("quiet", "attacked")), str(attacked["times_p99"][name]))
    Console().print(table, attacked["memory_mib"], attacked["tries"], attacked["unexpected"] or "every limit held")


if __name__ == "__main__":
    main()
