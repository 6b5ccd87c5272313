"""An agency's own server, which hears the outcomes of its reports."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.intake_running import Running

LOCAL = '["127.0.0.0/8"]'


@dataclass
class Receiver:
    """An agency's server; answers with the statuses it is given, then with 204."""

    statuses: Iterator[int]
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(
            f"HTTP/1.1 {next(self.statuses, 204)} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[Receiver]:
    found = Receiver(iter(statuses))
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.url = f"http://localhost:{server.sockets[0].getsockname()[1]}/outcomes"
    async with server:
        yield found


async def subscribe(intake: Running, url: str, **more: Any) -> dict[str, Any]:
    answer = await intake.http.put("/v1/webhook", json={"url": url} | more)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
