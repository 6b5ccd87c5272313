"""Network's figures on a real database alone, without Kafka; and what counties printed, recorded through the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import yaml
from fastapi import FastAPI
from kit import mongo, problems
from kit.outbox import Outgoing
from kit.sealed import BlindIndexes
from network.activities import api as records_api
from network.activities import figures_api as year_api
from network.activities.acts import Acts
from network.activities.store import Records
from network.activities.year import Years
from network.book import Book
from network.figures.crossed import api as crossed_api
from network.figures.crossed.store import Crossings
from network.figures.store import Figures
from network.once import Prints
from rules.places import villages_of
from web.callers import Callers

from tests.integration.network_stage import CENTRE, COUNTY, Stage, settings

PRINTED = yaml.safe_load((Path(__file__).parent.parent / "data/records_2021.yaml").read_text("utf-8"))
OURS = PRINTED["chiayi_county_2021"]
KEEPER = "supervisor"


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
    app.state.records, app.state.years = Acts(records), Years(records, Figures(database))
    app.state.crossings = Crossings(database)
    for each in (records_api, year_api, crossed_api):
        app.include_router(each.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://network") as http:
        yield Stage(cast("Any", None), "", app, http, "", database)
    client.close()


async def record(net: Stage, by: str = KEEPER, source: str = "", **what: Any) -> dict[str, Any]:
    return await net.did("/v1/records", {"county": COUNTY, "what": what, "source": source}, by)


async def youth(net: Stage, year: int) -> None:
    for each in OURS["youth"][year]["single"]:
        own = {name: each[name] for name in ("organiser", "funds", "sessions")}
        for _ in range(each["times"]):
            await record(net, CENTRE, of="activity", kind="youth_service", day=f"{year}-05-02", **own)
    for at, each in enumerate(OURS["youth"][year]["series"]):
        own = {name: each[name] for name in ("organiser", "funds")}
        for name in range(each["names"]):
            last = name == each["names"] - 1
            sessions = each["sessions"] - (each["names"] - 1 if last else 0) if last else 1
            await record(net, CENTRE, of="activity", kind="youth_service", day=f"{year}-06-02", sessions=sessions,
                         series=f"{at}-{name}", **own)  # fmt: skip


async def covered(net: Stage) -> None:
    for site, lacking in OURS["lacking"].items():
        for township in villages_of(COUNTY):
            sites = int(township not in lacking)
            await record(net, of="coverage", site=site, year=2021, township=township, sites=sites)
    of = OURS["prevention"]
    for at, township in enumerate(list(villages_of(COUNTY))[: of["townships"]]):
        communities = of["communities"] - 3 * (of["townships"] - 1) if at == 0 else 3
        await record(net, of="coverage", site="violence_prevention", year=2021, township=township, sites=1,
                     communities=communities)  # fmt: skip
    await record(net, of="base", name="communities", year=2021, count=of["of"])
    for each in OURS["grants"]:
        await record(net, of="grant", purpose="violence_prevention", body="中央", **each)
