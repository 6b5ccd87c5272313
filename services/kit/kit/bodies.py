"""How much a request may hold: it is read no further than that, whoever sends it."""

from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2 * 2**20
"""The longest draft of a decision table as a form sends Chinese fits; nothing near a flood does."""


class BoundedBodies:
    """Pure ASGI: 413 beyond MOST_BYTES, before a body is gathered in memory and anybody asks who sent it.

    `but` are the paths whose routes read bodies piece by piece, with a bound of their own.
    """

    def __init__(self, app: ASGIApp, but: Collection[str] = ()) -> None:
        self.app = app
        self._but = frozenset(but)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._but:
            await self.app(scope, receive, send)
            return
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST_BYTES:
                # Not a Problem: whatever else goes wrong while it reads a body FastAPI calls a bad request.
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        await self.app(scope, bounded, send)
