"""A stage for notify: a LINE that behaves as its documents say and fails on demand, events in, deliveries out."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer
from contracts.cases import CaseId, CaseJoined, CaseOpened
from contracts.decisions import Clock
from contracts.event import Envelope, Event
from contracts.reports import ReportId
from contracts.topics import DELIVERIES, Topic
from fastapi import FastAPI
from kit import mongo
from kit.mongo import Collection
from notify.app import create_app
from notify.settings import Settings
from web.callers import digest

from tests.integration.kafka_reading import all_sent, on_topic

SECRET = "channel-secret-of-a-test"
LEAD = "chiayi-county/welfare_centre.minxiong"
COUNTY = "chiayi-county"
UNITS = (
    LEAD,
    *(f"chiayi-county/{kind}" for kind in ("protection", "police", "window")),
    "other-counties/yunlin-county",
)
ROLES = ("officer", "supervisor", "caseworker", "analyst")

Fault = Callable[[str], str | None]
"""What goes wrong with a push, by its retry key: `lost`, `accepted_then_lost`, or a key of `ANSWERS`."""


def group_of(unit: str) -> str:
    return "C" + hashlib.sha256(f"group:{unit}".encode()).hexdigest()[:32]


@dataclass
class FakeLine:
    """Remembers what groups see. A retry key is accepted once; a repeat is answered 409 with the first request's id."""

    fault: Fault = lambda _: None
    names: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    slow: float = 0.0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.bodies.append(request.content)
        if path == "/v2/bot/message/push":
            return await self._push(request)
        if path == "/v2/bot/message/reply":
            self.replies.append(json.loads(request.content)["messages"][0]["text"])
            return httpx.Response(200, json={})
        if path.startswith("/v2/bot/group/"):
            name = self.names.get(path.rsplit("/", 1)[1])
            return httpx.Response(
                200 if name else 404, json={"displayName": name} if name else {"message": "Not found"}
            )
        return httpx.Response(200, json={"type": "none"})

    async def _push(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["x-line-retry-key"]
        self.asked.append(key)
        await asyncio.sleep(self.slow)
        fault = self.fault(key)
        if fault == "lost":
            raise httpx.ConnectError("away", request=request)
        if key in self.accepted:
            first = {"x-line-accepted-request-id": self.accepted[key]}
            return httpx.Response(409, json={"message": "The retry key is already accepted"}, headers=first)
        if fault in ANSWERS:
            status, text = ANSWERS[fault]
            return httpx.Response(status, json={"message": text})
        self.accepted[key] = uuid4().hex
        body = json.loads(request.content)
        self.seen.append((body["to"], body["messages"][0]))
        if fault == "accepted_then_lost":
            raise httpx.ReadTimeout("no answer", request=request)
        own = {"x-line-request-id": self.accepted[key]}
        return httpx.Response(200, json={"sentMessages": [{"id": "1"}]}, headers=own)


ANSWERS = {
    "500": (500, "Internal server error"),
    "quota": (429, "You have reached your monthly limit."),
    "rate": (429, "The API rate limit has been exceeded. Try again later."),
    "busy": (429, "Too many concurrent requests."),
    "400": (400, "The property, 'messages[0].text', in the request body is invalid"),
    "no_receiver": (400, "Failed to send messages"),
}


def settings_of(env: Mapping[str, str], **more: object) -> Settings:
    known = [(role, role, COUNTY) for role in ROLES] + [("far", "officer", "yunlin-county")]
    known += [("police", "caseworker", COUNTY)]
    callers = [
        {"name": name, "role": role, "counties": [county], "token_sha256": digest(f"token-of-{name}")}
        | ({"units": ["chiayi-county/police"]} if name == "police" else {})
        for name, role, county in known
    ]
    own = {
        "callers": json.dumps(callers),
        "line_channel_token": "t",
        "line_channel_secret": SECRET,
        "line_groups": json.dumps({unit: group_of(unit) for unit in UNITS}),
        "line_backoff_seconds": 0.05,
        "line_timeout_seconds": 2,
        "public_network_url": "https://network.example",
        "public_dispatch_url": "https://dispatch.example",
    }
    return Settings.model_validate({**env, **own, **more})


@dataclass
class Stage:
    """One running notify, and hands to reach it."""

    app: FastAPI
    http: httpx.AsyncClient
    settings: Settings
    documents: Collection

    async def deliveries(self, role: str = "officer", **wanted: str) -> list[dict[str, Any]]:
        answer = await self.get("/v1/deliveries", role, **wanted)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["deliveries"]
        return found

    async def get(self, path: str, role: str = "officer", **query: str) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Authorization": f"Bearer token-of-{role}"})

    async def webhook(self, *events: dict[str, Any], secret: str = SECRET) -> httpx.Response:
        body = json.dumps({"destination": "U" + "0" * 32, "events": list(events)}, ensure_ascii=False).encode()
        signed = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
        return await self.http.post("/webhooks/line", content=body, headers={"x-line-signature": signed})


@asynccontextmanager
async def on_stage(settings: Settings, line: FakeLine) -> AsyncIterator[Stage]:
    app = create_app(settings, httpx.MockTransport(line))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notify")
    database = mongo.connect(settings.mongo_url)
    documents = mongo.database(database, settings.database_prefix + "notify")["deliveries"]
    async with app.router.lifespan_context(app), client as http:
        yield Stage(app, http, settings, documents)
    database.close()


def opened(number: int = 0, *, collaborators: Sequence[str] = (), lead: str = LEAD, county: str = COUNTY) -> CaseOpened:
    now = datetime.now(UTC)
    return CaseOpened(
        case_id=CaseId(str(uuid4())),
        county=county,
        report_id=ReportId(f"report-{number}-{uuid4()}"),
        lead=lead,
        collaborators=tuple(collaborators),
        priority=1,
        clocks=(Clock(id="unit.accept", started_at=now, due_at=now + timedelta(hours=4), source="county setting"),),
        received_at=now,
        opened_at=now,
    )


def joined(case: CaseOpened, *, added: Sequence[str] = ()) -> CaseJoined:
    now = datetime.now(UTC)
    return CaseJoined(
        case_id=case.case_id,
        version=2,
        county=case.county,
        report_id=ReportId(str(uuid4())),
        lead=case.lead,
        collaborators=(*case.collaborators, *added),
        added=tuple(added),
        priority=2,
        received_at=now,
        joined_at=now,
    )


def happened(type: str, group: str, **more: Any) -> dict[str, Any]:
    """A webhook event of a group as LINE sends it."""
    return {
        "type": type,
        "webhookEventId": uuid4().hex,
        "timestamp": int(time.time() * 1000),
        "mode": "active",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "group", "groupId": group, "userId": "U1"},
    } | more


def press(data: str, group: str, *, user: str = "U1", **more: Any) -> dict[str, Any]:
    source = {"type": "group", "groupId": group, "userId": user}
    own = {"source": source, "replyToken": uuid4().hex, "postback": {"data": data}}
    return happened("postback", group, **own, **more)


def button_of(message: Mapping[str, Any]) -> str:
    action: dict[str, str] = message["contents"]["footer"]["contents"][0]["action"]
    return action["data"]


@dataclass
class Wire:
    """Writes events as their services would, and reads what notify publishes."""

    bootstrap: str
    prefix: str

    async def send(self, topic: Topic, *events: Event, id: str = "", trace: Mapping[str, str] | None = None) -> None:
        """Each event under an id of its own, or under `id`."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            for event in events:
                one = Envelope.of(event, id=id or uuid4(), source="/test", time=datetime.now(UTC), trace=trace or {})
                headers = [(name, value.encode()) for name, value in one.headers().items()]
                await producer.send(self.prefix + topic.name, one.data, key=one.subject.encode(), headers=headers)
            await producer.flush()
        finally:
            await producer.stop()

    async def published(self, stage: Stage) -> list[dict[str, Any]]:
        """All that notify published so far, each event with its `ce_id`."""
        await all_sent(stage.documents)
        records = await on_topic(self.bootstrap, self.prefix, DELIVERIES)
        return [json.loads(each.value) | {"ce_id": dict(each.headers)["ce_id"].decode()} for each in records]
