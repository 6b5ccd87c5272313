"""The composition root of dispatch: settings in, application out; read it top to bottom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contracts.topics import CALENDAR, DECISIONS
from fastapi import FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.repeating import repeating
from kit.sealed import BlindIndexes, KeyVault
from kit.serve import add_routes, application
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from web import door as entrance
from web import pages as shared
from web.callers import Callers
from web.sites import Sites

from dispatch import consumers
from dispatch.api import days as days_api
from dispatch.api import decisions, statistics
from dispatch.api import tables as tables_api
from dispatch.api.decisions import Desk
from dispatch.board import day_pages, people_pages, shift_pages
from dispatch.board import pages as board_pages
from dispatch.board.acts import Acts
from dispatch.board.fragments import Fragments
from dispatch.board.hub import Hub
from dispatch.board.reading import Reading
from dispatch.board.store import Looks
from dispatch.figures import crosstab_pages, gauges
from dispatch.figures import pages as analysis_pages
from dispatch.figures.analysis import Analysis
from dispatch.figures.store import Figures
from dispatch.policy import policies
from dispatch.publishing import pages as tables_pages
from dispatch.publishing.desk import TablesDesk
from dispatch.publishing.in_force import TablesInForce
from dispatch.publishing.publication import Publishing
from dispatch.publishing.replays import Replays
from dispatch.publishing.store import Tables
from dispatch.settings import Settings
from dispatch.site.door import Door, sign_in_page
from dispatch.site.frame import Site
from dispatch.site.pages import Pages
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.days.days import Days
from dispatch.window.days.moving import EVERY as MOVE_EVERY
from dispatch.window.days.moving import Moving
from dispatch.window.days.store import Calendars
from dispatch.window.handlers import Handlers
from dispatch.window.investigations import Investigating
from dispatch.window.rulings import Rulings
from dispatch.window.shifts.shifts import Shifts
from dispatch.window.shifts.store import Notes
from dispatch.window.store import Reports
from dispatch.window.supervisors import Supervisors
from dispatch.window.teaching import Teaching
from dispatch.window.transfers import CARRY_EVERY, Transfers
from dispatch.window.verdicts import Verdicts

PAGES = (board_pages, shift_pages, day_pages, people_pages, analysis_pages, crosstab_pages, tables_pages)
API = (decisions, statistics, tables_api, days_api)


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
    calendars = Calendars(database, kafka.publish)
    in_force = TablesInForce(tables, policies(), days=calendars)
    if settings.reads:
        consumers.subscribe(kafka, Handlers(reports, vault, indexes, in_force, now, Supervisors(settings.officers)))
    rulings, claims = Rulings(reports, vault, in_force, now), Claims(reports, now)
    asking, teaching = Asking(reports, vault, now), Teaching(reports, now)
    transfers, investigating = Transfers(reports, vault, in_force, now), Investigating(reports, vault, rulings, now)
    notes, moving = Notes(database), Moving(calendars, reports, in_force, now)
    verdicts, shifts = Verdicts(reports, vault, rulings, in_force, now), Shifts(notes, reports, vault, claims, now)
    figures = Figures(database)
    analysis = Analysis(figures, reports, now)
    publishing = Publishing(tables, in_force, now)
    replays = Replays(tables, settings.mongo_url, settings.database_prefix + "dispatch", now)

    way_in = entrance.Door.of("dispatch", database, settings, key=settings.key_bytes("master_key"))
    looks = Looks(database)
    door, pages = Door(way_in), Pages(demo=settings.demo, sites=Sites(settings.sites, "dispatch"))
    hub = Hub(reports, figures, Fragments(pages, now), now, door.still, kafka=kafka.state)
    acts = Acts(claims, rulings, asking, teaching, transfers, investigating, verdicts)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await in_force.read()  # a version that cannot be read keeps it from starting, not each report from its decision
        async with (
            replays.running(),
            hub.running(),
            repeating(lambda: gauges.measure(reports, figures, now()), name="gauges", every=gauges.EVERY),
            repeating(transfers.carry_all, name="transfers", every=CARRY_EVERY),
            repeating(moving.move, name="days", every=MOVE_EVERY),
            kafka.running([DECISIONS, CALENDAR], [reports.outbox, calendars.outbox]),
        ):
            yield
        client.close()

    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    stores = (reports, way_in, looks, notes, vault, tables, calendars)
    app = application("Safety Net: dispatch 集中篩派案", lifespan, [store.prepare for store in stores])
    app.state.site = Site(pages, door, reports.counties, shifts.waiting)
    app.state.board = board_pages.Board(Reading(reports, vault, looks, hub, now), hub, acts)
    app.state.shifts, app.state.analysis, app.state.days = shifts, analysis, Days(calendars, now)
    app.state.office = people_pages.Office(way_in.sessions, looks, now)
    app.state.tables_desk = TablesDesk(publishing, replays, now)
    app.state.callers = Callers(settings.callers)
    app.state.desk = Desk(reports, rulings, teaching, transfers, investigating)
    entrance.install(app, way_in, partial(sign_in_page, pages))
    add_routes(app, *(each.router for each in (*API, *PAGES)), health.routes(checks, kafka.is_moving))
    app.add_middleware(GZipMiddleware, minimum_size=2_000)  # leaves event streams alone
    app.mount(shared.STATIC, shared.static())
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "site" / "static"))
    return app
