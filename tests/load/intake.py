"""A file of 100,000 rows through a served intake, killed at random points: time, memory, and every row accounted for.

`python -m stack exec -- python -m tests.load.intake [--rows N] [--kills N] [--format csv|xlsx|ndjson]`, or with
KAFKA_BOOTSTRAP and MONGO_URL given.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import time
from typing import Any

import httpx
from kit import mongo

from tests.integration.intake_files import CSV, NDJSON, XLSX, a_csv, an_ndjson, an_xlsx, reports, row
from tests.integration.intake_process import Process, served
from tests.integration.intake_running import CLOSED
from tests.parts import random_key

FORMATS = {"csv": CSV, "xlsx": XLSX, "ndjson": NDJSON}


def content(format: str, count: int) -> bytes:
    """A file of so many rows, of which every hundredth is wrong."""
    if format == "ndjson":
        return an_ndjson(reports(count))
    rows = [row(n, 案件類型="?" if n % 100 == 0 else "成人保護") for n in range(1, count + 1)]
    return a_csv(rows) if format == "csv" else an_xlsx(rows)


async def run(url: str, count: int, kills: int, format: str) -> dict[str, Any]:
    """So many rows through an intake of its own, killed so many times: what became of them, how fast, in how much."""
    prefix = f"load{secrets.token_hex(4)}_"
    env = {"mongo_url": url, "kafka_bootstrap": CLOSED, "database_prefix": prefix,
           "topic_prefix": prefix, "master_key": random_key(), "blind_index_key": random_key()}  # fmt: skip
    file = content(format, count)
    async with served(env, log_level="ERROR") as intake, httpx.AsyncClient(
        base_url=intake.url, headers={"authorization": "Bearer police-key"}, timeout=600
    ) as http:  # fmt: skip
        idle = intake.memory("VmRSS")
        began = time.monotonic()
        answer = await http.post("/v1/batches", content=file, headers={"content-type": FORMATS[format]})
        uploaded = time.monotonic() - began
        peaks = await work(intake, http, answer.headers["location"], count, kills)
        seconds = time.monotonic() - began
        shown = (await http.get(answer.headers["location"])).json()
    client = mongo.connect(env["mongo_url"])
    stored = await client[f"{prefix}intake"]["reports"].count_documents({})
    for name in ("intake", "keyvault"):
        await client.drop_database(prefix + name)
    kept = {name: shown[name] for name in ("rows", "accepted", "refused", "repeated")}
    return kept | {"stored": stored, "format": format, "file_mib": round(len(file) / 2**20, 1), "kills": kills,
                   "upload_seconds": round(uploaded, 1), "seconds": round(seconds, 1), "idle_mib": idle,
                   "peak_mib": max(peaks), "rows_per_second": round(count / seconds)}  # fmt: skip


async def work(intake: Process, http: httpx.AsyncClient, url: str, count: int, kills: int) -> list[int]:
    """Wait until the batch is done, killing intake at random rows; the most memory of each process."""
    points = sorted(random.sample(range(count // 20, count), kills), reverse=True)
    peaks = [intake.memory()]
    while (shown := (await http.get(url)).json())["state"] != "done":
        peaks.append(intake.memory())
        if points and shown["done"] >= points[-1]:
            points.pop()
            await intake.end(signal.SIGKILL)
            await intake.start()
        await asyncio.sleep(0.2)
    return [*peaks, intake.memory()]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--kills", type=int, default=3)
    asked.add_argument("--format", choices=FORMATS, default="csv")
    told = asked.parse_args()
    found = asyncio.run(run(os.environ["MONGO_URL"], told.rows, told.kills, told.format))
    print(json.dumps(found, indent=2))
    assert found["rows"] == found["accepted"] + found["refused"] + found["repeated"] == told.rows
    assert found["stored"] == found["accepted"] + found["repeated"]


if __name__ == "__main__":
    main()
