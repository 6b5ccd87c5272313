"""A service as a process of its own, so that a test can call it from outside and kill it: intake unless told."""

import asyncio
import json
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any

import httpx
from intake.cli import cli
from typer.testing import CliRunner

from tests.integration.intake_running import AGENCIES
from tests.serving import caller, free_port

READY_SECONDS = 90
# Forked from one that has read the code: to read it takes seconds, and a test that kills starts many.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["intake.cli", "intake.app", "network.app"])


def run(module: str, env: dict[str, str]) -> None:
    """What `python -m` does in a new process."""
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


@dataclass
class Process:
    """One intake after another on the same port."""

    env: dict[str, str]
    port: int
    module: str = "intake"
    running: ForkServerProcess | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, probe: str = "/readyz") -> None:
        """Until it says that it is ready; or, by `/healthz`, that it answers, though Kafka still waits for the dead."""
        self.running = PROCESSES.Process(target=run, args=(self.module, self.env), daemon=True)
        self.running.start()
        async with asyncio.timeout(READY_SECONDS), caller() as http:
            while not await self._answers(http, probe):
                assert self.running.is_alive(), f"{self.module} ended with {self.running.exitcode}"
                await asyncio.sleep(0.05)

    async def _answers(self, http: httpx.AsyncClient, probe: str) -> bool:
        try:
            return (await http.get(f"{self.url}{probe}")).is_success
        except httpx.TransportError:
            return False

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self.running and self.running.is_alive() and self.running.pid:
            os.kill(self.running.pid, sign)
            await asyncio.to_thread(self.running.join)

    async def kill(self) -> None:
        """As the kernel does when memory runs out: at once, in the middle of whatever runs."""
        await self.end(signal.SIGKILL)

    def memory(self, name: str = "VmHWM") -> int:
        """Resident memory in MiB: the most it ever was (`VmHWM`), or is now (`VmRSS`)."""
        assert self.running
        with open(f"/proc/{self.running.pid}/status", encoding="utf-8") as lines:
            return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))


@asynccontextmanager
async def served(settings_env: dict[str, str], *, module: str = "intake", **settings: Any) -> AsyncIterator[Process]:
    """Intake in a process, ready; ended by SIGTERM."""
    told = settings_env | {"agencies_seed": json.dumps(AGENCIES)} | {name: str(each) for name, each in settings.items()}
    port = free_port()
    env = os.environ | {name.upper(): value for name, value in told.items()} | {"PORT": str(port)}
    process = Process(dict(env), port, module)
    await process.start()
    try:
        yield process
    finally:
        await process.end()


async def command(env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """What `python -m intake` answers to a command, and its exit code; run here: a process takes seconds to come."""
    told = {name.upper(): value for name, value in env.items()}
    done = await asyncio.to_thread(CliRunner().invoke, cli, arguments, env=told, catch_exceptions=False)
    return done.exit_code, done.output
