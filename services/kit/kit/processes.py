"""A program beside the service, started without holding up its loop."""

import asyncio
import subprocess
from asyncio.streams import FlowControlMixin
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Beside:
    """A running program: what it is told and what it says; `stderr` is empty where the service's own takes it."""

    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    _stdin: asyncio.StreamWriter
    _process: subprocess.Popen[bytes]

    async def tell(self, piece: bytes) -> None:
        """Write to its stdin, as fast as it reads. Raises ConnectionError once it reads no more."""
        if self._stdin.is_closing():  # uvloop would raise a RuntimeError
            raise ConnectionResetError("it reads no more")
        self._stdin.write(piece)
        await self._stdin.drain()

    def tell_no_more(self) -> None:
        """That was all."""
        self._stdin.close()

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        return await asyncio.to_thread(self._process.wait)


@asynccontextmanager
async def beside(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, limit: int, errors: bool = False
) -> AsyncIterator[Beside]:
    """Start a program, and end it on leaving; its lines may have `limit` bytes. `errors` asks for its stderr, too.

    Not by asyncio's own means: uvloop forks, and copies the tables of all the service's memory. The loop of a service
    of 200 MB stood still for 23 to 28 ms; with Popen, which lends the memory instead (vfork), for 1 to 2.
    """
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - commands of ours; it holds the loop up for a millisecond
        command, env=env, stdin=pipe, stdout=pipe, stderr=pipe if errors else None
    )
    loop, transports = asyncio.get_running_loop(), list[asyncio.BaseTransport]()

    async def reader(out: IO[bytes] | None) -> asyncio.StreamReader:
        stream = asyncio.StreamReader(limit)
        if out:
            transports.append((await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), out))[0])
        return stream

    try:
        assert process.stdin
        transport, protocol = await loop.connect_write_pipe(FlowControlMixin, process.stdin)
        transports.append(transport)
        stdin = asyncio.StreamWriter(transport, protocol, None, loop)
        yield Beside(await reader(process.stdout), await reader(process.stderr), stdin, process)
    finally:
        process.kill()
        for each in transports:
            each.close()
        await asyncio.to_thread(process.wait)
