"""Intake as a process of its own, so that a test can call it from outside and kill it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from intake.cli import cli
from typer.testing import CliRunner

from tests.integration.intake_running import AGENCIES
from tests.serving import caller, free_port

READY_SECONDS = 90


@dataclass
class Process:
    """One intake after another on the same port."""

    env: dict[str, str]
    port: int
    module: str = "intake"
    running: asyncio.subprocess.Process | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, env=self.env, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(READY_SECONDS), caller() as http:
            while not await self._ready(http):
                await asyncio.sleep(0.1)

    async def _ready(self, http: httpx.AsyncClient) -> bool:
        try:
            return (await http.get(f"{self.url}/readyz")).is_success
        except httpx.TransportError:
            return False

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self.running and self.running.returncode is None:
            self.running.send_signal(sign)
            await self.running.wait()

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
