"""How large a request may be: nothing beyond that is read, whoever sends it."""

from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2 * 2**20
"""Room for the longest draft of a decision table, percent-encoded by a form; far too little for a flood."""


class BoundedBodies:
    """Pure ASGI: 413 beyond MOST_BYTES, before a body is gathered in memory and before its sender is looked up.

    `but` lists the paths whose routes read bodies piece by piece, with a bound of their own.
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
                # Not a Problem: FastAPI turns every other error while a body is read into a bad request.
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        await self.app(scope, bounded, send)
