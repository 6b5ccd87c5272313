"""The network service: settings, clients, handlers, routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from contracts.roles import May, who
from contracts.topics import CASES
from fastapi import FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.sealed import KeyVault
from kit.serve import application
from web import door as entrance
from web import pages as shared
from web.callers import Callers

from network import api, consumers, pages
from network.desk import Desk
from network.handlers import Handlers
from network.people import People
from network.rosters import RosterEntries
from network.settings import Settings
from network.store import Cases


def create_app(settings: Settings) -> FastAPI:
    client = mongo.connect(settings.mongo_url)
    kafka = Kafka.of(settings, "network")
    database = mongo.database(client, settings.database_prefix + "network")
    cases = Cases(client, database, kafka.publish)
    handlers = Handlers(cases)
    rosters = RosterEntries(database)
    consumers.subscribe(kafka, handlers, rosters)

    vault = KeyVault.of(client, settings)
    desk, shown = Desk(cases, handlers), pages.Pages()
    door = entrance.Door.of("network", database, settings, roles=who(May.WORK), key=settings.key_bytes("master_key"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with kafka.running([CASES], cases.outboxes):
            yield
        client.close()

    app = application("Safety Net: network", lifespan, [cases.prepare, door.prepare, rosters.prepare])
    app.state.parts, app.state.callers = api.Parts(cases, desk), Callers(settings.callers)
    app.include_router(api.router)
    entrance.install(app, door, shown.sign_in)
    app.include_router(pages.routes(cases, desk, People(vault), door, shown))
    app.mount(shared.STATIC, shared.static())
    app.mount("/static", pages.static())
    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    app.include_router(health.routes(checks, kafka.is_moving))
    return app
