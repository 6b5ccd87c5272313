"""A view that nobody waits for any more: its work ends with its reader."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


class EndsWithItsReader:
    """Pure ASGI: cancels a view when its connection is lost. What changes something is finished whoever listens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _has_body(scope):
            await self.app(scope, receive, send)
            return
        reader = _Reader(receive, send)
        listening = asyncio.create_task(reader.listen())
        try:
            await self.app(scope, reader.receive, reader.send)
        except asyncio.CancelledError:
            if not reader.left or reader.work.uncancel():
                raise  # by somebody else, such as a server that stops
        finally:
            listening.cancel()


class _Reader:
    """Whoever waits for the answer: what is heard of them goes to the view too."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._answered = False
        self.left = False
        work = asyncio.current_task()
        assert work is not None  # a request is always served in a task
        self.work = work

    async def receive(self) -> Message:
        return await self._heard.get()

    async def send(self, message: Message) -> None:
        self._answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def listen(self) -> None:
        """Until they are gone; the end of an answer that is complete is no leaving."""
        gone = False
        while not gone:
            self._heard.put_nowait(message := await self._receive())
            gone = message["type"] == "http.disconnect"
        if not self._answered:
            self.left = True
            self.work.cancel()


def _has_body(scope: Scope) -> bool:
    return any(name in _OF_A_BODY for name, _ in scope["headers"])
