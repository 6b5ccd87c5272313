"""HEAD as everybody who sends it means it: as GET, without the body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswersHead:
    """Pure ASGI: asks the application for what GET would get, and tells its status and headers alone.

    The answer is over with its headers, so that of a stream, which would never end, nobody waits for more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})

        await self.app({**scope, "method": "GET"}, receive, tell)
