"""What comes before a route is bounded by the server: bytes, counts, times; everyone else is served meanwhile."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from kit import connections, serve
from kit.connections import BODY_RATE, MOST_AHEAD, MOST_CONNECTIONS, MOST_HEAD, MOST_HEADERS, MOST_URL
from kit.settings import ServiceSettings

from tests.waiting import until

FLOOD = 40 * 2**20
MOST_GROWTH = 24 * 2**20
GET = b"GET /said HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /said HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


@asynccontextmanager
async def nothing(app: FastAPI) -> AsyncIterator[None]:
    yield


@dataclass
class Served:
    """A service, what its route was told, and who is connected."""

    port: int
    headers: list[dict[str, str]]
    connected: Collection[object]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, *pieces: bytes) -> bytes:
        """Whatever is answered until the connection ends, or half a minute has passed."""
        reader, writer = await self.connect()
        try:
            async with asyncio.timeout(30):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                return await reader.read()
        finally:
            writer.close()

    async def is_well(self) -> bool:
        return (await self.ask(GET + b"Connection: close\r\n\r\n")).endswith(b"0")


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app, headers = serve.application("Test", nothing), []

    @app.api_route("/said", methods=["GET", "POST"])
    async def said(request: Request) -> int:
        size = sum([len(piece) async for piece in request.stream()])
        headers.append(dict(request.headers))
        return size

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * FLOOD)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = serve.server(app, ServiceSettings.without_secrets())
        running = asyncio.create_task(server.serve([listening]))
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield Served(listening.getsockname()[1], headers, server.server_state.connections)
        server.should_exit = server.force_exit = True
        await running


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    told = json.loads(body)
    assert b"application/problem+json" in head
    assert f"HTTP/1.1 {told['status']} ".encode() in head
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told["detail"]), "told in both languages"
    return told["status"], told["type"].rpartition(":")[2]


async def poured(writer: asyncio.StreamWriter, piece: bytes) -> None:
    async with asyncio.timeout(60):
        for _ in range(FLOOD // len(piece)):
            writer.write(piece)
            await writer.drain()


FLOODS = {
    "headers": (GET, b"".join(b"x-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))),
    "one header": (GET + b"x: ", b"a" * 100_000),
    "a header's name": (GET, b"a" * 100_000),
    "a URL": (b"GET /", b"a" * 100_000),
    "a method": (b"", b"A" * 100_000),
    "empty lines": (b"", b"\r\n" * 50_000),
    "trailers": (CHUNKED + b"0\r\n", b"".join(b"x-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))),
    "one trailer": (CHUNKED + b"0\r\nx: ", b"a" * 100_000),
    "a chunk's extension": (CHUNKED + b"1;", b"a" * 100_000),
    "requests ahead": (b"", (GET + b"\r\n") * 3_000),
    "a body nobody reads": (
        b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"a" * 100_000,
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_without_a_key_takes_no_memory_and_ends(served: Served, flood: str) -> None:
    first, piece = FLOODS[flood]
    before = memory()
    _, writer = await served.connect()
    writer.write(first)
    with pytest.raises(ConnectionError):
        await poured(writer, piece)
    assert memory() - before < MOST_GROWTH
    assert await served.is_well()


LENGTH, CHUNKS = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "lengths",
    [LENGTH + CHUNKS, CHUNKS + LENGTH, LENGTH + b"Content-Length: 6\r\n", b"Content-Length : 5\r\n",
     b"Content-Length: +5\r\n", b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
     b"X: a\nContent-Length: 5\r\n"],
)  # fmt: skip
async def test_who_says_two_lengths_is_refused_and_smuggles_no_second_request(served: Served, lengths: bytes) -> None:
    reader, writer = await served.connect()
    writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n0\r\n\r\n" + GET + b"\r\n")
    async with asyncio.timeout(20):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"Content-Type:") == 1


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"GET /" + b"a" * MOST_URL + b" HTTP/1.1\r\n\r\n", 414, "url-too-long"),
        (GET + b"x: " + b"a" * MOST_HEAD + b"\r\n\r\n", 431, "headers-too-large"),
        (GET + b"x: " + b"a" * (MOST_HEAD + 200), 431, "headers-too-large"),
        (GET + b"x: 1\r\n" * MOST_HEADERS + b"\r\n", 431, "headers-too-large"),
        (CHUNKED + b"0\r\nx: " + b"a" * MOST_HEAD + b"\r\n\r\n", 431, "headers-too-large"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed"),
    ],
)
async def test_what_is_too_long_is_told_so_also_to_a_client_that_sends_before_it_reads(
    served: Served, monkeypatch: pytest.MonkeyPatch, sent: bytes, status: int, slug: str
) -> None:
    monkeypatch.setattr(connections, "LINGER_SECONDS", 0.2)
    assert problem(await served.ask(sent)) == (status, slug)
    assert problem(await served.ask(sent, b"a" * 2**20)) == (status, slug)


async def test_what_fits_is_served(served: Served) -> None:
    url = b"GET /said?q=" + b"a" * (MOST_URL - 12) + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    many = b"".join(b"x-%d: 1\r\n" % number for number in range(MOST_HEADERS - 2))
    long = b"x: " + b"a" * (MOST_HEAD - 100) + b"\r\n"
    for head in (url, GET + b"Connection: close\r\n" + many, GET + b"Connection: close\r\n" + long):
        assert b"HTTP/1.1 200 OK" in await served.ask(head + b"\r\n")
    ahead = await served.ask((GET + b"\r\n") * MOST_AHEAD + GET + b"Connection: close\r\n\r\n")
    assert ahead.count(b"HTTP/1.1 200 OK") == MOST_AHEAD + 1
    small = b"1\r\nx\r\n" * 100_000
    whole = await served.ask(CHUNKED.replace(b"Host", b"Connection: close\r\nHost") + small + b"0\r\n\r\n")
    assert whole.endswith(b"100001")


async def test_a_trailer_never_becomes_a_header(served: Served) -> None:
    first, rest = CHUNKED.replace(b"Host", b"Connection: close\r\nHost"), b"0\r\nauthorization: Bearer x\r\n\r\n"
    assert b"200 OK" in await served.ask(first + rest)
    assert "authorization" not in served.headers[-1]


async def test_there_is_no_way_around_by_a_web_socket(served: Served) -> None:
    upgrade = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    _, writer = answered = await served.connect()
    writer.write(GET + upgrade + b"\r\n")
    assert (await answered[0].readline()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "SEND_SECONDS"):
        monkeypatch.setattr(connections, name, 0.3)
    for name in ("TICK", "LINGER_SECONDS"):
        monkeypatch.setattr(connections, name, 0.05)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "half",
    [
        b"GET /sa",
        GET,
        GET + b"x: half",
        GET + b"\r\n" + GET,
        b"POST /said HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
        b"POST /said HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
        CHUNKED,
        CHUNKED + b"0\r\nx: half",
    ],
)
async def test_half_a_request_is_waited_for_so_long_and_no_longer(served: Served, half: bytes) -> None:
    answer = await served.ask(half)
    assert problem(answer[answer.rindex(b"HTTP/1.1") :]) == (408, "too-slow")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("never", [b"", b"\r\n"])
async def test_a_connection_that_asks_nothing_ends(served: Served, never: bytes) -> None:
    reader, writer = await served.connect()
    ended = asyncio.create_task(until_reset(reader))
    async with asyncio.timeout(30):
        while not ended.done():
            writer.write(never)
            await asyncio.wait([ended], timeout=0.1)
    writer.close()


async def until_reset(reader: asyncio.StreamReader) -> bytes:
    """What arrives; a server that has answered may reset the line under a client that goes on sending."""
    told = b""
    with suppress(ConnectionResetError):
        while chunk := await reader.read(65_536):
            told += chunk
    return told


@pytest.mark.usefixtures("hurried")
async def test_a_slow_line_that_keeps_sending_is_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_RATE", 200)
    head = b"POST /said HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

    async def trickled(size: int, pieces: int) -> bytes:
        reader, writer = await served.connect()
        # Both declare as much: a line too slow for it must never come to its end.
        writer.write(head % (400 * pieces))
        answer = asyncio.create_task(until_reset(reader))
        for _ in range(pieces):
            if not answer.done():
                writer.write(b"x" * size)
                await asyncio.sleep(0.1)
        told = await answer
        writer.close()
        return told

    steady, attack = await asyncio.gather(trickled(400, 8), trickled(1, 8))
    assert steady.endswith(b"3200")
    assert problem(attack) == (408, "too-slow")
    assert BODY_RATE <= 1_024, "a telephone's bad line must do"


@pytest.mark.usefixtures("hurried")
async def test_who_reads_no_answer_is_let_go(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    await until(lambda: served.connected)
    await until(lambda: not served.connected)
    assert len(await reader.read()) < FLOOD
    writer.close()


async def test_the_longest_half_open_ones_make_room_and_nobody_who_is_served(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 5)
    half = [await served.connect() for _ in range(5)]
    for _, writer in half[:4]:
        writer.write(GET)
    half[4][1].write(b"POST /said HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
    await asyncio.sleep(0.1)
    assert await served.is_well()
    assert await half[0][0].read() == b""
    half[4][1].write(b"x")
    assert (await half[4][0].readline()).startswith(b"HTTP/1.1 200")
    for _, writer in half[1:]:
        writer.close()
    assert MOST_CONNECTIONS >= 2_000, "a thousand boards are open"
