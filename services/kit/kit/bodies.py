"""How large a request may be, and how many items it may hold: what is beyond is read for a while and thrown away.

Many senders read the answer only once they have sent everything. A connection that is closed while they send is reset,
and they never learn why. So the answer goes out at once, and the rest is thrown away, within bounds, before it ends.

Items of JSON are counted before it is parsed. Two megabytes of ones in a list, each an error of its own, stopped a loop
for nineteen seconds and took 1.4 GiB; two megabytes of "&", sent as a form by anybody, stopped it for a second. Files
(multipart, CSV, XLSX) are bounded by who reads them.
"""

import asyncio
import re
from collections.abc import Collection
from contextlib import suppress

from contracts.languages import Said
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2 * 2**20
"""Room for the longest draft of a decision table, percent-encoded by a form; far too little for a flood."""
MOST_ITEMS, MOST_LISTED = 25_000, 130_000
"""Fields and items of one JSON body; and of one that is lists of people, as the largest that a contract knows."""
MOST_FIELDS = 1_000
"""Fields of one form, as many as Starlette reads."""
MOST_THROWN_AWAY = 16 * 2**20
SECONDS = 5.0
NEAR = 64 * 2**10
"""With no more than this still to come the connection is kept."""


_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""A text, also one that never ends: a search that began again at each of its quotation marks would take hours."""
_FAR_TOO_MANY = 10


def holds_more_than(most: int, body: bytes) -> bool:
    """Whether a JSON text has more fields and items than `most`, by the signs that part them, without parsing it.

    An empty list or object counts twice, and signs within texts where there are ten times as many in all, or where the
    text is not in UTF-8 (Python reads UTF-16 and UTF-32 as well, and their quotation marks are no bytes of their own).
    """
    if (signs := _signs(body)) <= most:
        return False
    return signs > _FAR_TOO_MANY * most or b"\0" in body or _signs(_TEXT.sub(b"", body)) > most


def few(most: int) -> Said:
    """How to correct a body that holds more than `most`."""
    return Said(f"每次最多 {most} 個欄位與項目。", f"Send at most {most} fields and items at a time.")


def _signs(body: bytes) -> int:
    return sum(body.count(sign) for sign in b",[{")


class TooMuch(HTTPException):
    """A body beyond its bounds. No Problem: FastAPI turns every other error while a body is read into a bad request."""

    def __init__(self, said: Said) -> None:
        super().__init__(413, headers={"Connection": "close"})
        self.said = said


class BoundedBodies:
    """Pure ASGI: 413 beyond MOST_BYTES, MOST_ITEMS and MOST_FIELDS, before a body is parsed and its sender looked up.

    `but` lists the paths whose routes read bodies piece by piece, with a bound of their own; `lists` the ends of those
    that take MOST_LISTED items.
    """

    def __init__(self, app: ASGIApp, but: Collection[str] = (), lists: Collection[str] = ()) -> None:
        self.app = app
        self._but = frozenset(but)
        self._lists = tuple(lists)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = None if scope["path"] in self._but else MOST_BYTES
        items = MOST_LISTED if scope["path"].endswith(self._lists) else MOST_ITEMS
        body = _Body(Headers(scope=scope), receive, most, items)
        await self.app(scope, body.receive, body.after(send))


class _Body:
    """The body of one request: how much of it came, and whether that was all."""

    def __init__(self, headers: Headers, receive: Receive, most: int | None, most_items: int) -> None:
        length = headers.get("content-length", "")
        self._chunked = "transfer-encoding" in headers
        self._told = int(length) if length.isdecimal() else 0
        kind = headers.get("content-type", "").lower()
        self._is_form = kind.partition(";")[0].strip() == "application/x-www-form-urlencoded"
        self._is_json = "json" in kind
        self._most_items = most_items
        self._fields = 1
        self._kept: list[bytes] = []
        # A sender that waits for leave to send, and gets an answer instead, sends nothing.
        self._waits = headers.get("expect", "").lower() == "100-continue"
        self._receive = receive
        self._most = most
        self._came = 0
        self._ended = not (self._chunked or self._told)

    async def receive(self) -> Message:
        message = await self._receive()
        self._came += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._most is not None:
            self._must_fit(message.get("body", b""), self._most)
        return message

    def _must_fit(self, piece: bytes, most: int) -> None:
        if self._came > most:
            raise TooMuch(Said(f"每次最多 {most} 位元組。", f"Send at most {most} bytes at a time."))
        if self._is_form:
            self._fields += piece.count(b"&")
            if self._fields > MOST_FIELDS:
                raise TooMuch(Said(f"每次最多 {MOST_FIELDS} 個欄位。", f"Send at most {MOST_FIELDS} fields at a time."))
        if self._is_json:
            self._kept.append(piece)
            if self._ended:
                whole, self._kept = b"".join(self._kept), []
                self._must_hold_few(whole)

    def _must_hold_few(self, whole: bytes) -> None:
        if holds_more_than(self._most_items, whole):
            raise TooMuch(few(self._most_items))

    def after(self, send: Send) -> Send:
        """`send`, whose last message waits until the rest of the body is thrown away."""

        async def sending(message: Message) -> None:
            if self._ended or (self._waits and not self._came):
                await send(message)
            elif message["type"] == "http.response.start":
                await send(message if self._is_nearly_here() else _closing(message))
            elif message.get("more_body", False):
                await send(message)
            else:
                await send({**message, "more_body": True})
                await self._throw_away()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        return sending

    def _is_nearly_here(self) -> bool:
        return not self._chunked and self._told - self._came <= NEAR

    async def _throw_away(self) -> None:
        self._most = None
        last = self._came + MOST_THROWN_AWAY
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while not self._ended and self._came < last:
                    await self.receive()


def _closing(message: Message) -> Message:
    """The start of a response that closes the connection."""
    others = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"connection"]
    return {**message, "headers": [*others, (b"connection", b"close")]}
