"""What a good team would write first: a body per route, one insert, one message at a time. The bench's other measure.

`python -m tests.load.naive PORT KAFKA MONGO_URL DATABASE TOPIC` accepts reports, decides them and tells of them, each
in a handler of its own for a single message, with the same promise: durable before the answer, at least once after.
"""

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import uvicorn
from aiokafka.admin import NewTopic
from contracts.reports import Submission
from fastapi import FastAPI
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from kit import mongo
from kit.kafka_topics import ensure_topics
from pymongo.errors import DuplicateKeyError

from tests.load.client import post_all
from tests.load.floors import cpu_seconds, served_by

STAGES = ("decided", "opened", "told")


def app(kafka: str, url: str, database: str, topic: str) -> FastAPI:
    """One process for all stages, which spares it three of them."""
    collections = mongo.database(mongo.connect(url), database)
    broker = KafkaBroker(kafka, acks="all", enable_idempotence=True, linger_ms=0)

    async def note(message: dict[str, Any], stage: int) -> None:
        try:
            await collections[STAGES[stage]].insert_one({"_id": message["id"], "report": message["report"]})
        except DuplicateKeyError:
            return
        if stage + 1 < len(STAGES):
            await broker.publish(message, f"{topic}.{stage + 1}", key=message["id"].encode())

    def reads(stage: int) -> None:
        @broker.subscriber(
            f"{topic}.{stage}", group_id=f"{topic}.{stage}", auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )  # fmt: skip
        async def on_message(message: dict[str, Any]) -> None:
            await note(message, stage)

    for stage in range(len(STAGES)):
        reads(stage)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await broker.start()
        yield
        await broker.stop()

    served = FastAPI(lifespan=lifespan)

    @served.post("/v1/reports", status_code=202)
    async def accept(report: Submission) -> dict[str, str]:
        message = {"id": str(uuid4()), "report": report.model_dump(mode="json", exclude_none=True)}
        await collections["reports"].insert_one({"_id": message["id"], "report": message["report"]})
        await broker.publish(message, f"{topic}.0", key=str(message["id"]).encode())
        return {"report_id": str(message["id"])}

    return served


async def measure(stack: dict[str, Any], bodies: list[tuple[bytes, Any]], port: int, clients: int) -> dict[str, float]:
    """What the same reports cost the twin, MongoDB and Kafka until the last of them is told."""
    name = f"naive_{secrets.token_hex(4)}"
    await ensure_topics(stack["kafka"], [NewTopic(f"{name}.{stage}", 3, 1) for stage in range(len(STAGES))])
    client = mongo.connect(stack["mongo"])
    told = client[name][STAGES[-1]]
    async with served_by("tests.load.naive", port, stack["kafka"], stack["mongo"], name, name) as (url, pid):
        pids = {"naive": pid, "mongo": stack["pids"]["mongo"], "kafka": stack["pids"]["kafka"]}
        before, began = {each: cpu_seconds(of) for each, of in pids.items()}, time.perf_counter()
        _, refused = await post_all(f"{url}v1/reports", bodies, clients)
        accepted = time.perf_counter() - began
        while await told.count_documents({}) < len(bodies) - refused:
            await asyncio.sleep(0.5)
        took = time.perf_counter() - began
        spent = {each: (cpu_seconds(of) - before[each]) / len(bodies) * 1000 for each, of in pids.items()}
    await client.drop_database(name)
    rates = {"accepted_per_second": len(bodies) / accepted, "reports_per_second": len(bodies) / took}
    return {f"{each}_cpu_ms": used for each, used in spent.items()} | rates


if __name__ == "__main__":
    own_port, *places = sys.argv[1:6]
    uvicorn.run(app(*places), port=int(own_port), log_level="error", access_log=False)
