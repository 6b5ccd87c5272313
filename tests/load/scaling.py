"""How long dispatch stands still while its group grows from one to four and shrinks again, under steady reports.

`python -m tests.load.scaling [--run-dir DIR]`; Kubernetes has a run of its own (`make k8s-test`).
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from contracts.topics import REPORTS
from stack import control
from stack.ports import free_port
from stack.services import answers_ok

from tests.e2e.county import County, read_stack
from tests.k8s import watch

MOST = 4
PAUSE = 5.0
"""Seconds between two changes of the group."""
A_SECOND = 20


async def scaling(run_dir: Path) -> dict[str, Any]:
    """Seconds of the longest stop and of all stops over 2 s; whether every report was decided once."""
    stack = read_stack(run_dir)
    async with County(stack) as county, watch.group(stack["kafka"], "dispatch", REPORTS) as seen:
        async with _posting(county) as results:
            more: list[subprocess.Popen[bytes]] = []
            try:
                for _ in range(MOST - 1):
                    more.append(await _another(stack["pids"]["dispatch"]))
                    await asyncio.sleep(PAUSE)
                for each in reversed(more):
                    each.send_signal(signal.SIGTERM)
                    await asyncio.to_thread(each.wait, 30)
                    await asyncio.sleep(PAUSE)
            finally:
                for each in more:
                    each.kill()
        account = await county.account(results)
    return {
        "posted": len(results), "decided": account.decisions, "twice": account.twice,
        "longest_stop_seconds": round(seen.stop, 1), "stops_over_2_seconds": seen.stops,
    }  # fmt: skip


@asynccontextmanager
async def _posting(county: County) -> AsyncIterator[list[Any]]:
    """Reports at an even rate until the end of a `with`."""
    results: list[Any] = []

    async def post() -> None:
        while True:
            posted, _ = await asyncio.gather(county.post(A_SECOND, clients=4), asyncio.sleep(1))
            results.extend(posted)

    posting = asyncio.create_task(post())
    try:
        yield results
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)


async def _another(pid: int) -> "subprocess.Popen[bytes]":
    """A replica of a process that is ready: the same program in the same environment, on a port of its own."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    port = free_port()
    env = dict(each.split("=", 1) for each in pairs if "=" in each) | {"PORT": str(port)}
    quiet = subprocess.DEVNULL
    replica = subprocess.Popen([sys.executable, "-m", "dispatch"], env=env, stdout=quiet, stderr=quiet)
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(answers_ok, f"http://127.0.0.1:{port}/readyz"):
            await asyncio.sleep(0.1)
    return replica


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--run-dir", type=Path, default=Path(".run/bench"))
    wanted = asked.parse_args()
    with control.running(wanted.run_dir):
        found = asyncio.run(scaling(wanted.run_dir))
    print(json.dumps(found | {"load": os.getloadavg()[0]}, indent=2))


if __name__ == "__main__":
    main()
