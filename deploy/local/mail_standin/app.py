"""The page beside the mail server: who was written what, and the same for programs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from aiosmtpd.smtp import SMTP
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader
from rules.spans import TAIPEI
from web.headers import headers
from web.pages import STATIC, static

from mail_standin.mailbox import Mailbox
from mail_standin.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The stand-in as an ASGI application; its mail server lives as long as it does."""
    mailbox = Mailbox(settings.mail_kept)
    page = Environment(loader=PackageLoader("mail_standin"), autoescape=True).get_template("page.html")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        def connected() -> SMTP:
            return SMTP(mailbox, enable_SMTPUTF8=True)

        server = await asyncio.get_running_loop().create_server(connected, settings.host, settings.mail_port)
        async with server:
            yield

    async def shown() -> HTMLResponse:
        """Every message, the newest first."""
        found = [asdict(each) | {"at": each.at.astimezone(TAIPEI)} for each in reversed(list(mailbox))]
        return HTMLResponse(page.render(messages=found), headers=headers())

    async def messages() -> dict[str, Any]:
        """Every message, the oldest first."""
        return {"messages": [asdict(each) for each in mailbox]}

    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    app = FastAPI(title="Mail stand-in", version="1", lifespan=lifespan)
    app.add_api_route("/", shown, response_class=HTMLResponse)
    app.add_api_route("/_standin/messages", messages)
    app.add_api_route("/readyz", alive)
    app.mount(STATIC, static())
    return app
