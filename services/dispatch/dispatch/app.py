"""The composition root of dispatch: settings in, application out; read it top to bottom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contracts.roles import ROLES
from contracts.topics import DECISIONS
from fastapi import FastAPI
from kit import health, mongo
from kit.kafka import Kafka
from kit.sealed import BlindIndexes, KeyVault
from kit.serve import application
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from web import door as entrance
from web.callers import Callers

from dispatch import api, consumers, stages_api
from dispatch.board import acts, desk_pages, kin_pages, people_pages, web
from dispatch.board.hub import Hub
from dispatch.board.panels import Panels
from dispatch.board.reading import Reading
from dispatch.board.store import Looks
from dispatch.figures import crosstab_pages, gauges
from dispatch.figures import pages as analysis_pages
from dispatch.figures.analysis import Analysis
from dispatch.policy import policies
from dispatch.publishing import api as tables_api
from dispatch.publishing import pages as tables_pages
from dispatch.publishing.desk import Publishing
from dispatch.publishing.in_force import TablesInForce
from dispatch.publishing.replays import Replays
from dispatch.publishing.store import Tables
from dispatch.settings import Settings
from dispatch.site.door import Door, sign_in_page
from dispatch.site.pages import Pages
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.handlers import Handlers
from dispatch.window.investigations import Investigating
from dispatch.window.rulings import Rulings
from dispatch.window.shifts import Shifts
from dispatch.window.store import Reports
from dispatch.window.supervisors import Supervisors
from dispatch.window.teaching import Teaching
from dispatch.window.transfers import Transfers
from dispatch.window.verdicts import Verdicts


def now() -> datetime:
    """UTC, to the millisecond: as MongoDB keeps it, so that a time read again is the time that was written."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def create_app(settings: Settings) -> FastAPI:
    """The whole service; nothing connects before it is served."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "dispatch")
    vault = KeyVault.of(client, settings)
    kafka = Kafka.of(settings, "dispatch")
    reports = Reports(client, database, kafka.publish)
    indexes = BlindIndexes(settings.key_bytes("blind_index_key"))
    tables = Tables(client, database)
    in_force = TablesInForce(tables, policies())
    if settings.reads:
        consumers.subscribe(kafka, Handlers(reports, vault, indexes, in_force, now, Supervisors(settings.officers)))
    rulings, claims = Rulings(reports, vault, in_force, now), Claims(reports, now)

    way_in, looks = entrance.Door.of("dispatch", database, settings, roles=ROLES), Looks(database)
    door = Door(way_in)
    pages = Pages(now, demo=settings.demo)
    hub = Hub(reports, pages, now, door.still, kafka.standing)
    reading = Reading(reports, vault, looks, hub, now)
    shifts, panels = Shifts(database, reports, vault, claims, now), Panels(pages, reading)
    teaching, transfers = Teaching(reports, now), Transfers(reports, vault, in_force, now)
    investigating = Investigating(reports, vault, rulings, now)
    desk = acts.Desk(claims, rulings, Asking(reports, vault, now), teaching, transfers, investigating)
    replays = Replays(tables, settings.mongo_url, settings.database_prefix + "dispatch", now)
    publishing = Publishing(tables, in_force, now)
    tables_desk = tables_pages.TablesDesk(pages, door, reading, shifts, publishing, replays, now)
    cross_desk = crosstab_pages.CrossDesk(pages, door, reading, shifts, reports, now)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await in_force.read()  # a version that cannot be read keeps it from starting, not each report from its decision
        async with (
            replays.running(),
            hub.running(),
            transfers.running(),
            gauges.running(reports, now),
            kafka.running([DECISIONS], [reports.outbox]),
        ):
            yield
        client.close()

    async def database_answers() -> bool:
        await mongo.ping(client)
        return True

    async def kafka_answers() -> bool:
        return kafka.connected

    stores = (reports, way_in.sessions, looks, shifts, vault, tables)
    app = application("Safety Net: dispatch 集中篩派案", lifespan, [store.prepare for store in stores])
    app.include_router(api.routes(reports, rulings, Callers(settings.callers), now))
    app.include_router(stages_api.routes(reports, teaching, transfers, investigating, Callers(settings.callers), now))
    entrance.install(app, way_in, partial(sign_in_page, pages))
    app.include_router(web.routes(pages, hub, door, reading, shifts))
    app.include_router(acts.routes(panels, door, reading, desk))
    app.include_router(kin_pages.routes(panels, door, Verdicts(reports, vault, rulings, in_force, now)))
    app.include_router(desk_pages.routes(pages, door, reading, shifts, now))
    app.include_router(analysis_pages.routes(pages, door, reading, shifts, Analysis(reports, now)))
    app.include_router(tables_api.routes(publishing, replays, Callers(settings.callers), now))
    app.include_router(tables_pages.routes(tables_desk))
    app.include_router(crosstab_pages.routes(cross_desk))
    app.include_router(people_pages.routes(people_pages.Office(pages, door, reading, way_in.sessions, looks, now)))
    app.include_router(health.routes({"database": database_answers, "kafka": kafka_answers}, kafka.is_moving))
    app.add_middleware(GZipMiddleware, minimum_size=2_000)  # leaves event streams alone
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "site" / "static"))
    return app
