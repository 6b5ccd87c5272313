"""A county's year of reports to which no unit was sent: each is referred or advised, and the sums close.

`python -m stack exec -- python -m tests.load.linking`, or with MONGO_URL and KAFKA_BOOTSTRAP given. Chiayi County 2020
printed 1,350 such reports; every second family is referred to the first provider with room, the others are advised.
"""

import asyncio
import json
import os
import time
from collections import Counter

from contracts.topics import DECISIONS

from tests.integration.kafka_reading import taken
from tests.integration.network_referring import SERVICES, YEAR, keep
from tests.integration.network_stage import COUNTY, Stage, decided, stage
from tests.parts import random_key
from tests.waiting import until

_AT_ONCE = 8


async def main() -> None:
    env = {
        "mongo_url": os.environ["MONGO_URL"], "kafka_bootstrap": os.environ["KAFKA_BOOTSTRAP"],
        "topic_prefix": "linking.", "database_prefix": f"linking_{os.getpid()}_", "master_key": random_key(),
        "blind_index_key": random_key(),
    }  # fmt: skip
    async with stage(env) as net:
        print(json.dumps(await played(net), indent=1))


async def played(net: Stage) -> dict[str, object]:
    """The year, and what its figures say."""
    started, done = time.monotonic(), Counter[str]()
    for number, (_, service) in enumerate(SERVICES.values()):
        await keep(net, f"provider-{number}", service=service)
    reports = [(type_, f"{type_}-{n}") for type_, count in YEAR.items() for n in range(count)]
    for type_ in YEAR:
        ids = [report for each, report in reports if each == type_]
        await net.decide(*(decided(each, "no_dispatch", case_type=type_, resources=SERVICES[type_]) for each in ids))
    await taken(net.kafka, net.prefix, "network", [DECISIONS])
    await until(lambda: _all_known(net, len(reports)))
    room = asyncio.Semaphore(_AT_ONCE)

    async def link(number: int, type_: str, report: str) -> None:
        line, service = SERVICES[type_]
        done[service if number % 2 else line] += 1
        async with room:
            if number % 2:
                await net.did("/v1/referrals", {"report_id": report, "service": service}, "officer")
            else:
                await net.did(f"/v1/linkings/{report}/advice", {"advised": [line]}, "officer")

    await asyncio.gather(*(link(number, *each) for number, each in enumerate(reports)))
    linked = (await net.get("/v1/statistics/linkings", "analyst", county=COUNTY)).json()
    sent = (await net.get("/v1/statistics/referrals", "analyst", county=COUNTY)).json()
    by_service = {each["service"]: each["referred"] + each["advised"] for each in linked["services"]}
    return {
        "no_dispatch": linked["no_dispatch"], "referred": linked["referred"], "advised": linked["advised"],
        "open": linked["open"], "balanced": linked["balanced"], "by_service": by_service,
        "sums_equal": by_service == dict(done),
        "referrals": {each["of"]: each["equation"] for each in sent["services"]},
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


async def _all_known(net: Stage, count: int) -> bool:
    return await net.database["linkings"].count_documents({"version": {"$gt": 0}}) == count


if __name__ == "__main__":
    asyncio.run(main())
