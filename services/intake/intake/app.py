"""Intake put together: settings, clients, handlers, routes."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

from contracts.topics import COUNTS, REPORTS, ROSTERS
from fastapi import FastAPI
from kit import health, mongo
from kit.addresses import Addresses
from kit.kafka import Kafka
from kit.outbox import Outbox
from kit.sealed import KeyVault
from kit.serve import Prepare, add_routes, application
from web import pages as shared
from web.callers import Callers

from intake import api, consumers, openapi
from intake.agencies import api as agencies_api
from intake.agencies.issuers import issuers_of
from intake.agencies.store import Agencies
from intake.agencies.tokens import Tokens
from intake.amending import Amendments
from intake.api import Posting
from intake.arrivals import Sealing
from intake.batches import api as batches_api
from intake.batches.store import Batches
from intake.batches.uploading import Uploads
from intake.batches.working import Batching, ReportRows, Rows
from intake.counting import Counts
from intake.desk import api as desk_api
from intake.desk import frame as desk_frame
from intake.desk import pages as desk_pages
from intake.desk.api import Desk
from intake.desk.calls import Calls
from intake.desk.chiefs import Chiefs
from intake.desk.partners import Partners
from intake.desk.told_links import ToldLinks
from intake.earlier import Earlier
from intake.form import pages as form
from intake.gate import Gate, Limits
from intake.handlers import Feedback, Reception
from intake.hearing import Heard
from intake.ledger import api as ledger_api
from intake.ledger import pages as ledger_pages
from intake.ledger.accounts import Accounts
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger
from intake.ledger.watching import Watching
from intake.minting import Minting
from intake.parts import Parts
from intake.reconciling import Reconciliation
from intake.refs import Refs
from intake.rosters.store import Entries
from intake.rosters.taking import RosterRows
from intake.settings import Settings
from intake.silence import Listening
from intake.statuses import Statuses
from intake.store import Reports
from intake.webhooks import api as webhooks_api
from intake.webhooks.delivering import Delivering
from intake.webhooks.registry import Registry
from intake.webhooks.store import Webhooks
from intake.webhooks.telling import Telling


class Work(Protocol):
    """Background work of the service."""

    def running(self) -> AbstractAsyncContextManager[None]: ...


def create_app(settings: Settings) -> FastAPI:
    """Intake, ready to be served; it connects when it starts."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "intake")
    vault = KeyVault.of(client, settings)
    kafka = Kafka.of(settings, "intake")
    agencies, batches, ledger, webhooks = Agencies(database), Batches(database), Ledger(database), Webhooks(database)
    reports, entries = Reports(database, kafka.publish), Entries(database, kafka.publish)
    counts = Counts(reports, kafka.publish, every=settings.count_seconds, late_after=settings.late_seconds)
    following = Following(ledger)
    refs = Refs(vault)
    accounts = Accounts(ledger, following, refs, settle=settings.gap_seconds)
    watching = Watching(ledger, following, accounts, every=settings.listen_seconds)
    reception = Reception(reports, vault, following, counts.touch, most_waiting=settings.most_waiting)
    sealing = Sealing(vault, settings.key_bytes("blind_index_key"))
    tokens = Tokens(issuers_of(settings.oidc_issuers), agencies)
    gate = Gate(agencies, tokens, Limits(settings.rate_limit, json.loads(settings.rate_limits)))
    statuses, reconciliation = Statuses(reports, vault), Reconciliation(reports, following, sealing, refs)
    amendments = Amendments(reports, vault, sealing, settings.body_bytes)
    uploads = Uploads(batches, vault, settings.key_bytes("blind_index_key"))
    rows: dict[str, Rows] = {"reports": ReportRows(sealing, reception), "roster": RosterRows(entries, vault, sealing)}
    batching = Batching(batches, uploads, rows)
    minting = Minting(settings.key_bytes("blind_index_key"))
    addresses = Addresses(settings.webhook_networks, settings.webhook_ports)
    delivering, registry = Delivering(webhooks, vault, addresses), Registry(webhooks, vault, addresses, minting)
    heard = Heard(kafka.publish, every=settings.heard_seconds)
    listening = Listening(reports, agencies.suspended, heard.tell, every=settings.listen_seconds)
    partners, told_links = Partners(database, agencies, gate), ToldLinks(database)
    door = desk_frame.door_of(database, settings)
    consumers.subscribe(kafka, Feedback(reports, counts.touch, Telling(reports, webhooks).tell))

    outboxes, works = (reports.outbox, entries.outbox), (counts, batching, delivering, listening, watching)
    working = partial(_working, client, kafka, outboxes, works)
    seeded = partial(agencies.prepare, json.loads(settings.agencies_seed))
    stores = (
        reports, batches, entries, webhooks, vault, Earlier(reports, vault, sealing), partners, told_links, door
    )  # fmt: skip
    prepares: list[Prepare] = [seeded, *(each.prepare for each in stores)]
    app = application(
        "Safety Net intake", working, prepares, streams=[batches_api.BATCHES, "/v1/reports", "/v1/reconciliations"]
    )
    app.state.callers = Callers(settings.callers)
    asking = gate, statuses, amendments, reconciliation, batches, uploads, agencies, accounts, listening, registry
    app.state.parts = Parts(*asking, refs, minting, settings.body_bytes)
    app.state.desk = Desk(
        Calls(sealing, reception, told_links), Chiefs(database, sealing), partners, told_links,
        settings.public_url.rstrip("/"),
    )  # fmt: skip
    desk_frame.install(app, door, settings.sites)
    app.router.routes.insert(0, Posting(gate, partners, sealing, reception, settings.body_bytes).route())
    # Kafka is not required: intake takes reports while it is away, too.
    add_routes(app, health.routes({"database": partial(mongo.ping, client)}, kafka.is_moving))
    return _with_routes(app)


@asynccontextmanager
async def _working(
    client: mongo.Client, kafka: Kafka, outboxes: Iterable[Outbox], works: Iterable[Work], _: FastAPI
) -> AsyncIterator[None]:
    """Take and publish events and do the background work until the service stops."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(kafka.running([REPORTS, COUNTS, ROSTERS], outboxes))
        for work in works:
            await stack.enter_async_context(work.running())
        yield
    client.close()


def _with_routes(app: FastAPI) -> FastAPI:
    rooms = (api, batches_api, webhooks_api, ledger_api, agencies_api, desk_api, desk_pages)
    add_routes(app, *(each.router for each in rooms))
    for pages, path in ((form, "/form/static"), (ledger_pages, "/ledger/static")):
        add_routes(app, pages.router)
        app.mount(path, pages.static())
    app.mount(shared.STATIC, shared.static())
    openapi.describe(app)
    return app
