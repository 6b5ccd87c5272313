"""A stage for notify: a LINE that behaves as its documents say and fails on demand, events in, deliveries out."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
import pytest
import yaml
from aiohttp import web
from contracts.cases import CaseId, CaseJoined, CaseOpened
from contracts.decisions import Clock
from contracts.event import Envelope, Event
from contracts.referrals import ReferralSent
from contracts.reports import ReportId
from contracts.roles import ROLES as CONTRACT_ROLES
from contracts.topics import DELIVERIES, Topic
from fastapi import FastAPI
from kit import mongo
from kit.mongo import Collection
from notify.app import create_app
from notify.settings import Settings
from web.callers import digest

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.signing_in import hidden
from tests.kafka_here import HERE, KafkaHere, producing
from tests.parts import Names
from tests.passwords import HASHED, PASSWORD

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
    """The first message of each push."""
    whole: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    reply_cards: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    slow: float = 0.0
    token: str = "t"
    sizes: dict[str, int] = field(default_factory=dict)
    left: int | None = None
    """How many people may still be told this month; None without a limit."""
    counts: bool = False
    """Whether that goes down with each message."""
    spent: int = 0
    held: asyncio.Event | None = None
    """Look-ups of names wait for it."""
    told: dict[str, Any] = field(default_factory=dict)
    """What further paths answer."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path, body = request.path, await request.read()
        self.bodies.append(body)
        if path == "/oauth2/v3/token":
            return _told(200, {"token_type": "Bearer", "access_token": self.token, "expires_in": 900})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _told(401, {"message": "Authentication failed due to the following reason: invalid token."})
        if path == "/v2/bot/message/push":
            return await self._push(request, body)
        if path == "/v2/bot/message/reply":
            [told] = json.loads(body)["messages"]
            self.replies.append(told.get("text") or told["altText"])
            self.reply_cards += [told] if "contents" in told else []
            return _told(200, {})
        if path.endswith("/members/count"):
            size = self.sizes.get(path.split("/")[4])
            return _told(200, {"count": size}) if size is not None else _told(404, {"message": "Not found"})
        if path.startswith(("/v2/bot/group/", "/v2/bot/profile/")):
            if self.held:
                await self.held.wait()
            name = self.names.get(path.rsplit("/", 1)[1])
            return _told(200, {"displayName": name}) if name else _told(404, {"message": "Not found"})
        if path in self.told:
            return _told(200, self.told[path])
        if path.endswith("/consumption"):
            return _told(200, {"totalUsage": self.spent})
        limit = None if self.left is None else self.left + self.spent
        return _told(200, {"type": "none"} if limit is None else {"type": "limited", "value": limit})

    async def _push(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        key, body = request.headers["x-line-retry-key"], json.loads(raw)
        self.asked.append(key)
        await asyncio.sleep(self.slow)
        fault = self.fault(key)
        if fault == "lost":
            return _broken_off(request)
        if key in self.accepted:
            first = {"x-line-accepted-request-id": self.accepted[key]}
            return _told(409, {"message": "The retry key is already accepted"}, first)
        if self.left is not None and self.sizes.get(body["to"], 1) > self.left:
            fault = "quota"
        if fault in ANSWERS:
            status, text = ANSWERS[fault]
            return _told(status, {"message": text})
        self.accepted[key] = uuid4().hex
        if self.counts and self.left is not None:
            cost = self.sizes.get(body["to"], 1)
            self.left, self.spent = self.left - cost, self.spent + cost
        self.seen.append((body["to"], body["messages"][0]))
        self.whole.append((body["to"], body["messages"]))
        if fault == "accepted_then_lost":
            return _broken_off(request)
        own = {"x-line-request-id": self.accepted[key]}
        return _told(200, {"sentMessages": [{"id": "1"}]}, own)


def _told(status: int, body: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _broken_off(request: web.Request) -> web.Response:
    """No answer: the connection is gone before anything can be written to it."""
    assert request.transport
    request.transport.abort()
    return web.Response()


ANSWERS = {
    "500": (500, "Internal server error"),
    "quota": (429, "You have reached your monthly limit."),
    "rate": (429, "The API rate limit has been exceeded. Try again later."),
    "busy": (429, "Too many concurrent requests."),
    "401": (401, "Authentication failed due to the following reason: invalid token."),
    "403": (403, "Access to this API is not available for your account"),
    "400": (400, "The property, 'messages[0].text', in the request body is invalid"),
    "no_receiver": (400, "Failed to send messages"),
}


def _officers() -> str:
    """Who signs in at the pages: as the callers, under the role's name; more roles than may come in."""
    known = [(role, role, COUNTY) for role in CONTRACT_ROLES] + [("far", "supervisor", "yunlin-county")]
    known += [("second", "caseworker", COUNTY), ("police", "caseworker", COUNTY)]
    people = [
        {"username": name, "name": name, "role": role, "counties": [county], "password_hash": HASHED}
        | ({"units": ["chiayi-county/police"]} if name == "police" else {})
        for name, role, county in known
    ]
    return json.dumps(people)


@cache
def routing_without_hours() -> Path:
    """Notify's routing without its digests: what a test sees does not depend on the hour."""
    written = yaml.safe_load((files("notify") / "routing.yaml").read_text("utf-8")) | {"digests": []}
    path = Path(tempfile.mkdtemp(prefix="routing-")) / "routing.yaml"
    path.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    return path


def settings_of(env: Mapping[str, str], **more: object) -> Settings:
    known = [(role, role, COUNTY) for role in ROLES] + [("far", "officer", "yunlin-county")]
    known += [("police", "caseworker", COUNTY)]
    callers = [
        {"name": name, "role": role, "counties": [county], "token_sha256": digest(f"token-of-{name}")}
        | ({"units": ["chiayi-county/police"]} if name == "police" else {})
        for name, role, county in known
    ]
    own = {
        "kafka_bootstrap": HERE,
        "callers": json.dumps(callers),
        "officers": _officers(),
        "line_channel_token": "t",
        "routing_file": routing_without_hours(),
        "line_channel_secret": SECRET,
        "line_groups": json.dumps({unit: group_of(unit) for unit in UNITS}),
        "line_backoff_seconds": 0.05,
        "line_timeout_seconds": 2,
        "public_network_url": "https://network.example",
        "public_dispatch_url": "https://dispatch.example",
    }
    return Settings.model_validate({**env, **own, **more})


@dataclass
class Visitor:
    """Somebody who is signed in at the pages."""

    http: httpx.AsyncClient
    cookie: str

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.http.get(path, params=query or None, headers={"Cookie": self.cookie})

    async def post(self, path: str, *, csrf: str | None = None, **form: Any) -> httpx.Response:
        """A form of the start page's token, unless another is named."""
        if csrf is None:
            csrf = hidden((await self.get("/")).text).get("csrf", "guess")
        return await self.http.post(path, data=form | {"csrf": csrf}, headers={"Cookie": self.cookie})


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

    async def visitor(self, name: str = "officer") -> Visitor:
        """Signed in; who may not come in visits without a session."""
        self.http.cookies.clear()
        answer = await self.http.post("/sign-in", data={"username": name, "password": PASSWORD})
        self.http.cookies.clear()
        return Visitor(self.http, f"notify_session={answer.cookies.get('notify_session', '')}")

    async def post(self, path: str, role: str = "officer", **body: Any) -> httpx.Response:
        return await self.send("POST", path, role, **body)

    async def send(self, method: str, path: str, role: str = "officer", **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer token-of-{role}"}
        return await self.http.request(method, path, json=body, headers=headers)

    async def get(self, path: str, role: str = "officer", **query: str) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Authorization": f"Bearer token-of-{role}"})

    async def webhook(self, *events: dict[str, Any], secret: str = SECRET) -> httpx.Response:
        body = json.dumps({"destination": "U" + "0" * 32, "events": list(events)}, ensure_ascii=False).encode()
        signed = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
        return await self.http.post("/webhooks/line", content=body, headers={"x-line-signature": signed})


@asynccontextmanager
async def on_stage(settings: Settings, line: FakeLine) -> AsyncIterator[Stage]:
    here = settings.kafka_bootstrap == HERE
    async with line.serving() as address:
        with patch("notify.app.Kafka", KafkaHere) if here else nullcontext():
            app = create_app(settings.model_copy(update={"line_api_base": address}))
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


def press(data: str, group: str, *, user: str = "U1", day: str = "", **more: Any) -> dict[str, Any]:
    source = {"type": "group", "groupId": group, "userId": user}
    own = {
        "source": source if group else {"type": "user", "userId": user},
        "replyToken": uuid4().hex,
        "postback": {"data": data} | ({"params": {"date": day}} if day else {}),
    }
    return happened("postback", group, **own, **more)


def code_in(reply: str) -> str:
    """The code that a reply tells to whoever came."""
    [code] = re.findall("[2-9A-Z]{8}", reply)
    return str(code)


def button_of(message: Mapping[str, Any], number: int = 0) -> str:
    action: dict[str, str] = message["contents"]["footer"]["contents"][number]["action"]
    return action["data"]


def referral_sent(unit: str = f"{COUNTY}/police", **more: Any) -> ReferralSent:
    """A referral of the lead to a unit, which has two days to answer."""
    now = datetime.now(UTC)
    facts = {"referral_id": str(uuid4()), "county": COUNTY, "service": "food_bank", "unit": unit, "from_unit": LEAD}
    return ReferralSent.model_validate(facts | {"answer_due_at": now + timedelta(days=2), "sent_at": now} | more)


@dataclass
class Wire:
    """Writes events as their services would, and reads what notify publishes."""

    bootstrap: str
    prefix: str

    async def send(self, topic: Topic, *events: Event, id: str = "", trace: Mapping[str, str] | None = None) -> None:
        """Each event under an id of its own, or under `id`."""
        async with producing(self.bootstrap, self.prefix) as producer:
            for event in events:
                one = Envelope.of(event, id=id or uuid4(), source="/test", time=datetime.now(UTC), trace=trace or {})
                headers = [(name, value.encode()) for name, value in one.headers().items()]
                await producer.send(self.prefix + topic.name, one.data, key=one.subject.encode(), headers=headers)
            await producer.flush()

    async def published(self, stage: Stage) -> list[dict[str, Any]]:
        """All that notify published so far, each event with its `ce_id`."""
        await all_sent(stage.documents)
        records = await on_topic(self.bootstrap, self.prefix, DELIVERIES)
        return [json.loads(each.value) | {"ce_id": dict(each.headers)["ce_id"].decode()} for each in records]


@pytest.fixture
def wire(names: Names) -> Wire:
    return Wire(HERE, names.topics)
