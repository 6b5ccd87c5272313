"""The four services and the LINE stand-in in this process, on real Kafka and MongoDB: all they say can be seen."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from contracts.topics import ALL
from fastapi import FastAPI
from web.callers import digest

from tests.emptying import administering, partitions_of
from tests.integration.kafka_reading import records_in
from tests.serving import free_port, serving
from tests.waiting import until

UNITS = ["window", "protection", "police", "health", "education", "labour", "civil_affairs", "mental_health"]
CENTRES = ["minxiong", "puzi", "budai", "shuishang", "zhongpu", "zhuqi"]
TOKEN = "t" * 43
COUNTIES = ("chiayi-county", "chiayi-city")
OFFICERS = {county: f"officer-of-{county}-".ljust(43, "o") for county in COUNTIES}
"""The token of an officer of each county, who sees that county alone."""
KEYS = {source: f"{source}-{secrets.token_hex(8)}" for source in ("police", "medical", "education")}


@dataclass
class Inside:
    """Clients of the services, by name, and the applications themselves."""

    apps: dict[str, FastAPI]
    http: dict[str, httpx.AsyncClient]

    async def post(self, body: dict[str, Any], *, source: str = "police", **headers: str) -> httpx.Response:
        key = {"Authorization": f"Bearer {KEYS[source]}"}
        return await self.http["intake"].post("/v1/reports", json=body, headers=key | headers)

    async def act(self, county: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """What an officer of a county does in dispatch, through its API."""
        headers = {"Authorization": f"Bearer {OFFICERS[county]}"}
        return await self.http["dispatch"].post(path, json=body, headers=headers)

    async def get(self, service: str, path: str, *, token: str = TOKEN, **query: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.http[service].get(path, params=query, headers=headers)
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else {}

    async def case_of(self, report_id: str) -> dict[str, Any]:
        """The one case that holds a report, once there is one."""

        async def look() -> list[dict[str, Any]]:
            return list((await self.get("network", "/v1/cases", report_id=report_id)).get("cases", []))

        [case] = await until(look)
        return dict(case)

    async def told(self, report_id: str, *, seconds: float = 90) -> list[dict[str, Any]]:
        """The deliveries of a report, once there are some and none is on its way."""
        async with asyncio.timeout(seconds):
            while True:
                found = (await self.get("notify", "/v1/deliveries", report_id=report_id)).get("deliveries", [])
                if found and all(delivery["state"] != "queued" for delivery in found):
                    return list(found)
                await asyncio.sleep(0.05)


def group_id(unit: str) -> str:
    return "C" + hashlib.sha256(f"group:{unit}".encode()).hexdigest()[:32]


def _groups() -> str:
    units = [f"chiayi-county/{unit}" for unit in UNITS + [f"welfare_centre.{centre}" for centre in CENTRES]]
    return json.dumps(
        {unit: group_id(unit) for unit in [*units, "chiayi-county/provider.hope", "other-counties/chiayi-city"]}
    )


def _callers() -> str:
    everywhere = {"name": "test", "role": "supervisor", "counties": ["*"], "token_sha256": digest(TOKEN)}
    officers = [
        {"name": f"officer {county}", "role": "officer", "counties": [county], "token_sha256": digest(token)}
        for county, token in OFFICERS.items()
    ]
    return json.dumps([everywhere, *officers])


@asynccontextmanager
async def inside(settings_env: dict[str, str]) -> AsyncIterator[Inside]:
    """Everything started, connected, and stopped at the end."""
    import dispatch.app
    import dispatch.settings
    import intake.app
    import intake.settings
    import line_standin.app
    import line_standin.settings
    import network.app
    import network.settings
    import notify.app
    import notify.settings

    common: dict[str, Any] = settings_env | {"callers": _callers()}
    line_env: dict[str, Any] = {"line_channel_token": "channel-token", "line_channel_secret": "channel-secret"}
    agencies = [
        {"agency_id": source, "source_unit": source, "counties": ["*"], "key_sha256": digest(key)}
        for source, key in KEYS.items()
    ]
    line = line_standin.app.create_app(line_standin.settings.Settings(**line_env))
    port = free_port()
    line_env["line_api_base"] = f"http://127.0.0.1:{port}"
    apps = {
        "line": line,
        "intake": intake.app.create_app(
            intake.settings.Settings(**common, agencies_seed=json.dumps(agencies), count_seconds=0.2)
        ),
        "dispatch": dispatch.app.create_app(dispatch.settings.Settings(**common)),
        "network": network.app.create_app(network.settings.Settings(**common)),
        "notify": notify.app.create_app(
            notify.settings.Settings(**common, **line_env, line_groups=_groups()),
        ),
    }
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(line, port, lifespan="off"))
        http = {}
        for name, app in apps.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")
            http[name] = await stack.enter_async_context(client)
        await asyncio.gather(*(_ready(client) for client in http.values()))
        yield Inside(apps, http)


async def _ready(client: httpx.AsyncClient, seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while (await client.get("/readyz")).status_code != httpx.codes.OK:
            await asyncio.sleep(0.05)


async def every_record(bootstrap: str, prefix: str) -> list[tuple[str, bytes]]:
    """Every record of this installation's topics, dead letters too: topic, and key, headers and value in one."""
    async with administering(bootstrap) as admin:
        parts = await partitions_of(admin, (prefix,))
    return [(record.topic, _whole(record)) for record in await records_in(bootstrap, parts)]


def _whole(record: Any) -> bytes:
    headers = b"".join(name.encode() + b"=" + value for name, value in record.headers)
    return b"\n".join([record.key or b"", headers, record.value or b""])


ORDINARY_TOPICS = [topic.name for topic in ALL]
