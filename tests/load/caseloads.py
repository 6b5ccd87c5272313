"""What a worker opens in the morning, and a supervisor on Friday, among few and many stored cases.

`python -m stack exec -- python -m tests.load.caseloads [CASES ...]` (1,000 and 100,000 unless told, ten tasks each), or
with MONGO_URL given. A unit carries 125 open cases in both; what grows is what a county has behind it, and how many
units there are. Sizes are measured in turns, in one run; only the ratio of their p95 counts.
"""

import asyncio
import json
import os
import random
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from contracts.cases import CaseId
from contracts.event import BlindIndex
from kit import mongo
from network.app import create_app
from network.cases.documents import document_of
from network.cases.domain import findings, reports
from network.cases.domain.case import Assessment, Case
from network.settings import Settings
from network.tasks import store as task_store
from rich.console import Console
from rich.table import Table
from web.callers import digest

from tests.integration.network_desk import Person
from tests.integration.network_stage import COUNTY, decided, someone
from tests.parts import random_key
from tests.passwords import PASSWORD

SIZES = (1_000, 100_000)
TASKS = 10
CARRIED = 125
"""Open cases of one unit."""
LOOKS = 200
WARM = 30
AT_ONCE = 1_000
WHAT = ("today", "case page", "owed", "case", "list", "friday", "friday list")
TOKEN = secrets.token_hex(16)


def unit(number: int) -> str:
    return f"{COUNTY}/unit_{number}"


def template() -> Case:
    """A case at work, made by the rules; what is stored are copies of it under other ids."""
    at = datetime.now(UTC) - timedelta(days=20)
    case = reports.open_case(CaseId("t"), decided("r", unit=unit(0), received_at=at), cause="c", at=at)
    case = reports.accept(case, case.reports[0].report_id, unit(0), "陳社工", cause="a", at=at)
    case = findings.assess(
        case,
        Assessment("t.1", at, "陳社工", opened=True, needs=("economic_hardship",)),
        cause="s",
        watch=timedelta(days=30),
    )
    for number in range(TASKS - 1):
        case = findings.give(
            case, unit(0), "home_visit", due_at=at, by="陳社工", cause=f"t{number}", at=at, person="陳社工"
        )
    return case


def copies(like: Case, count: int, rng: random.Random) -> list[Case]:
    """So many cases: the first of every unit's are open, all others closed."""
    open_units = max(1, min(count // CARRIED, 40))
    made = []
    for number in range(count):
        is_open = number < open_units * CARRIED
        made.append(_copy(like, unit(number % open_units), rng, is_open=is_open))
    return made


def _copy(like: Case, unit: str, rng: random.Random, *, is_open: bool) -> Case:
    id, opened_at = CaseId(str(uuid4())), datetime.now(UTC) - timedelta(days=rng.randint(1, 2_000))
    due_at = datetime.now(UTC) + timedelta(days=rng.uniform(-5, 60))
    state: Any = "open" if is_open else "done"
    tasks = tuple(
        replace(task, id=f"{id}-{n}", case_id=id, unit=unit, due_at=due_at, state=state, pressed=100)  # type: ignore[arg-type]
        for n, task in enumerate(like.tasks)
    )
    report = replace(like.reports[0], report_id=f"r-{id}")  # type: ignore[arg-type]
    return replace(
        like, id=id, opened_at=opened_at, lead=replace(like.lead, unit=unit), tasks=tasks, reports=(report,),
        family_keys=(BlindIndex(f"k:{id}"),), state="opened" if is_open else "closed",
    )  # fmt: skip


async def fill(url: str, prefix: str, cases: Sequence[Case]) -> None:
    """Store the cases with their tasks as the service writes them."""
    client = mongo.connect(url)
    database = client[prefix + "network"]
    for start in range(0, len(cases), AT_ONCE):
        some = cases[start : start + AT_ONCE]
        await database["cases"].insert_many([document_of(case) for case in some], ordered=False)
        tasks = [task_store._document(task) for case in some for task in case.tasks]
        await database["tasks"].insert_many(tasks, ordered=False)
    client.close()


@asynccontextmanager
async def served(url: str, kafka: str, prefix: str, cases: Sequence[Case]) -> AsyncIterator[httpx.AsyncClient]:
    """Network over these stored cases, for one worker of the first unit, and the county's supervisor at the pages."""
    callers = [
        {
            "name": "陳社工",
            "role": "caseworker",
            "counties": [COUNTY],
            "units": [unit(0)],
            "token_sha256": digest(TOKEN),
        }
    ]
    settings = Settings(
        mongo_url=url, kafka_bootstrap=kafka, database_prefix=prefix, topic_prefix=prefix, master_key=random_key(),
        blind_index_key=random_key(), callers=json.dumps(callers),
        officers=json.dumps([someone("head", "王督導", "supervisor")]),
    )  # fmt: skip
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://network", headers=headers) as http,
    ):
        while (await http.get("/readyz")).status_code != httpx.codes.OK:
            await asyncio.sleep(0.05)
        await fill(url, prefix, cases)
        await Person(http).does("/sign-in?lang=en", "/sign-in", username="head", password=PASSWORD)
        yield http


async def measure(url: str, kafka: str, sizes: Sequence[int], looks: int) -> dict[str, Any]:
    """p50 and p95 of each look by size, and how the p95 grew from the fewest to the most."""
    like, rng = template(), random.Random(1)
    prefixes = [f"caseloads{secrets.token_hex(3)}_" for _ in sizes]
    stored = [copies(like, size, rng) for size in sizes]
    try:
        async with AsyncExitStack() as stack:
            https = [
                await stack.enter_async_context(served(url, kafka, prefix, cases))
                for prefix, cases in zip(prefixes, stored, strict=True)
            ]
            seconds = await _look(https, stored, looks)
    finally:
        client = mongo.connect(url)
        for name in await client.list_database_names():
            if name.startswith(tuple(prefixes)):
                await client.drop_database(name)
        client.close()
    rows: list[dict[str, Any]] = [
        {"cases": size, "tasks": size * TASKS} | {look: _figures(each[look]) for look in each}
        for size, each in zip(sizes, seconds, strict=True)
    ]
    growth = {look: rows[-1][look]["p95_ms"] / rows[0][look]["p95_ms"] for look in seconds[0]}
    return {"sizes": rows, "p95 growth": growth}


async def _look(
    https: Sequence[httpx.AsyncClient], stored: Sequence[Sequence[Case]], looks: int
) -> list[dict[str, list[float]]]:
    found: list[dict[str, list[float]]] = [{look: [] for look in WHAT} for _ in https]
    mine = [[case.id for case in cases if case.lead.unit == unit(0) and case.is_open] for cases in stored]
    for number in range(looks + WARM):
        for http, ids, seconds in zip(https, mine, found, strict=True):
            paths = {
                "today": "/today",
                "case page": f"/cases/{ids[number % len(ids)]}",
                "owed": f"/v1/tasks?unit={unit(0)}",
                "case": f"/v1/cases/{ids[number % len(ids)]}",
                "list": f"/v1/cases?county={COUNTY}&state=open",
                "friday": "/friday",
                "friday list": "/friday/unseen",
            }
            for look in WHAT:
                began = time.perf_counter()
                answer = await http.get(paths[look])
                took = time.perf_counter() - began
                assert answer.status_code == httpx.codes.OK, answer.text
                if number >= WARM:
                    seconds[look].append(took)
    return found


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20)
    return {"p50_ms": round(statistics.median(seconds) * 1000, 2), "p95_ms": round(cuts[18] * 1000, 2)}


def show(result: dict[str, Any], console: Console) -> None:
    table = Table("cases", "tasks", "look", "p50 ms", "p95 ms")
    for row in result["sizes"]:
        for look in WHAT:
            table.add_row(f"{row['cases']:,}", f"{row['tasks']:,}", look, *map(str, row[look].values()))
    console.print(table)
    console.print({look: f"p95 most cases / fewest: {ratio:.2f}" for look, ratio in result["p95 growth"].items()})


if __name__ == "__main__":
    wanted = [int(each) for each in sys.argv[1:]] or SIZES
    show(asyncio.run(measure(os.environ["MONGO_URL"], os.environ["KAFKA_BOOTSTRAP"], wanted, LOOKS)), Console())
