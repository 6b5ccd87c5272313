"""Intake as a test runs it: in this process, on the real database, with agencies of its own."""

import copy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from intake.app import create_app
from intake.openapi import example
from intake.settings import Settings
from kit import mongo
from kit.mongo import Database, Document
from web.callers import digest

CLOSED = "127.0.0.1:9"
"""Where no Kafka answers."""
AGENCIES = [
    {"agency_id": "police", "source_unit": "police", "key_sha256": digest("police-key"), "counties": ["*"]},
    {"agency_id": "hospital", "source_unit": "medical", "key_sha256": digest("hospital-key"), "counties": ["*"]},
    {
        "agency_id": "school",
        "source_unit": "education",
        "key_sha256": digest("school-key"),
        "counties": ["chiayi-county"],
    },
    {"agency_id": "gone", "source_unit": "other", "key_sha256": digest("gone-key"), "counties": ["*"], "active": False},
]
CANARIES = (
    "林小美", "Q222222220", "1990-03-12", "0912345678", "建國路", "陳大明", "陳小寶", "……", "王警員", "052261111",
    "民雄分局",
)  # fmt: skip
"""What the example says of people: it may rest nowhere in the clear."""


@dataclass(frozen=True)
class Running:
    """A running intake, its client (as police) and its databases."""

    app: FastAPI
    http: httpx.AsyncClient
    database: Database
    keys: mongo.Collection

    async def post(
        self, report: Any = None, key: str | None = None, agency: str = "police", **headers: str
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {agency}-key", "content-type": "application/json"} | headers
        sent |= {"idempotency-key": key} if key else {}
        body = report if isinstance(report, bytes) else json.dumps(report or a_report(), ensure_ascii=False).encode()
        return await self.http.post("/v1/reports", content=body, headers=sent)

    async def stored(self) -> list[Document]:
        return [document async for document in self.database["reports"].find()]


def a_report(**changes: Any) -> dict[str, Any]:
    """The example, without the sender's reference unless it is asked for."""
    report = copy.deepcopy(example())
    del report["sender_ref"]
    return report | changes


@asynccontextmanager
async def running(env: dict[str, str], **settings: Any) -> AsyncIterator[Running]:
    """Intake from start to graceful end."""
    told = Settings.model_validate(env | {"agencies_seed": json.dumps(AGENCIES)} | settings)
    app = create_app(told)
    client = mongo.connect(told.mongo_url)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://intake", headers={"authorization": "Bearer police-key"}, timeout=30
        ) as http,
    ):
        database = mongo.database(client, told.database_prefix + "intake")
        keys = mongo.database(client, told.database_prefix + "keyvault")["keys"]
        yield Running(app, http, database, keys)
    client.close()


async def tells_nobody(_: object) -> None:
    """Feedback without webhooks."""


async def amend(intake: Running, id: str, body: Any, agency: str = "police") -> httpx.Response:
    headers = {"authorization": f"Bearer {agency}-key", "content-type": "application/json"}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await intake.http.patch(f"/v1/reports/{id}", content=sent, headers=headers)
