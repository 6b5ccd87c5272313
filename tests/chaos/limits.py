"""What others notice of an adversary at every limit at once: how long they wait, and what memory stays taken."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from simulator.load import singles
from simulator.post import Result, open_postbox

from tests.chaos.flood import PATIENCE, unexpected
from tests.e2e.county import County, read_stack
from tests.waiting import until

SERVICES = ("intake", "dispatch")
EVERY = 0.1
"""Seconds between two questions of one kind."""
QUIET = 15
"""Seconds after which what an adversary took must have been given back,"""
MOST_KEPT = 1.2
"""but for this share of what a service had before."""
MOST_WAITED = 2.0
"""How many times as long as in quiet others may wait, at the 99th hundredth."""
Asked = Mapping[str, list[float]]


async def one_run(run_dir: Path, seconds: float) -> dict[str, Any]:
    """Ask in quiet, then under attack, then weigh: p99 in milliseconds, memory in MiB, every receipt decided."""
    stack = read_stack(run_dir)
    async with County(stack) as county:
        before, told = await _asked(stack, seconds)
        account = await county.account(told)
        rested = _memory(stack)
        adversary = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.flood", str(run_dir), str(seconds),
            stdout=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        during, told = await _asked(stack, seconds)
        most = _memory(stack, "VmHWM")
        said, _ = await adversary.communicate()
        account = await county.account(told)
        with suppress(TimeoutError):
            await until(lambda: _is_given_back(stack, rested), seconds=QUIET)
        after = _memory(stack)
    return {
        "asked": {name: {"quiet": _p99(before[name]), "attacked": _p99(each)} for name, each in during.items()},
        "times_p99": {name: round(_p99(each) / _p99(before[name]), 2) for name, each in during.items()},
        "memory_mib": {name: {"quiet": rested[name], "most": most[name], "after": after[name]} for name in SERVICES},
        "times_memory": {name: round(after[name] / rested[name], 2) for name in SERVICES},
        "whole": account.receipts == account.decisions == len(told) and not account.twice,
        "tries": json.loads(said),
        "unexpected": unexpected(json.loads(said)),
    }


async def _is_given_back(stack: Mapping[str, Any], rested: Mapping[str, int]) -> bool:
    return all(now <= MOST_KEPT * rested[name] for name, now in _memory(stack).items())


async def _asked(stack: Mapping[str, Any], seconds: float) -> tuple[Asked, list[Result]]:
    """How many seconds each question took, asked at its time whether or not the last is answered; and the receipts."""
    drafts, told = singles(int(seconds / EVERY) + 1, datetime.now(UTC)), list[Result]()
    keys = {name: entry["key"] for name, entry in stack["agencies"].items()}
    box = open_postbox(stack["intake"], keys, 100)
    async with box.client, httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:

        async def post(number: int) -> None:
            told.append(await box.post(*drafts[number]))

        def health(service: str) -> Callable[[int], Awaitable[None]]:
            async def ask(_: int) -> None:
                (await http.get(f"{stack[service]}/healthz")).raise_for_status()

            return ask

        kinds = {"POST /v1/reports": post} | {f"{name} /healthz": health(name) for name in SERVICES}
        took = await asyncio.gather(*(_at_its_time(ask, seconds) for ask in kinds.values()))
    return dict(zip(kinds, took, strict=True)), told


async def _at_its_time(ask: Callable[[int], Awaitable[None]], seconds: float) -> list[float]:
    took: list[float] = []

    async def one(number: int) -> None:
        began = time.perf_counter()
        await ask(number)
        took.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as asked:
        for number in range(int(seconds / EVERY)):
            asked.create_task(one(number))
            await asyncio.sleep(EVERY)
    return took


def _p99(took: list[float]) -> float:
    return round(sorted(took)[int(len(took) * 0.99) - 1] * 1000, 1)


def _memory(stack: Mapping[str, Any], name: str = "VmRSS") -> dict[str, int]:
    """Resident memory of each service now (`VmRSS`), or the most it ever was (`VmHWM`)."""
    return {service: _mib(stack["pids"][service], name) for service in SERVICES}


def _mib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))
