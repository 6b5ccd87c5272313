"""What a report costs, from its acceptance until nobody owes anything for it: CPU by process, writes, memory.

`python -m tests.load.cost [--reports N] [--run-dir DIR]` measures a stack that is up, or one that it brings up.
"""

import argparse
import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit import mongo
from kit.outbox import FIELD
from rich.console import Console
from rich.table import Table
from safetynet.lag import lags
from safetynet.place import Place
from simulator.load import singles
from stack import control

from tests.e2e.county import read_stack
from tests.load.calibration import piece
from tests.load.client import measured, post_all
from tests.load.floors import cpu_seconds

SERVICES = ("intake", "dispatch", "network", "notify")
PARTS = ("mongo", "kafka")
CLIENTS = 32
IDLE_SECONDS = 10.0
QUIET_SECONDS = 600.0
CALIBRATE_EVERY = 2.0
_OUTBOXES = {"intake": "reports", "dispatch": "reports", "network": "cases", "notify": "deliveries"}
_COUNTERS = ("insert", "update", "query", "getmore", "command")


@dataclass(frozen=True)
class Account:
    """What had been spent at an instant: CPU seconds by process, operations of MongoDB by kind."""

    at: float
    cpu: Mapping[str, float]
    operations: Mapping[str, int]

    def since(self, before: "Account") -> "Account":
        return Account(
            self.at - before.at,
            {name: spent - before.cpu[name] for name, spent in self.cpu.items()},
            {name: done - before.operations[name] for name, done in self.operations.items()},
        )


class Machine:
    """The processes of one stack, and the pieces of calibration that were done beside them."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self._stack = stack
        self._client = mongo.connect(stack["mongo"])
        self.pieces: list[float] = []

    async def account(self) -> Account:
        status = await self._client["admin"].command("serverStatus")
        operations = {name: int(status["opcounters"][name]) for name in _COUNTERS}
        operations["flushes"] = int(status["wiredTiger"]["log"]["log sync operations"])
        operations["transactions"] = int(status["transactions"]["totalCommitted"])
        cpu = {name: cpu_seconds(self._stack["pids"][name]) for name in (*SERVICES, *PARTS)}
        return Account(time.perf_counter(), cpu, operations)

    def memory(self) -> dict[str, int]:
        """MiB of each service, resident."""
        return {name: _rss(self._stack["pids"][name]) for name in SERVICES}

    @asynccontextmanager
    async def calibrating(self) -> AsyncIterator[None]:
        """A piece of work now and then, under the same load as what is measured."""

        async def work() -> None:
            while True:
                self.pieces.append(await asyncio.to_thread(piece))
                await asyncio.sleep(CALIBRATE_EVERY)

        task = asyncio.create_task(work())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def quiet(self) -> None:
        """Until no reader is behind, no outbox holds an event, and no message is queued for LINE."""
        place = Place.of_stack(Path(self._stack["run_dir"]) / "stack.json")
        async with asyncio.timeout(QUIET_SECONDS):
            while any(each.behind for each in await lags(place)) or await self._owed():
                await asyncio.sleep(0.5)

    async def _owed(self) -> bool:
        for service, collection in _OUTBOXES.items():
            owes: dict[str, Any] = {f"{FIELD}.at": {"$exists": True}}
            if await self._client[f"safetynet_{service}"][collection].find_one(owes, {"_id": 1}):
                return True
        queued = {"state": "queued", "gathers": None}
        return bool(await self._client["safetynet_notify"]["deliveries"].find_one(queued, {"_id": 1}))


async def cost(stack: dict[str, Any], reports: int) -> dict[str, Any]:
    """Of `reports` reports, above what the idle stack spends anyway."""
    machine = Machine(stack)
    await machine.quiet()
    before_idle, at_rest = await machine.account(), machine.memory()
    await asyncio.sleep(IDLE_SECONDS)
    idle = (await machine.account()).since(before_idle)
    async with machine.calibrating():
        before = await machine.account()
        latencies, refused = await post_all(stack["intake"] + "/v1/reports", bodies(stack, reports), CLIENTS)
        accepted_in = time.perf_counter() - before.at
        await machine.quiet()
        spent = (await machine.account()).since(before)
    return told(reports - refused, idle, spent) | {
        "calibration_ms": sorted(machine.pieces)[len(machine.pieces) // 2],
        "accepting": vars(measured(latencies, accepted_in, refused)),
        "mib_at_rest": at_rest,
        "mib_after": machine.memory(),
    }


def told(reports: int, idle: Account, spent: Account) -> dict[str, Any]:
    """The figures of one run. CPU in milliseconds a report, and in thousandths of a calibration piece."""

    def above(whole: float, resting: float) -> float:
        return max(0.0, whole - resting * spent.at / idle.at) / reports

    cpu = {name: above(spent.cpu[name], idle.cpu[name]) * 1000 for name in spent.cpu}
    return {
        "reports": reports,
        "cpu_ms": cpu | {"all": sum(cpu.values())},
        "operations": {name: above(spent.operations[name], idle.operations[name]) for name in spent.operations},
        "reports_per_second": reports / spent.at,
        "idle_percent": {name: used / idle.at * 100 for name, used in idle.cpu.items()},
    }


def bodies(stack: dict[str, Any], count: int) -> list[tuple[bytes, dict[str, str]]]:
    drafts = singles(count, datetime.now(UTC), secrets.randbelow(1 << 30))
    keys = stack["agencies"]
    return [(json.dumps(body).encode(), {"Authorization": f"Bearer {keys[source]['key']}"}) for source, body in drafts]


async def ready(stack: dict[str, Any], run_dir: Path, name: str) -> dict[str, float]:
    """A service killed and started anew: seconds until it says that it is ready, and the CPU that this took."""
    was = stack["pids"][name]
    with control.outage(run_dir, name):
        pass
    while (pid := read_stack(run_dir)["pids"][name]) == was:
        await asyncio.sleep(0.02)
    began = time.perf_counter()
    while not await asyncio.to_thread(_answers, stack[name]):
        await asyncio.sleep(0.02)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds(pid)}


def _answers(address: str) -> bool:
    from stack.services import answers_ok

    return answers_ok(f"{address}/readyz")


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def show(found: Mapping[str, Any], console: Console) -> None:
    pieces = found["calibration_ms"]
    title = f"{found['reports']} reports, {found['reports_per_second']:.0f} a second until all are told"
    heads = ("process", "CPU ms a report", "pieces a 1,000 reports", "idle %", "MiB at rest", "MiB after")
    table = Table(*heads, title=title)
    for name, spent in found["cpu_ms"].items():
        memory = [str(found[when].get(name, "")) for when in ("mib_at_rest", "mib_after")]
        idle = found["idle_percent"].get(name)
        table.add_row(
            name, f"{spent:.2f}", f"{spent * 1000 / pieces:.1f}", f"{idle:.1f}" if idle is not None else "", *memory
        )
    console.print(table)
    console.print("a report: " + ", ".join(f"{each:.2f} {name}" for name, each in found["operations"].items()))
    console.print(f"a calibration piece: {pieces:.1f} ms")
    for name, each in found.get("ready", {}).items():
        console.print(f"{name}: ready in {each['seconds']:.1f} s, {each['cpu_seconds']:.1f} s of CPU")


def read(run_dir: Path) -> dict[str, Any]:
    return read_stack(run_dir) | {"run_dir": str(run_dir)}


def bench(run_dir: Path, reports: int, *, starts: bool = True) -> dict[str, Any]:
    """The cost of so many reports, and then of each service's start."""
    stack = read(run_dir)
    found = asyncio.run(cost(stack, reports))
    if starts:
        found["ready"] = {name: asyncio.run(ready(stack, run_dir, name)) for name in SERVICES}
    return found


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--reports", type=int, default=2_000)
    asked.add_argument("--run-dir", type=Path, default=Path(".run/bench"))
    asked.add_argument("--no-starts", action="store_true")
    wanted = asked.parse_args()
    with control.running(wanted.run_dir):
        found = bench(wanted.run_dir, wanted.reports, starts=not wanted.no_starts)
    (wanted.run_dir / "cost.json").write_text(json.dumps(found, indent=2))
    show(found, Console())


if __name__ == "__main__":
    main()
