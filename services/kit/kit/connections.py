"""One connection: how much may come before a route is asked, how long it may take, and the answer to what goes beyond.

uvicorn bounds neither what it parses nor the time it waits; the parser of h11 does the first at a third of the speed.
"""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 32 * 2**10
"""Bytes of one request that are neither headers understood nor body: its head, later its trailers and chunk sizes."""
MOST_URL = 8 * 2**10
MOST_HEADERS = 100
MOST_AHEAD = 16
"""Requests sent ahead of the answer to the first (pipelining): nobody's client does, each costs some 10 KiB."""
MOST_DISCARDED = 8 * 2**20
"""Bytes of a body that nobody reads any more, such as one that was answered with 401, before its connection ends."""
MOST_CONNECTIONS = 2_048
HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
BODY_RATE = 1_024
"""Bytes a second that keep a body going beyond BODY_SECONDS: a village's line is slow, an attack is slower."""
SEND_SECONDS = 60.0
LINGER_SECONDS = 1.0
"""How long a refused sender is still listened to: closed at once, most would lose the answer before reading it."""
TICK = 1.0

REFUSED = Counter("safetynet_http_refused_total", "Requests refused before a route was asked.", ["reason"])


@dataclass(frozen=True)
class Refusal:
    """A problem document for a request that was not understood, hence in both languages."""

    status: HTTPStatus
    slug: str
    en: str
    zh: str

    def answer(self) -> bytes:
        told = {"type": f"urn:safetynet:problem:{self.slug}", "title": self.status.phrase, "status": self.status.value,
                "detail": f"{self.en} {self.zh}"}  # fmt: skip
        body = json.dumps(told, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\nContent-Type: application/problem+json\r\n"
            f"Content-Language: en, zh-TW\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "malformed", "This is not HTTP/1.1.", "內容不是 HTTP/1.1 格式。")
LONG_URL = Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "url-too-long",
                   f"Send a URL of at most {MOST_URL} bytes.", f"網址請勿超過 {MOST_URL} 位元組。")  # fmt: skip
LARGE_HEAD = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large",
    f"Send at most {MOST_HEADERS} headers and trailers, together at most {MOST_HEAD} bytes.",
    f"標頭請勿超過 {MOST_HEADERS} 個，合計請勿超過 {MOST_HEAD} 位元組。",
)  # fmt: skip
SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT, "too-slow",
    f"Send the head within {HEAD_SECONDS:.0f} seconds and then at least {BODY_RATE} bytes a second.",
    f"請於 {HEAD_SECONDS:.0f} 秒內送出標頭，其後每秒至少送出 {BODY_RATE} 位元組。",
)  # fmt: skip


class _Stop(Exception):
    """Makes the parser stop where it is."""


class Connection(HttpToolsProtocol):
    """uvicorn's fast protocol with bounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unparsed = 0
        self._head = self._body = self._discarded = 0
        self._stage: Literal["idle", "head", "body"] = "idle"
        self._refused = False
        self._why = MALFORMED
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._due = None
        for timer in (self._timer, self._stalled):
            if timer:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._discard(len(data))
            return
        if self._due is None:
            self._expect(HEAD_SECONDS)
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > MOST_HEAD and not self._refused:
            self._refuse(LARGE_HEAD)

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._why)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._body = self._discarded = 0
        self._stage = "head"
        self._expect(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MOST_URL:
            self._stop(LONG_URL)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        if self._head > MOST_HEAD or len(self.headers) >= MOST_HEADERS:
            self._stop(LARGE_HEAD)
        if self._stage == "head":
            # Trailers are read over: they came after whoever reads the headers has read them.
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_AHEAD:
            self._stop(MALFORMED)
        super().on_headers_complete()
        self._unparsed, self._stage = 0, "body"
        self._expect(BODY_SECONDS)

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        self._body += len(body)
        self._due = (self._due or 0) + len(body) / BODY_RATE
        if self.cycle.response_complete:
            self._discard(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._unparsed, self._stage, self._due = 0, "idle", None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()

    @property
    def gives_way(self) -> float:
        """In which order connections make room for others: those first that have long owed their head."""
        return float("inf") if self._stage == "body" or self._due is None else self._due

    def _make_room(self) -> None:
        ours = [each for each in self.connections if isinstance(each, Connection)]
        min(ours, key=lambda each: each.gives_way).transport.abort()

    def _expect(self, seconds: float) -> None:
        """From now on what is under way has so many seconds."""
        self._due = self.loop.time() + seconds
        if self._timer is None:
            self._timer = self.loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._due is None or self.transport.is_closing():
            return
        if self.flow.read_paused:
            self._due += TICK  # we do not read: the sender is not to blame
        elif self.loop.time() >= self._due:
            self._late()
            return
        self._timer = self.loop.call_later(TICK, self._tick)

    def _late(self) -> None:
        if self._stage == "idle":
            self.transport.close()
        else:
            self._refuse(SLOW)

    def _stop(self, why: Refusal) -> None:
        self._why = why
        raise _Stop

    def _discard(self, count: int) -> None:
        self._discarded += count
        if self._discarded > MOST_DISCARDED:
            self.transport.abort()

    def _refuse(self, why: Refusal) -> None:
        """Answer, then listen a while longer; only end where another answer is under way."""
        self._refused, self._due = True, None
        REFUSED.labels(why.slug).inc()
        cycle = self.cycle
        if cycle and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started or not cycle.more_body:
                self.transport.abort()
                return
        self.transport.write(why.answer())
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
