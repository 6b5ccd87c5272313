"""A stage for dispatch: its handlers on a database of their own (`window`), and the whole service (`served`)."""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from contracts.event import Event
from contracts.reports import Report, ReportAmended, ReportId, ReportReceived, SourceUnit
from dispatch.app import create_app
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.report import Report as Stored
from dispatch.figures.ledger import ledger_of, today_of
from dispatch.figures.store import Figures
from dispatch.policy import policies
from dispatch.settings import Settings
from dispatch.window.handlers import Handlers
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.store import Reports
from dispatch.window.transfers import Transfers
from kit import mongo
from kit.inbox import Received
from kit.outbox import Outgoing
from kit.sealed import BlindIndexes, KeyVault, split
from web.callers import digest

from tests.integration.dispatch_reports import (
    COUNTY,
    RECORD,
    body,
    instant,
    living_there,
)
from tests.parts import Parts
from tests.passwords import HASHED, PASSWORD
from tests.serving import caller, serving

ROLES = ("officer", "supervisor", "caseworker", "analyst", "liaison", "administrator")
WANG, LI = Actor("王篩派", False, "wang"), Actor("李督導", True, "li")


@dataclass
class Window:
    """Dispatch's handlers on a database of their own, with a publisher that notes what it is given."""

    reports: Reports
    vault: KeyVault
    handlers: Handlers
    rulings: Rulings
    figures: Figures
    documents: mongo.Collection
    published: list[Outgoing] = field(default_factory=list)

    async def received(
        self, number_or_body: int | dict[str, Any], agency: str = "police-1", unit: SourceUnit = SourceUnit.POLICE
    ) -> Received[Event]:
        """A report as intake sends it, sealed, not yet decided."""
        sent = body(number_or_body) if isinstance(number_or_body, int) else number_or_body
        id, (public, sealed) = str(uuid4()), await self.sealed(sent)
        event = ReportReceived(
            report_id=ReportId(id), serial=f"CYI-{id[:8]}", agency_id=agency, source_unit=unit, received_at=instant(),
            report=Report.model_validate(public), sealed=sealed,
        )  # fmt: skip
        return Received(str(uuid4()), event, {}, RECORD)

    async def sealed(self, sent: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        public, personal = split(Report.model_validate(sent))
        key = self.vault.new_key("owner", "report")
        await self.vault.keep([key])
        return public, {"report": key.seal(personal["report"])}

    async def decided(self, *numbers: int) -> list[str]:
        batch = [await self.received(number) for number in numbers]
        await self.handlers.on_reports(batch)
        return [each.event.subject for each in batch]

    async def landed(self) -> list[Outgoing]:
        """All that was published, once nothing is on its way any more."""
        await asyncio.gather(*self.reports.outbox._tasks)
        return self.published

    async def document(self, report_id: str) -> dict[str, Any]:
        """As it is stored: what queries, indexes and older versions rely on."""
        document = await self.documents.find_one({"_id": report_id})
        assert document is not None
        return document

    async def report(self, report_id: str) -> Stored:
        report = await self.reports.one(report_id)
        assert report is not None
        return report

    async def alter(self, report_id: str, sets: dict[str, Any]) -> None:
        """As time or another service would have it."""
        await self.documents.update_one({"_id": report_id}, {"$set": sets})


@pytest.fixture
async def window(parts: Parts, settings_env: dict[str, str]) -> AsyncIterator[Window]:
    client = mongo.connect(parts.mongo)
    made = make_window(client, settings_env)
    await made.reports.prepare()
    yield made
    client.close()


def make_window(client: mongo.Client, env: dict[str, str]) -> Window:
    published: list[Outgoing] = []

    async def publish(event: Outgoing) -> None:
        published.append(event)

    prefix = env["database_prefix"]
    database = mongo.database(client, f"{prefix}dispatch")
    reports = Reports(client, database, publish)
    vault = KeyVault(mongo.database(client, f"{prefix}keyvault")["keys"], base64.b64decode(env["master_key"]))
    indexes = BlindIndexes(base64.b64decode(env["blind_index_key"]))
    handlers = Handlers(reports, vault, indexes, policies(), instant)
    rulings = Rulings(reports, vault, policies(), instant)
    return Window(reports, vault, handlers, rulings, Figures(database), database["reports"], published)


async def amendment(window: Window, of: Received[Event], sent: dict[str, Any], version: int) -> Received[Event]:
    assert isinstance(of.event, ReportReceived)
    public, sealed = await window.sealed(sent)
    event = ReportAmended(
        report_id=of.event.report_id, version=version, agency_id=of.event.agency_id, source_unit=of.event.source_unit,
        amended_at=instant(), reason_sealed=sealed["report"], report=Report.model_validate(public), sealed=sealed,
    )  # fmt: skip
    return Received(str(uuid4()), event, {}, RECORD)


def ruling(outcome: str, **more: str) -> Ruling:
    return Ruling.model_validate({"outcome": outcome, "reason": "after_call", "version": 1} | more)


@dataclass
class Served:
    """A running dispatch, a client for it, tokens by role, and a window that writes as another replica would."""

    url: str
    http: httpx.AsyncClient
    tokens: dict[str, str]
    window: Window

    async def get(self, path: str, role: str = "supervisor", **query: str) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Authorization": f"Bearer {self.tokens[role]}"})

    async def sign_in(self, username: str = "officer") -> httpx.AsyncClient:
        browser = caller(self.url)
        answer = await browser.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303
        return browser


def people() -> dict[str, str]:
    """Officers and callers of Chiayi County, one of each role, and a supervisor of another county."""
    officers = [{"username": role, "name": f"{role} 王", "role": role, "counties": [COUNTY], "password_hash": HASHED}
                for role in ROLES]  # fmt: skip
    officers.append(officers[1] | {"username": "elsewhere", "counties": ["chiayi-city"]})
    return {"officers": json.dumps(officers)}


@asynccontextmanager
async def running(env: dict[str, str], *, reads: bool = False) -> AsyncIterator[str]:
    """Dispatch served; what it would read from Kafka a test's window tells it, unless it `reads`."""
    settings = Settings.model_validate(env | {"shutdown_seconds": "3", "reads": reads})
    async with serving(create_app(settings)) as url:
        yield url


@pytest.fixture
async def served(settings_env: dict[str, str]) -> AsyncIterator[Served]:
    async with being_served(settings_env) as served:
        yield served


@asynccontextmanager
async def being_served(settings_env: dict[str, str], *, reads: bool = False) -> AsyncIterator[Served]:
    tokens = {role: secrets.token_hex(16) for role in (*ROLES, "elsewhere", "everywhere")}
    callers = [
        {"name": role, "role": role, "counties": [COUNTY], "token_sha256": digest(tokens[role])} for role in ROLES
    ]
    callers.append({"name": "elsewhere", "role": "supervisor", "counties": ["chiayi-city"],
                    "token_sha256": digest(tokens["elsewhere"])})  # fmt: skip
    callers.append(
        callers[-1] | {"name": "everywhere", "counties": ["*"], "token_sha256": digest(tokens["everywhere"])}
    )
    env = settings_env | people() | {"callers": json.dumps(callers)}
    client = mongo.connect(env["mongo_url"])
    async with running(env, reads=reads) as url, caller(url) as http:
        yield Served(url, http, tokens, make_window(client, settings_env))
    client.close()


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def today(window: Window) -> Any:
    """The county's ledger of today."""
    return await ledger_of(window.reports, window.figures, today_of(COUNTY, instant()), instant())


def sees(_: str) -> bool:
    return True


async def in_queue(window: Window, sent: dict[str, Any]) -> str:
    received = await window.received(sent)
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await window.rulings.review(id, Again(reason="see_first", version=1), WANG, sees)
    return id


async def told(window: Window, *bodies: dict[str, Any]) -> list[str]:
    """The ids of reports that came one after the other, each from another agency."""
    ids = []
    for number, sent in enumerate(bodies):
        received = await window.received(sent, f"agency-{number}")
        await window.handlers.on_reports([received])
        ids.append(str(received.event.subject))
    return ids


def transfers(window: Window, later: timedelta = timedelta()) -> Transfers:
    return Transfers(window.reports, window.vault, policies(), lambda: instant() + later)


async def arrived(window: Window, number: int = 1) -> tuple[str, str]:
    """A report of the county that waits in the city: its id here, and that of its document there."""
    received = await window.received(living_there(number))
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    id = str(received.event.subject)
    return id, (await window.document(id))["transfer"]["id"]
