"""Network's figures on a real database alone, without Kafka: its routes, callers and stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from fastapi import FastAPI
from kit import mongo, problems
from kit.outbox import Outgoing
from kit.sealed import BlindIndexes
from network.activities import api as records_api
from network.activities import figures_api as year_api
from network.activities.acts import Acts
from network.activities.store import Records
from network.activities.year import Years
from network.between import counting
from network.book import Book
from network.figures.crossed import api as crossed_api
from network.figures.crossed.store import Crossings
from network.figures.store import Figures
from network.once import Prints
from web.callers import Callers

from tests.integration.network_stage import Stage, settings


async def publish_nothing(_: Outgoing) -> None:
    return None


@asynccontextmanager
async def recording(env: dict[str, str]) -> AsyncIterator[Stage]:
    """What a stage is asked by, as far as figures go."""
    client = mongo.connect(env["mongo_url"])
    database = mongo.database(client, env["database_prefix"] + "network")
    told = settings(env)
    records, app = Records(Book(client, publish_nothing), database), FastAPI()
    await records.prepare()
    problems.install(app)
    app.state.callers, app.state.prints = Callers(told.callers), Prints(BlindIndexes(told.key_bytes("blind_index_key")))
    app.state.records, app.state.years = Acts(records), Years(records, counting(Figures(database)))
    app.state.crossings = Crossings(database)
    for each in (records_api, year_api, crossed_api):
        app.include_router(each.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://network") as http:
        yield Stage(cast("Any", None), "", app, http, "", database)
    client.close()
