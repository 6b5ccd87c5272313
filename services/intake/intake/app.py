"""Intake put together: settings, clients, handlers, routes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from contracts.topics import COUNTS, REPORTS, ROSTERS
from fastapi import FastAPI
from kit import health, mongo
from kit.kafka import Kafka
from kit.sealed import KeyVault
from kit.serve import application
from web.callers import Callers

from intake import api, consumers, openapi
from intake.agencies.api import routes as agency_routes
from intake.agencies.issuers import issuers_of
from intake.agencies.store import Agencies
from intake.agencies.tokens import Tokens
from intake.amending import Amendments
from intake.arrivals import Sealing
from intake.batches.api import BATCHES
from intake.batches.api import routes as batch_routes
from intake.batches.store import Batches
from intake.batches.uploading import Uploads
from intake.batches.working import Batching, ReportRows, Rows
from intake.counting import Counts
from intake.form import pages as form
from intake.gate import Gate, Limits
from intake.handlers import Feedback, Reception
from intake.hearing import Heard
from intake.ledger import pages as sheets
from intake.ledger.accounts import Accounts
from intake.ledger.api import routes as ledger_routes
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger
from intake.ledger.watching import Watching
from intake.reconciling import Reconciliation
from intake.rosters.store import Entries
from intake.rosters.taking import RosterRows
from intake.settings import Settings
from intake.silence import Listening
from intake.statuses import Statuses
from intake.store import Reports
from intake.webhooks.addresses import Addresses
from intake.webhooks.api import routes as webhook_routes
from intake.webhooks.delivering import Delivering
from intake.webhooks.store import Webhooks
from intake.webhooks.telling import Telling


def create_app(settings: Settings) -> FastAPI:
    """Intake, ready to be served; it connects when it starts."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "intake")
    vault = KeyVault.of(client, settings)
    kafka = Kafka.of(settings, "intake")
    agencies, reports = Agencies(database), Reports(database, kafka.publish)
    counts = Counts(reports, kafka.publish, every=settings.count_seconds, late_after=settings.late_seconds)
    ledger = Ledger(database)
    following = Following(ledger)
    accounts = Accounts(ledger, following, settle=settings.gap_seconds)
    watching = Watching(ledger, following, accounts, every=settings.listen_seconds)
    reception = Reception(reports, vault, following, counts.touch, most_waiting=settings.most_waiting)
    sealing = Sealing(vault, settings.key_bytes("blind_index_key"))
    amendments = Amendments(reports, vault, sealing, settings.body_bytes)
    limits = Limits(settings.rate_limit, json.loads(settings.rate_limits))
    gate = Gate(agencies, Tokens(issuers_of(settings.oidc_issuers), agencies), limits)
    batches = Batches(database)
    uploads = Uploads(batches, vault, settings.key_bytes("blind_index_key"))
    entries = Entries(database, kafka.publish)
    rows: dict[str, Rows] = {"reports": ReportRows(sealing, reception), "roster": RosterRows(entries, vault, sealing)}
    batching = Batching(batches, uploads, rows)
    webhooks, addresses = Webhooks(database), Addresses(settings.webhook_networks)
    delivering = Delivering(webhooks, vault, addresses)
    heard = Heard(kafka.publish, every=settings.heard_seconds)
    listening = Listening(reports, agencies.suspended, heard.tell, every=settings.listen_seconds)
    consumers.subscribe(kafka, Feedback(reports, counts.touch, Telling(reports, webhooks).tell))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with (
            kafka.running([REPORTS, COUNTS, ROSTERS], [reports.outbox, entries.outbox]),
            counts.running(),
            batching.running(),
            delivering.running(),
            listening.running(),
            watching.running(),
        ):
            yield
        client.close()

    async def database_answers() -> bool:
        await mongo.ping(client)
        return True

    seeded = partial(agencies.prepare, json.loads(settings.agencies_seed))
    stores = (reports, batches, entries, webhooks, vault)
    app = application("Safety Net intake", lifespan, [seeded, *(store.prepare for store in stores)], streams=[BATCHES])
    app.router.routes.insert(0, api.posting(gate, sealing, reception, settings.body_bytes))
    statuses = Statuses(reports, vault)
    reconciling = Reconciliation(reports, following)
    app.include_router(api.routes(gate, statuses, amendments, reconciling, settings.body_bytes))
    app.include_router(batch_routes(gate, batches, uploads))
    app.include_router(webhook_routes(gate, webhooks, vault, addresses, settings.body_bytes))
    app.include_router(form.routes())
    app.mount("/form/static", form.static())
    sheets.install(app)
    callers = Callers(settings.callers)
    app.include_router(ledger_routes(gate, accounts, agencies, callers))
    app.include_router(agency_routes(agencies, listening, callers))
    # Kafka is no condition: while it is away intake takes reports all the same.
    app.include_router(health.routes({"database": database_answers}, kafka.is_moving))
    openapi.describe(app)
    return app
