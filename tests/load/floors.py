"""What this machine can do at best: an echo, a durable accept, the bare database and the bare broker.

`python -m tests.load.floors PORT echo|durable MONGO_URL` serves one of the two HTTP floors.
"""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kit import mongo
from kit.group_commit import GroupCommit

from tests.load.client import Measured, measured

ROOT = Path(__file__).parents[2]


def floor_app(mode: str, url: str, database: str) -> Any:
    """A raw ASGI application: `echo` answers the body, `durable` answers once the bytes are in a group commit."""
    state: dict[str, Any] = {}

    async def write(bodies: Any) -> list[bytes]:
        documents = [{"_id": secrets.token_hex(12), "body": body} for body in bodies]
        await state["collection"].insert_many(documents, ordered=False)
        return [str(document["_id"]).encode() for document in documents]

    async def lifespan(receive: Any, send: Any) -> None:
        await receive()
        state["collection"] = mongo.database(mongo.connect(url), database)["http"]
        state["commit"] = GroupCommit(write)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = body if mode == "echo" else await state["commit"].add(body)
        length = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 202, "headers": length})
        await send({"type": "http.response.body", "body": answer})

    return app


@asynccontextmanager
async def floor_server(mode: str, port: int, url: str, database: str) -> AsyncIterator[str]:
    """The address of an HTTP floor in a process of its own."""
    async with served_by("tests.load.floors", port, mode, url, database) as (address, _):
        yield address


@asynccontextmanager
async def served_by(module: str, port: int, *told: str) -> AsyncIterator[tuple[str, int]]:
    """The address and the process id of `python -m module PORT ...`, once it listens."""
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *told], cwd=ROOT)
    try:
        for _ in range(600):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


async def insert_one(url: str, database: str, body: bytes, *, clients: int, seconds: float) -> Measured:
    """One durable insert per operation (majority, journalled), `clients` at a time."""
    client = mongo.connect(url)
    collection = mongo.database(client, database)["single"]
    latencies: list[float] = []
    ends = time.perf_counter() + seconds

    async def work() -> None:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            await collection.insert_one({"body": body})
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    client.close()
    return measured(latencies, time.perf_counter() - began)


async def hop(bootstrap: str, topic: str, body: bytes, *, count: int) -> Measured:
    """One message from an idempotent producer (acks=all, no linger) to a consumer, one at a time."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await asyncio.gather(producer.start(), consumer.start())
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_end()
        await consumer.position(TopicPartition(topic, 0))
        latencies, start = [], time.perf_counter()
        for _ in range(count):
            began = time.perf_counter()
            await producer.send(topic, body, partition=0)
            await consumer.getone()
            latencies.append(time.perf_counter() - began)
        return measured(latencies, time.perf_counter() - start)
    finally:
        await asyncio.gather(producer.stop(), consumer.stop())


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    import uvicorn

    own_port, own_mode, own_url, own_database = sys.argv[1:5]
    uvicorn.run(floor_app(own_mode, own_url, own_database), port=int(own_port), log_level="error", access_log=False)
