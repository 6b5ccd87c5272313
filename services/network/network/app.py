"""The network service: settings, clients, stores, handlers, routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from contracts.roles import May, who
from contracts.topics import CASES, TASKS
from fastapi import FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.repeating import repeating
from kit.sealed import BlindIndexes, KeyVault
from kit.serve import application
from web import door as entrance
from web import pages as shared
from web.callers import Callers

from network import consumers, desk_pages, frame
from network.book import Book
from network.cases import (
    act_pages,
    api,
    caseload_pages,
    closing_api,
    guard,
    hands_api,
    merging_api,
    plan_pages,
    work_api,
)
from network.cases import pages as case_pages
from network.cases.acts import Acts
from network.cases.caseloads import Caseloads
from network.cases.family import People
from network.cases.handlers import Handlers
from network.cases.sealing import Sealing
from network.cases.store import Cases
from network.figures import api as figures_api
from network.figures.store import Figures
from network.looks import api as looks_api
from network.looks import pages as look_pages
from network.looks.store import Looks
from network.rosters.store import RosterEntries
from network.settings import Settings
from network.tasks import api as tasks_api
from network.tasks import pressing
from network.tasks.store import Tasks


def create_app(settings: Settings) -> FastAPI:
    client = mongo.connect(settings.mongo_url)
    kafka = Kafka.of(settings, "network")
    database = mongo.database(client, settings.database_prefix + "network")
    book = Book(client, kafka.publish)
    tasks = Tasks(book, database)
    cases = Cases(book, database, tasks)
    rosters, figures, looks = RosterEntries(database), Figures(database), Looks(database)
    consumers.subscribe(kafka, Handlers(cases), rosters)

    vault = KeyVault.of(client, settings)
    acts = Acts(cases)
    parts = api.Parts(cases, tasks, acts, Caseloads(cases, tasks, acts), Sealing(vault), guard.load())
    shown = frame.Pages()
    door = entrance.Door.of("network", database, settings, roles=who(May.WORK), key=settings.key_bytes("master_key"))
    telling = pressing.Pressing(book, tasks)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            kafka.running([CASES, TASKS], book.outboxes),
            repeating(telling.tell, name="tasks_pressing", every=pressing.EVERY),
        ):
            yield
        client.close()

    ready = [tasks.prepare, cases.prepare, book.prepare, door.prepare, rosters.prepare, figures.prepare, looks.prepare]
    app = application("Safety Net: network", lifespan, ready)
    app.state.parts, app.state.tasks, app.state.figures, app.state.looks = parts, tasks, figures, looks
    app.state.callers, app.state.site = Callers(settings.callers), frame.Site(shown, door)
    app.state.people = People(vault, BlindIndexes(settings.key_bytes("blind_index_key")))
    for each in (api, work_api, hands_api, closing_api, merging_api, tasks_api, figures_api, looks_api):
        app.include_router(each.router)
    entrance.install(app, door, shown.sign_in)
    for each in (desk_pages, case_pages, plan_pages, act_pages, caseload_pages, look_pages):
        app.include_router(each.router)
    app.mount(shared.STATIC, shared.static())
    app.mount("/static", frame.static())
    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    app.include_router(health.routes(checks, kafka.is_moving))
    return app
