"""What is searched in a directory and listed of referrals, among few and many: p95 side by side, in turns, in one run.

`python -m stack exec -- python -m tests.load.directories [PLACES REFERRALS ...]` (100 1,000 and 10,000 1,000,000 unless
told), or with MONGO_URL given; nothing here waits for Kafka. A unit has as many referrals in both; what grows is the
county's directory, and what all its units have behind them. Only the ratio of the p95 counts.
"""

import asyncio
import json
import os
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from kit import mongo
from network.app import create_app
from network.directory.bodies import EntryBody
from network.directory.documents import document_of
from network.directory.domain.entry import looked_at, written
from network.directory.townships import townships
from network.referrals import store as referral_store
from network.referrals.domain.referral import Referral, Said, sent
from network.services import catalogue
from network.settings import Settings
from rich.console import Console
from rich.table import Table
from web.callers import digest

from tests.integration.network_desk import Person
from tests.integration.network_stage import COUNTY, someone
from tests.load.caseloads import _figures
from tests.parts import random_key
from tests.passwords import PASSWORD

AWAY = "127.0.0.1:1"
"""No Kafka."""
Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((100, 1_000), (10_000, 1_000_000))
CARRIED = 200
"""Referrals of one unit."""
LOOKS, WARM, AT_ONCE = 200, 30, 5_000
TOKEN = secrets.token_hex(16)
SERVICES = tuple(catalogue().services)
TOWNS = tuple(townships(COUNTY))
LOOKED = {
    "by service": "/v1/directory?service=counselling&limit=5",
    "by need, near": "/v1/directory?county=chiayi-county&need=economic_hardship&near=民雄鄉&limit=5",
    "near, within": "/v1/directory?county=chiayi-county&service=shelter&near=民雄鄉&within=15&limit=5",
    "free, township": "/v1/directory?county=chiayi-county&service=transport&township=太保市&free=true&limit=5",
    "page": "/directory",
    "who has room": f"/referrals/new?county={COUNTY}&service=food_bank&township=民雄鄉",
    "public": "/public/places?township=民雄鄉",
    "of a unit": f"/v1/referrals?unit={COUNTY}/unit_0",
    "open ones": f"/v1/referrals?unit={COUNTY}/unit_0&state=sent",
    "of a service": "/v1/referrals?service=counselling",
    "page of all": "/referrals",
}


def places(count: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Providers as they are stored: each with one service, most at a site, half of these for its township alone."""
    at = datetime.now(UTC)
    for number in range(count):
        town, service = rng.choice(TOWNS), SERVICES[number % len(SERVICES)]
        offer = {"id": "a", "service": service, "places": {"left": rng.randint(0, 3)}}
        offer |= {"townships": [town]} if rng.random() < 0.5 else {}
        site = [{"id": "s", "township": town}] if rng.random() < 0.8 else []
        body = {"county": COUNTY, "name": f"單位 {rng.random():.6f}", "services": [offer], "sites": site,
                "public": "friendly_shop" if rng.random() < 0.05 else None}  # fmt: skip
        content = EntryBody.model_validate(body).content(f"p{number}", at)
        entry = looked_at(written(None, f"p{number}", COUNTY, content, by="甲", at=at), right=True, by="乙", at=at)
        yield document_of(entry) | {"outbox": []}


def referrals(count: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Referrals as they are stored, copies of one under other ids: so many of every unit, over five years."""
    now, units = datetime.now(UTC), max(1, count // CARRIED)
    one = sent(Referral("x", COUNTY, "counselling", "a", "b", "陳社工", now, now), Said("陳社工", now))
    like = referral_store._document(one) | {"outbox": []}
    for number in range(count):
        at, unit = now - timedelta(seconds=rng.randint(0, 5 * 365 * 86_400)), number % units
        yield like | {
            "_id": f"r{number}", "from_unit": f"{COUNTY}/unit_{unit}", "to": f"{COUNTY}/provider.p{rng.randrange(100)}",
            "service": rng.choice(SERVICES), "state": "sent" if rng.random() < 0.2 else "done", "sent_at": at,
            "case_id": f"c{number}",
        }  # fmt: skip


async def fill(url: str, prefix: str, size: Size) -> None:
    rng = random.Random(1)
    client = mongo.connect(url)
    database = client[prefix + "network"]
    for name, documents in (("directory", places(size[0], rng)), ("referrals", referrals(size[1], rng))):
        while some := [each for _, each in zip(range(AT_ONCE), documents, strict=False)]:
            await database[name].insert_many(some, ordered=False)
    client.close()


@asynccontextmanager
async def served(url: str, prefix: str, size: Size) -> AsyncIterator[httpx.AsyncClient]:
    """Network over what is stored, for a worker of the whole county, who is signed in at the pages too."""
    callers = [{"name": "陳社工", "role": "supervisor", "counties": [COUNTY], "token_sha256": digest(TOKEN)}]
    settings = Settings(
        mongo_url=url, kafka_bootstrap=AWAY, database_prefix=prefix, topic_prefix=prefix, master_key=random_key(),
        blind_index_key=random_key(), callers=json.dumps(callers),
        officers=json.dumps([someone("head", "王督導", "supervisor")]),
    )  # fmt: skip
    app = create_app(settings)
    app.state.public_gate = app.state.public_gate.__class__("1000000/minute")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://network", headers=headers) as http,
    ):
        await fill(url, prefix, size)
        await Person(http).does("/sign-in?lang=en", "/sign-in", username="head", password=PASSWORD)
        yield http


async def measure(url: str, sizes: Sequence[Size], looks: int, warm: int = WARM) -> dict[str, Any]:
    """p50 and p95 of each look by size, and how the p95 grew from the fewest to the most."""
    prefixes = [f"directories{secrets.token_hex(3)}_" for _ in sizes]
    try:
        async with AsyncExitStack() as stack:
            https = [
                await stack.enter_async_context(served(url, prefix, size))
                for prefix, size in zip(prefixes, sizes, strict=True)
            ]
            seconds = await _look(https, looks, warm)
            exported = [await _exported(each) for each in https]
    finally:
        client = mongo.connect(url)
        for name in await client.list_database_names():
            if name.startswith(tuple(prefixes)):
                await client.drop_database(name)
        client.close()
    rows: list[dict[str, Any]] = [
        {"places": size[0], "referrals": size[1], "exported": whole} | {look: _figures(each[look]) for look in each}
        for size, each, whole in zip(sizes, seconds, exported, strict=True)
    ]
    growth = {look: rows[-1][look]["p95_ms"] / rows[0][look]["p95_ms"] for look in LOOKED}
    return {"sizes": rows, "p95 growth": growth}


async def _exported(http: httpx.AsyncClient) -> int:
    """How many providers an export has: nothing ends in silence."""
    return len((await http.get(f"/v1/directory/export?county={COUNTY}")).json()["organization"])


async def _look(https: Sequence[httpx.AsyncClient], looks: int, warm: int) -> list[dict[str, list[float]]]:
    found: list[dict[str, list[float]]] = [{look: [] for look in LOOKED} for _ in https]
    for number in range(looks + warm):
        for http, seconds in zip(https, found, strict=True):
            for look, path in LOOKED.items():
                began = time.perf_counter()
                answer = await http.get(path)
                took = time.perf_counter() - began
                assert answer.status_code == httpx.codes.OK, answer.text
                if number >= warm:
                    seconds[look].append(took)
    return found


def show(result: dict[str, Any], console: Console) -> None:
    table = Table("places", "referrals", "look", "p50 ms", "p95 ms")
    for row in result["sizes"]:
        for look in LOOKED:
            table.add_row(f"{row['places']:,}", f"{row['referrals']:,}", look, *map(str, row[look].values()))
    console.print(table)
    console.print({look: f"p95 most / fewest: {ratio:.2f}" for look, ratio in result["p95 growth"].items()})


if __name__ == "__main__":
    told = [int(each.replace(",", "")) for each in sys.argv[1:]]
    wanted = tuple(zip(told[::2], told[1::2], strict=True)) or SIZES
    show(asyncio.run(measure(os.environ["MONGO_URL"], wanted, LOOKS)), Console())
