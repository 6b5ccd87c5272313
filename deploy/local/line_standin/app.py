"""Puts the stand-in together: settings, channel, LINE's API, the controls, the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from line_standin.account import AccountApi
from line_standin.channel import Channel
from line_standin.circumstances import Circumstances
from line_standin.controls import Controls
from line_standin.groups import load_groups
from line_standin.journal import Journal
from line_standin.membership import Membership
from line_standin.messaging import LineApi, refusal
from line_standin.pages import Pages
from line_standin.pressing import Presser
from line_standin.refusals import NOT_FOUND, Refused
from line_standin.settings import Settings
from line_standin.tokens import Tokens
from line_standin.webhook import Webhook


def create_app(settings: Settings) -> FastAPI:
    """The stand-in as an ASGI application."""
    channel = Channel(load_groups(settings.line_groups), Journal(settings.line_state), settings.line_quota)
    webhook = Webhook(settings.notify_webhook_url, settings.line_channel_secret.get_secret_value())
    presser = Presser(channel, webhook)
    secret = settings.line_channel_secret.get_secret_value()
    tokens = Tokens(settings.line_channel_token.get_secret_value(), settings.line_channel_id, secret)
    line = LineApi(channel, tokens, hold=settings.line_hold)
    account = AccountApi(channel, tokens, webhook)
    controls = (Controls(channel, presser), Circumstances(tokens, webhook, Membership(channel, webhook)))
    pages = Pages(channel, presser)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        channel.restore()
        yield
        channel.journal.close()
        await webhook.close()

    app = FastAPI(title="LINE stand-in", version="1", lifespan=lifespan)
    app.router.routes.extend([*line.routes(), *account.routes(), *pages.routes()])
    for each in controls:
        app.include_router(each.router())
    app.add_api_route("/healthz", _alive, tags=["health"])
    app.add_api_route("/readyz", _alive, tags=["health"])
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.state.channel = channel
    return app


async def _alive() -> dict[str, str]:
    """Alive, and ready: nothing else is needed to serve."""
    return {"status": "ok"}


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(error, str(uuid4()))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = NOT_FOUND if error.status_code == 404 and error.detail == "Not Found" else error.detail
    return JSONResponse({"message": words}, error.status_code, headers=error.headers)
