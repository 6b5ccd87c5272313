"""A load generator small enough not to be what is measured: keep-alive sockets, one request at a time on each."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Request = Callable[[int], tuple[bytes, Mapping[str, str]]]
"""The body and the headers of request number n."""


@dataclass(frozen=True)
class Measured:
    """What one probe did: operations a second, latency in milliseconds, how many were refused."""

    rate: float
    p50_ms: float
    p99_ms: float
    count: int
    refused: int


def measured(seconds: list[float], elapsed: float, refused: int = 0) -> Measured:
    ordered = sorted(seconds) or [0.0]

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3

    return Measured(len(seconds) / elapsed, at(0.5), at(0.99), len(seconds), refused)


async def load(url: str, request: Request, *, clients: int, seconds: float) -> Measured:
    """POST to `url` from `clients` connections for `seconds`."""
    ends, latencies, refused, number = time.perf_counter() + seconds, [], 0, 0
    parts = urlsplit(url)

    async def client() -> None:
        nonlocal number, refused
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
        while time.perf_counter() < ends:
            number += 1
            body, headers = request(number)
            began = time.perf_counter()
            status = await _exchange(reader, writer, parts.path, body, headers)
            if 200 <= status < 300:
                latencies.append(time.perf_counter() - began)
            else:
                refused += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return measured(latencies, time.perf_counter() - began, refused)


async def post_all(
    url: str, requests: Sequence[tuple[bytes, Mapping[str, str]]], clients: int
) -> tuple[list[float], int]:
    """POST each of `requests` once; the seconds of those that were taken, and how many were not."""
    parts, latencies, waiting = urlsplit(url), list[float](), iter(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
        for body, headers in waiting:
            began = time.perf_counter()
            if 200 <= await _exchange(reader, writer, parts.path, body, headers) < 300:
                latencies.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return latencies, len(requests) - len(latencies)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes, headers: Mapping[str, str]
) -> int:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    writer.write(f"{head}{lines}\r\n".encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(answer.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
    return int(answer[9:12])
