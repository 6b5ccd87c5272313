"""CPU that a push to LINE costs: notify's client beside the one before it, in turns, in one run.

`python -m tests.load.line_client [pushes]` prints milliseconds of CPU a push, and the ratio.
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from time import process_time

import httpx
from contracts.cases import CaseId
from notify.domain.message import compose
from notify.domain.notices import Notice
from notify.line import Access, LineApi
from notify.wording import load_wording

AT_ONCE = 20
ROUNDS = 5
LATENCY = 0.02
ANSWER = b'{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7b"}]}'
Push = Callable[[int], Awaitable[int]]


class Line(asyncio.Protocol):
    """Answers every request as LINE answers a push, after what LINE takes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.read = transport, b""

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, found, body = self.read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if found and len(body) >= length:
            self.read = body[length:]
            told = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-line-request-id: r\r\n"
            whole = told + b"content-length: %d\r\n\r\n" % len(ANSWER) + ANSWER
            asyncio.get_running_loop().call_later(LATENCY, self.transport.write, whole)


def serve(port: "multiprocessing.Queue[int]") -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def cost(push: Push, pushes: int) -> float:
    """Milliseconds of CPU a push, `AT_ONCE` at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with slots:
            assert await push(number) == httpx.codes.OK

    began = process_time()
    await asyncio.gather(*(one(number) for number in range(pushes)))
    return (process_time() - began) / pushes * 1000


async def measure(base: str, pushes: int) -> dict[str, float]:
    notice = Notice(
        "chiayi-county/protection", "new_case", "chiayi-county", case_id=CaseId("1a2b3c4d-0000-4000-8000-000000000000")
    )
    message = compose(notice, load_wording(), token="t" * 80, sites={"network": "https://n.example", "dispatch": ""})
    card = json.dumps(message, ensure_ascii=False)
    api = LineApi(Access(base, "t"), seconds=10, connections=AT_ONCE)
    bearer = {"Authorization": "Bearer t"}
    limits = httpx.Limits(max_connections=AT_ONCE + 5, max_keepalive_connections=AT_ONCE + 5)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(api.running())
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=base, headers=bearer, timeout=10, limits=limits)
        )

        async def now(number: int) -> int:
            return (await api.push("C" + "0" * 32, card, retry_key=str(number))).status

        async def before(number: int) -> int:
            body, key = {"to": "C" + "0" * 32, "messages": [message]}, {"X-Line-Retry-Key": str(number)}
            async with asyncio.timeout(10):
                response = await http.post("/v2/bot/message/push", json=body, headers=key)
            json.loads(response.content)
            return response.status_code

        await cost(now, 100), await cost(before, 100)
        rounds = [(await cost(before, pushes), await cost(now, pushes)) for _ in range(ROUNDS)]
    return {
        "httpx_ms": statistics.median(each[0] for each in rounds),
        "line_client_ms": statistics.median(each[1] for each in rounds),
        "ratio": statistics.median(was / now for was, now in rounds),
    }


def bench(pushes: int) -> dict[str, float]:
    """Medians of `ROUNDS` rounds, each of both clients."""
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    found = asyncio.run(measure(f"http://127.0.0.1:{ports.get()}", pushes))
    server.terminate()
    return found


def main() -> None:
    pushes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print({name: round(value, 3) for name, value in bench(pushes).items()})


if __name__ == "__main__":
    main()
