"""Deciding one report among many stored people: the p99 of the transaction that looks its people up, and its growth.

`python -m stack exec -- python -m tests.load.lookup [PEOPLE ...]` (10,000, 100,000 and 1,000,000 unless told), or
with MONGO_URL given. What is measured is the whole of `Handlers.on_reports` for one report: its keys touched, those
known under them read, the decision, and the write.
"""

import asyncio
import json
import os
import secrets
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from contracts.people import Person, Place, Role
from contracts.reports import CaseType, Report
from dispatch.window.keys.store import REMEMBERED
from kit import mongo
from kit.sealed import BlindIndexes
from rich.console import Console
from rich.table import Table
from rules.national_id import check_digit_holds
from rules.people import Index, Keys, keys_of

from tests.integration.dispatch_reports import COUNTY, body
from tests.integration.dispatch_stage import Window, make_window
from tests.load.identity import figures
from tests.parts import random_key

SIZES = (10_000, 100_000, 1_000_000)
LOOKUPS = 1_000
WARM = 50
"""Reports decided before the clock runs: connections and plans are made by then."""
AT_ONCE = 2_000
HOUSE = 3
SHARED = ("nb", "sg", "sb", "ny", "na", "ad")
"""Kinds of key under which several of these people are known; all others are one person's."""
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高"
GIVEN = ["怡君", "雅婷", "淑芬", "志明", "俊傑", "淑惠", "美玲", "家豪", "雅雯", "冠宇"]
GLYPHS = "文英秀玉美惠明麗華春金宏志建國偉佳詩雅婷欣怡宗翰承恩品妤子晴柏睿"
TOWNS = ("民雄鄉", "朴子市", "布袋鎮", "水上鄉", "中埔鄉", "竹崎鄉", "太保市", "大林鎮", "新港鄉", "東石鄉")


@dataclass
class People:
    """People of a county, the same for the same seed; some names are borne by thousands (陳怡君)."""

    rng: Random
    names: Sequence[str] = ()
    weights: Sequence[float] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        given = [*GIVEN, *(one + other for one in GLYPHS[:18] for other in GLYPHS[18:])]
        self.names = [surname + name for name in given for surname in SURNAMES]
        self.weights = [1 / (rank + 30) for rank in range(len(self.names))]

    def made(self, first: int, count: int) -> Iterator[Person]:
        """`count` subjects, three to a house; number, id and phone are one person's."""
        names = self.rng.choices(self.names, self.weights, k=count)
        for number, name in enumerate(names, first):
            yield Person.model_construct(
                role=Role.SUBJECT, name=name, national_id=_national_id(number), phones=(f"09{number:08}",),
                birth_date=date(1940, 1, 1) + timedelta(self.rng.randrange(80 * 365)), residence=_home(number // HOUSE),
            )  # fmt: skip


def _national_id(number: int) -> str:
    stem = f"{'ABCDEFGHJK'[number // 10**7 % 10]}2{number % 10**7:07}"
    return next(id for check in range(10) if check_digit_holds(id := f"{stem}{check}"))


def _home(house: int) -> Place:
    return Place(county=COUNTY, township=TOWNS[house % len(TOWNS)], address=f"中山路{house}號")


def keys_for(person: Person, index: Index) -> Keys:
    """As dispatch makes them of a report about this person alone."""
    return keys_of(Report.model_construct(case_type=CaseType.ADULT_PROTECTION, county=COUNTY, people=(person,)), index)


async def store(window: Window, index: Index, count: int, rng: Random) -> None:
    """People as they lie there after years: a decided report each, registered under all their keys."""
    [id] = await window.decided(99_000_000)
    like, under = await window.document(id), dict[str, list[str]]()
    people = enumerate(People(Random(count)).made(0, count))
    while some := list(islice(people, AT_ONCE)):
        reports, keys = [], []
        for number, person in some:
            known = keys_for(person, index)
            report_id = f"stored-{number:07}"
            reports.append(_report(like, report_id, known, rng))
            for key in known.blocking:
                if key.startswith(SHARED):
                    under.setdefault(key, []).append(report_id)
                else:
                    keys.append({"_id": key, "reports": [report_id], "touched": 1})
        await asyncio.gather(_insert(window, "reports", reports), _insert(window, "keys", keys))
    shared = ({"_id": key, "reports": ids[-REMEMBERED:], "touched": len(ids)} for key, ids in under.items())
    while some_keys := list(islice(shared, 10 * AT_ONCE)):
        await _insert(window, "keys", some_keys)


async def _insert(window: Window, collection: str, documents: list[dict[str, Any]]) -> None:
    await window.documents.database[collection].insert_many(documents, ordered=False)


def _report(like: dict[str, Any], id: str, keys: Keys, rng: Random) -> dict[str, Any]:
    at = like["received_at"] - timedelta(days=rng.randint(3, 2_000))
    return like | {"_id": id, "keys": keys.stored(), "person": min(keys.subject), "received_at": at, "occurred_at": at,
                   "day": at.date().isoformat(), "outbox": []}  # fmt: skip


async def look_up(window: Window, count: int, lookups: int, rng: Random) -> list[float]:
    """Seconds for each of so many reports: of someone known, of a namesake, of somebody new, in turn."""
    seconds: list[float] = []
    strangers = list(People(rng).made(count + 10**6, lookups + WARM))
    known = list(islice(People(Random(count)).made(0, count), 0, None, max(1, count // (lookups + WARM))))
    for number, stranger in enumerate(strangers):
        namesake = stranger.model_copy(update={"name": "陳怡君"})
        person = (known[number % len(known)], namesake, stranger)[number % 3]
        sent = body(1, people=[person.model_dump(mode="json", exclude_none=True)])
        sent["event"]["occurred_at"] = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
        received = await window.received(sent)
        began = time.perf_counter()
        await window.handlers.on_reports([received])
        seconds.append(time.perf_counter() - began)
    return sorted(seconds[WARM:])


async def bench(mongo_url: str, *, short: bool) -> dict[str, Any]:
    """How well people are found, and how fast: what `make bench` keeps under `identity` and `lookup`."""
    if short:
        return {"identity": figures(300), "lookup": await measure(mongo_url, (100, 1_000), 30)}
    return {"identity": figures(), "lookup": await measure(mongo_url)}


def show(result: Mapping[str, Any], console: Console) -> None:
    """Both, in the terminal."""
    table = Table("people stored", "p50 ms", "p90 ms", "p99 ms", title="deciding one report among stored people")
    for size in result["lookup"]["sizes"]:
        table.add_row(f"{size['people']:,}", *(f"{size[name]:.1f}" for name in ("p50_ms", "p90_ms", "p99_ms")))
    console.print(table, f"p99, most people / fewest: {result['lookup']['p99 growth']:.2f}")
    for name, score in result["identity"].items():
        if name != "reports":
            console.print(f"{name}: precision {score['precision']:.4f}, recall {score['recall']:.4f}")


async def measure(mongo_url: str, sizes: Sequence[int] = SIZES, lookups: int = LOOKUPS) -> dict[str, Any]:
    """Milliseconds by how many people are stored, and the growth of the p99 from the fewest to the most."""
    found = [await measure_one(mongo_url, size, lookups) for size in sizes]
    return {"sizes": found, "p99 growth": round(found[-1]["p99_ms"] / found[0]["p99_ms"], 2),
            "p50 growth": round(found[-1]["p50_ms"] / found[0]["p50_ms"], 2)}  # fmt: skip


async def measure_one(mongo_url: str, size: int, lookups: int) -> dict[str, Any]:
    """In a database of its own, dropped afterwards."""
    env = {"database_prefix": f"lookup{secrets.token_hex(4)}_", "master_key": random_key(),
           "blind_index_key": random_key()}  # fmt: skip
    client = mongo.connect(mongo_url)
    window = make_window(client, env)
    try:
        await window.reports.prepare()
        began = time.perf_counter()
        await store(window, BlindIndexes(b64decode(env["blind_index_key"])).of, size, Random(size))
        stored = time.perf_counter() - began
        seconds = await look_up(window, size, lookups, Random(1))
    finally:
        for name in ("dispatch", "keyvault"):
            await client.drop_database(env["database_prefix"] + name)
        client.close()
    at = {f"{name}_ms": round(1_000 * seconds[int(len(seconds) * share)], 2)
          for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}  # fmt: skip
    return {"people": size, "lookups": lookups, "stored_seconds": round(stored, 1), **at}


def main() -> None:
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES
    print(json.dumps(asyncio.run(measure(os.environ["MONGO_URL"], sizes)), indent=2))


if __name__ == "__main__":
    main()
