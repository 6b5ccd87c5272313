"""The composition root of notify, to be read from top to bottom."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import httpx
from contracts.topics import DELIVERIES
from fastapi import FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.serve import application
from web.callers import Callers

from notify import api, consumers, webhook
from notify.acceptances import Acceptances
from notify.domain.message import Json, Wording, compose
from notify.domain.tokens import AcceptTokens
from notify.handlers import Handlers
from notify.line import LineApi
from notify.pusher import Pusher
from notify.settings import Settings
from notify.store import Deliveries, Delivery, LineEvents
from notify.wording import load_wording


def create_app(settings: Settings, line_transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The service, not connected yet; `line_transport` replaces the network to LINE in tests."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "notify")
    kafka = Kafka.of(settings, "notify")
    deliveries, webhooks = Deliveries(database, kafka.publish), LineEvents(database)
    line = LineApi(
        settings.line_api_base,
        settings.line_channel_token.get_secret_value(),
        seconds=settings.line_timeout_seconds,
        connections=settings.line_concurrency + 5,
        transport=line_transport,
    )
    secret = settings.line_channel_secret.get_secret_value()
    wording, tokens = load_wording(), AcceptTokens(secret.encode())
    pusher = Pusher(
        deliveries,
        webhooks,
        line,
        partial(_message, wording, tokens, settings.sites),
        holder=settings.holder,
        concurrency=settings.line_concurrency,
        timeout=settings.line_timeout_seconds,
        backoff=settings.line_backoff_seconds,
    )
    acceptances = Acceptances(deliveries, webhooks, line, tokens, wording)
    consumers.subscribe(kafka, Handlers(deliveries, settings.groups, pusher.wake))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with kafka.running([DELIVERIES], [deliveries.outbox]), pusher.running(), acceptances.running():
            yield
        await line.close()
        client.close()

    app = application("Safety Net notify", lifespan, [deliveries.prepare, webhooks.prepare])
    app.state.deliveries, app.state.callers = deliveries, Callers(settings.callers)
    app.state.channel = webhook.Channel(secret, acceptances.take)
    app.include_router(api.router)
    app.include_router(webhook.router)
    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    app.include_router(health.routes(checks, kafka.is_moving))
    return app


def _message(wording: Wording, tokens: AcceptTokens, sites: Mapping[str, str], delivery: Delivery) -> Json:
    token = tokens.issue(delivery.id, delivery.queued_at)
    return compose(delivery.notice, wording, token=token, sites=sites)
