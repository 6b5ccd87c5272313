"""How long dispatch takes to decide a batch of 500 reports: handler, domain and a real MongoDB, without Kafka.

`python -m tests.load.deciding [--rounds N] [--against CHECKOUT]`, with MONGO_URL given. With `--against` another
checkout decides the same batches in turn, each round in a process of its own; the ratios are this one's to the other's.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

from contracts.event import Event
from contracts.reports import Report, ReportId, ReportReceived, SourceUnit
from dispatch.policy import policies
from dispatch.window.handlers import Handlers
from dispatch.window.store import Reports
from kit import mongo
from kit.inbox import Received, Record
from kit.outbox import Outgoing
from kit.sealed import BlindIndexes, KeyVault, split

COUNTY = "chiayi-county"
BATCH = 500
BATCHES = 2
PEOPLE = 2_000
"""Of so many people, so that a third of the reports meet earlier ones: duplicates, new events, amended families."""
NAMES = "陳林黃張李王吳劉蔡楊許鄭家怡志雅俊淑建美宗惠文玉豪君明婷賢芬宏玲德珍成"
TOWNS = ("民雄鄉", "布袋鎮", "朴子市", "水上鄉", "中埔鄉")
KINDS = ("physical_violence", "verbal_abuse", "neglect", "economic_hardship")
SIGNS = ((), (), (), ("strangulation",), ("weapon",))
TYPES = ("adult_protection", "child_protection", "consultation_adult", "sexual_assault_adult")
PARTS = ("contracts", "services/kit", "services/rules", "services/web", "services/dispatch")


def body(lot: random.Random) -> dict[str, Any]:
    """A report of one of PEOPLE, with a household, somewhere in the county, in the last days."""
    person = lot.randrange(PEOPLE)
    occurred = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=lot.randrange(96))
    family, given = NAMES[person % 12], NAMES[12 + person // 12 % 12] + NAMES[24 + person // 144 % 11]
    born = f"{1940 + person % 67}-{person % 12 + 1:02}-{person % 28 + 1:02}"
    subject = {"role": "subject", "name": family + given, "birth_date": born, "phones": [f"09{person:08}"]}
    kin = {"role": "household_member", "name": family + given[::-1], "birth_date": f"19{person % 60 + 10}-05-02"}
    place = {"county": COUNTY, "township": lot.choice(TOWNS)}
    event = {"occurred_at": occurred.isoformat(), "place": place, "kinds": [lot.choice(KINDS)],
             "danger_signs": list(lot.choice(SIGNS)), "narrative": "家中爭執。"}  # fmt: skip
    return {"case_type": lot.choice(TYPES), "county": COUNTY, "event": event, "people": [subject, kin]}


async def decide(url: str) -> dict[str, list[float]]:
    """Wall and CPU seconds of each batch but the first, which only warms."""
    prefix, client, lot = f"load{secrets.token_hex(4)}_", mongo.connect(url), random.Random(7)

    async def publish(event: Outgoing) -> None:
        """Kafka costs the same for either."""

    reports = Reports(client, mongo.database(client, f"{prefix}dispatch"), publish)
    await reports.prepare()
    vault = KeyVault(mongo.database(client, f"{prefix}keyvault")["keys"], bytes(32))
    handlers = Handlers(reports, vault, BlindIndexes(bytes(32)), policies(), _now)
    gc.freeze()  # as the service does
    batches = [[await _received(vault, body(lot)) for _ in range(BATCH)] for _ in range(BATCHES + 1)]
    found = {"seconds": list[float](), "cpu_seconds": list[float]()}
    for batch in batches:
        began, used = perf_counter(), process_time()
        await handlers.on_reports(batch)
        found["seconds"].append(perf_counter() - began)
        found["cpu_seconds"].append(process_time() - used)
        await reports.outbox.mark()
    for name in await client.list_database_names():
        if name.startswith(prefix):
            await client.drop_database(name)
    return {name: values[1:] for name, values in found.items()}


async def _received(vault: KeyVault, sent: dict[str, Any]) -> Received[Event]:
    public, personal = split(Report.model_validate(sent))
    key = vault.new_key("owner", "report")
    await vault.keep([key])
    id = str(uuid4())
    event = ReportReceived(
        report_id=ReportId(id), serial=f"CYI-{id[:8]}", agency_id="police-1", source_unit=SourceUnit.POLICE,
        received_at=_now(), report=Report.model_validate(public), sealed={"report": key.seal(personal["report"])},
    )  # fmt: skip
    return Received(str(uuid4()), event, {}, Record("t", 0, 0, None, None, {}))


def _now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def compare(rounds: int, against: Path | None) -> dict[str, Any]:
    """Medians over all rounds, and of each pair of rounds the ratio of this checkout to the other."""
    checkouts = {"this": Path.cwd()} | ({"other": against} if against else {})
    measured = [{name: _process(path) for name, path in checkouts.items()} for _ in range(rounds)]
    medians = {name: {of: _median(each[name][of] for each in measured) for of in ("seconds", "cpu_seconds")}
               for name in checkouts}  # fmt: skip
    ratios = {of: _median(statistics.median(each["this"][of]) / statistics.median(each["other"][of])
                          for each in measured) for of in medians["this"]} if against else {}  # fmt: skip
    return {"batch": BATCH, "rounds": rounds, "medians": medians, "ratios": ratios}


def _median(values: Any) -> float:
    flat = [one for each in values for one in (each if isinstance(each, list) else [each])]
    return round(statistics.median(flat), 3)


def _process(checkout: Path) -> dict[str, list[float]]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(str(checkout / part) for part in PARTS)}
    told = subprocess.run([sys.executable, "-m", __spec__.name, "--once"], env=env, check=True, capture_output=True)
    found: dict[str, list[float]] = json.loads(told.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--once", action="store_true", help="one round in this process")
    asked = parser.parse_args()
    url = os.environ["MONGO_URL"]
    print(json.dumps(asyncio.run(decide(url)) if asked.once else compare(asked.rounds, asked.against)))
