"""Intake put together: settings, clients, handlers, routes."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.topics import COUNTS, REPORTS
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from kit import health, mongo, problems
from kit.kafka import Kafka
from kit.problems import Unavailable
from kit.sealed import KeyVault
from kit.serve import application
from kit.telemetry import log

from intake import api, consumers, openapi
from intake.amending import Amendments
from intake.arrivals import Sealing
from intake.counting import Counts
from intake.gate import Gate
from intake.handlers import RETRY, Feedback, Reception
from intake.settings import Settings
from intake.store import Agencies, Reports


def create_app(settings: Settings) -> FastAPI:
    """Intake, ready to be served; it connects when it starts."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "intake")
    vault = KeyVault.of(client, settings)
    kafka = Kafka.of(settings, "intake")
    agencies, reports = Agencies(database), Reports(database, kafka.publish)
    counts = Counts(reports, kafka.publish, every=settings.count_seconds, late_after=settings.late_seconds)
    reception = Reception(reports, vault, counts.touch, most_waiting=settings.most_waiting)
    sealing = Sealing(vault, settings.key_bytes("blind_index_key"))
    amendments = Amendments(reports, vault, sealing, settings.body_bytes)
    gate = Gate(agencies, settings.rate_limit)
    consumers.subscribe(kafka, Feedback(reports, counts.touch))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await agencies.prepare(json.loads(settings.agencies_seed))
        await reports.prepare()
        await vault.prepare()
        async with kafka.running([REPORTS, COUNTS], [reports.outbox]), counts.running():
            yield
        client.close()

    async def database_answers() -> bool:
        await mongo.ping(client)
        return True

    app = application("Safety Net intake", lifespan)
    app.add_exception_handler(mongo.DatabaseError, _database_failed)
    app.router.routes.insert(0, api.posting(gate, sealing, reception, settings.body_bytes))
    app.include_router(api.routes(gate, reports, amendments, settings.body_bytes))
    # Kafka is no condition: while it is away intake takes reports all the same.
    app.include_router(health.routes({"database": database_answers}))
    openapi.describe(app)
    return app


async def _database_failed(request: Request, error: Exception) -> JSONResponse:
    log.error("database_failed", error=error)
    problem = Unavailable(
        "The database is away: send the same again, with the same Idempotency-Key.",
        "資料庫暫時無法使用：請以相同的 Idempotency-Key 重送。",
        headers=RETRY,
    )
    return problems.response(problem, request)
