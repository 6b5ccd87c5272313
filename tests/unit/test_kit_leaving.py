"""The work of a view ends when its reader leaves; what changes something is finished whoever listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from kit.serve import application
from prometheus_client import REGISTRY
from starlette.types import Message, Scope


@asynccontextmanager
async def nothing(app: FastAPI) -> AsyncIterator[None]:
    yield


@dataclass
class Work:
    """What a route does: until it is told to end, or is ended."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    done: list[str] = field(default_factory=list)

    async def run(self) -> str:
        self.begun.set()
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            self.done.append("ended")
            raise
        self.done.append("finished")
        return "ok"


class Browser:
    """One request, and what its connection says."""

    def __init__(self, app: FastAPI, method: str, path: str = "/work", headers: tuple[tuple[bytes, bytes], ...] = ()):
        self.scope: Scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": list(headers), "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        }  # fmt: skip
        self._app = app
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self.said.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        self.got: list[Message] = []

    async def ask(self) -> None:
        async def send(message: Message) -> None:
            self.got.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.leave()  # as a server says it once an answer is complete

        await self._app(self.scope, self.said.get, send)

    def leave(self) -> None:
        self.said.put_nowait({"type": "http.disconnect"})


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def app(work: Work) -> FastAPI:
    made = application("Test", nothing)
    made.add_api_route("/work", work.run, methods=["GET", "POST"])

    @made.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"a"
            await work.run()
            yield b"b"

        return StreamingResponse(pieces())

    return made


def left() -> float:
    return REGISTRY.get_sample_value(
        "safetynet_http_seconds_count", {"method": "GET", "route": "/work", "status": "499"}
    ) or 0.0  # fmt: skip


@pytest.mark.parametrize("path", ["/work", "/stream"])
async def test_a_view_ends_with_its_reader(app: FastAPI, work: Work, path: str) -> None:
    browser, before = Browser(app, "GET", path), left()
    asking = asyncio.create_task(browser.ask())
    await work.begun.wait()
    browser.leave()
    async with asyncio.timeout(5):
        await asking
    assert work.done == ["ended"]
    assert path == "/stream" or left() == before + 1


async def test_a_stream_that_is_asked_for_by_head_is_over_with_its_headers(app: FastAPI, work: Work) -> None:
    browser = Browser(app, "HEAD", "/stream")
    async with asyncio.timeout(5):
        await browser.ask()
    assert [each["type"] for each in browser.got] == ["http.response.start", "http.response.body"]
    assert not browser.got[1]["body"]
    assert work.done in ([], ["ended"])


async def test_a_view_whose_reader_stays_is_answered_and_what_comes_after_its_answer_is_not_ended(
    app: FastAPI, work: Work
) -> None:
    work.goes_on.set()
    browser = Browser(app, "GET")
    await browser.ask()
    assert browser.got[0]["status"] == 200
    assert work.done == ["finished"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [("POST", ()), ("GET", ((b"content-length", b"2"),)), ("GET", ((b"transfer-encoding", b"chunked"),))],
)
async def test_what_changes_something_or_has_a_body_is_finished_whoever_listens(
    app: FastAPI, work: Work, method: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    browser = Browser(app, method, headers=headers)
    asking = asyncio.create_task(browser.ask())
    await work.begun.wait()
    browser.leave()
    await asyncio.sleep(0)
    work.goes_on.set()
    await asking
    assert work.done == ["finished"]


async def test_a_server_that_stops_is_heard_as_such(app: FastAPI, work: Work) -> None:
    asking = asyncio.create_task(Browser(app, "GET").ask())
    await work.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
