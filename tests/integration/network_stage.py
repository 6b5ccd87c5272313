"""A stage for network, on a real MongoDB: decisions and presses in, cases through its API and its topic out."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from contracts.decisions import Clock, DecisionMade
from contracts.deliveries import DeliveryAcknowledged, DeliveryId
from contracts.event import Envelope, Event
from contracts.reports import ReportId
from contracts.topics import CASES, DECISIONS, DELIVERIES, TASKS, Topic
from fastapi import FastAPI
from kit import mongo
from kit.mongo import Database
from kit.sealed import KeyVault
from network.app import create_app
from network.settings import Settings
from rules.counties import units_of
from web.callers import digest

from tests.integration.kafka_reading import all_sent, on_topic, taken
from tests.kafka_here import HERE, KafkaHere, Producer, producing
from tests.passwords import HASHED
from tests.passwords import PASSWORD as PASSWORD  # noqa: PLC0414 (some import it from here)
from tests.waiting import until

COUNTY = "chiayi-county"
CITY = "chiayi-city"
PROTECTION = f"{COUNTY}/protection"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
POLICE, LABOUR = f"{COUNTY}/police", f"{COUNTY}/labour"
HOPE = f"{COUNTY}/provider.hope"
"""A provider of the directory, who answers as a partner."""
UNITS = (PROTECTION, CENTRE, POLICE, LABOUR)
"""The units of most stories; every unit of the county has a worker whose token is the unit's name."""
T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROLES = ("officer", "supervisor", "caseworker", "analyst")


def someone(username: str, name: str, role: str, county: str = COUNTY, **more: Any) -> dict[str, Any]:
    """A person who signs in at the pages."""
    return {"username": username, "name": name, "role": role, "counties": [county], "password_hash": HASHED} | more


def someone_at(name: str, role: str, **more: Any) -> dict[str, Any]:
    """A caller of the API, whose token is its name."""
    return {"name": name, "role": role, "counties": [COUNTY], "token_sha256": digest(name)} | more


def settings(env: dict[str, str]) -> Settings:
    callers = [{"name": role, "role": role, "counties": [COUNTY], "token_sha256": digest(role)} for role in ROLES]
    callers += [someone_at("keeper", "keeper"), someone_at("keeper_2", "keeper"), someone_at("secretary", "secretary")]
    partners = {
        "partner": HOPE, "partner_elsewhere": f"{COUNTY}/provider.other", "prison": f"{COUNTY}/provider.prison",
        "partner_inside": PROTECTION,
    }  # fmt: skip
    callers += [someone_at(name, "partner", units=[unit]) for name, unit in partners.items()]
    callers += [someone_at("partner_nowhere", "partner")]
    callers += [
        {
            "name": "minxiong",
            "role": "caseworker",
            "counties": [COUNTY],
            "units": [CENTRE],
            "token_sha256": digest("minxiong"),
        },
        {"name": "tainan", "role": "supervisor", "counties": ["tainan-city"], "token_sha256": digest("tainan")},
        {"name": "督導 2", "role": "supervisor", "counties": [COUNTY], "token_sha256": digest("supervisor_2")},
    ]
    callers += [
        {
            "name": f"worker of {unit}",
            "role": "caseworker",
            "counties": [COUNTY],
            "units": [unit],
            "token_sha256": digest(unit),
        }
        for unit in dict.fromkeys((*UNITS, *units_of(COUNTY)))
    ]
    callers += [someone_at(f"supervisor of {unit}", "supervisor", units=[unit]) for unit in (PROTECTION, CENTRE)]
    callers += [
        {"name": unit, "role": "caseworker", "counties": [CITY], "units": [unit], "token_sha256": digest(unit)}
        for unit in units_of(CITY)
    ]
    people = [someone(role, f"{role} 陳", role) for role in ROLES]
    people += [
        someone("supervisor_2", "督導 2", "supervisor"),
        someone("partner_1", "夥伴 1", "partner", units=[HOPE]),
        someone("everywhere", "全國", "supervisor", "*"),
        someone(f"supervisor of {PROTECTION}", "督導 保護", "supervisor", units=[PROTECTION]),
        someone("keeper_1", "名冊 1", "keeper"),
        someone("keeper_2", "名冊 2", "keeper"),
        someone("secretary", "秘書 吳", "secretary"),
        someone("head_of_tainan", "臺南", "supervisor", "tainan-city"),
    ]
    for county in (COUNTY, CITY):
        people += [someone(unit, f"worker of {unit}", "caseworker", county, units=[unit]) for unit in units_of(county)]
    return Settings.model_validate(env | {"callers": json.dumps(callers), "officers": json.dumps(people)})


def decided(report: str, outcome: str = "protection", family: Sequence[str] = (), **more: Any) -> DecisionMade:
    due = Clock(
        id="unit.accept", started_at=T0, due_at=T0 + timedelta(hours=4), source="county setting", verified=False
    )
    unit = {"protection": PROTECTION, "welfare_centre": CENTRE}.get(outcome)
    facts: dict[str, Any] = {
        "report_id": report, "county": COUNTY, "agency_id": "a", "source_unit": "police",
        "case_type": "child_protection", "outcome": outcome, "priority": 2, "unit": unit, "family": tuple(family),
        "clocks": (due,), "received_at": T0, "decided_at": T0, "decided_by": "table",
    }  # fmt: skip
    return DecisionMade.model_validate(facts | more)


def pressed(report: str, unit: str, by: str = "陳社工") -> DeliveryAcknowledged:
    return DeliveryAcknowledged(
        delivery_id=DeliveryId(f"d-{report}"),
        report_id=ReportId(report),
        unit=unit,
        acknowledged_by=by,
        acknowledged_at=T0,
    )


@dataclass
class Speaker:
    """What dispatch and notify say to network."""

    producer: AIOKafkaProducer | Producer
    prefix: str

    @classmethod
    @asynccontextmanager
    async def to(cls, env: dict[str, str]) -> AsyncIterator["Speaker"]:
        async with producing(env["kafka_bootstrap"], env["topic_prefix"]) as producer:
            yield cls(producer, env["topic_prefix"])

    async def tell(self, topic: Topic, *events: Event, id: str | None = None) -> None:
        """Publish events as their writer would, each under an id of its own or under `id`."""
        for event in events:
            envelope = Envelope.of(event, id=id or str(uuid4()), source="/test", time=T0, trace={})
            headers = [(name, value.encode()) for name, value in envelope.headers().items()]
            await self.producer.send(
                self.prefix + topic.name, envelope.data, envelope.subject.encode(), headers=headers
            )
        await self.producer.flush()

    async def decide(self, *decisions: DecisionMade, id: str | None = None) -> None:
        await self.tell(DECISIONS, *decisions, id=id)

    async def press(self, *presses: DeliveryAcknowledged, id: str | None = None) -> None:
        await self.tell(DELIVERIES, *presses, id=id)


@dataclass
class Stage(Speaker):
    """One running network service, with a way in and a way to look."""

    app: FastAPI
    http: httpx.AsyncClient
    kafka: str
    database: Database

    async def get(self, path: str, role: str = "officer", **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Authorization": f"Bearer {role}"})

    async def post(self, path: str, body: dict[str, Any], role: str = "caseworker", key: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {role}"} | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(path, json=body, headers=headers)

    async def did(self, path: str, body: dict[str, Any], role: str = "caseworker") -> dict[str, Any]:
        """The answer to an act that succeeds."""
        answer = await self.post(path, body, role)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def case_of(self, report: str, role: str = "officer") -> dict[str, Any]:
        """The case of a report, once it has one that this role may see."""

        async def found() -> Any:
            cases = (await self.get("/v1/cases", role, report_id=report)).json()["cases"]
            return cases[0] if cases else None

        case: dict[str, Any] = await until(found)
        return case

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The events on `network.cases.v1`, as (id, data), once all that was published has been taken and told."""
        await taken(self.kafka, self.prefix, "network", [DECISIONS, DELIVERIES])
        await all_sent(self.database["cases"], self.database["standings"])
        records = await on_topic(self.kafka, self.prefix, CASES)
        return [(dict(record.headers)["ce_id"].decode(), json.loads(record.value)) for record in records]

    async def told_of_tasks(self) -> list[dict[str, Any]]:
        """The events on `network.tasks.v1` so far."""
        return [json.loads(record.value) for record in await on_topic(self.kafka, self.prefix, TASKS)]


@pytest.fixture
def vault(settings_env: dict[str, str]) -> Iterator[KeyVault]:
    """The keys of all services, to seal what other services send."""
    client = mongo.connect(settings_env["mongo_url"])
    keys = mongo.database(client, settings_env["database_prefix"] + "keyvault")["keys"]
    yield KeyVault(keys, base64.b64decode(settings_env["master_key"]))
    client.close()


@asynccontextmanager
async def stage(env: dict[str, str], *, real: bool = False) -> AsyncIterator[Stage]:
    """Network running; on a `real` Kafka, or on one within this process."""
    with nullcontext() if real else patch("network.app.Kafka", KafkaHere):
        env = env if real else env | {"kafka_bootstrap": HERE}
        app = create_app(settings(env))
    transport = httpx.ASGITransport(app=app)
    client = mongo.connect(env["mongo_url"])
    database = mongo.database(client, env["database_prefix"] + "network")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://network") as http,
        Speaker.to(env) as speaker,
    ):
        await until(lambda: _ready(http))
        try:
            yield Stage(speaker.producer, speaker.prefix, app, http, env["kafka_bootstrap"], database)
        finally:
            client.close()


async def _ready(http: httpx.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200
