"""What every service is served with: a bound on bodies, no page that is not ours, a problem whatever is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from contracts.event import Model
from fastapi import FastAPI, Request
from kit.bodies import MOST_BYTES, MOST_THROWN_AWAY
from kit.serve import application, server
from kit.settings import ServiceSettings
from pydantic import ValidationError

from tests.serving import free_port


class Said(Model):
    words: str


@asynccontextmanager
async def nothing(app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = application("Test", nothing)

    @app.post("/said")
    async def said(words: Said) -> int:
        return len(words.words)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_a_body_is_read_no_further_than_its_bound_whether_or_not_it_says_its_length(
    http: httpx.AsyncClient,
) -> None:
    read = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 2**20
            yield b" " * 2**20

    json = {"Content-Type": "application/json"}
    told = await http.post("/said", content=b" " * (MOST_BYTES + 1), headers=json)
    untold = await http.post("/said", content=flood(), headers=json)
    assert [told.status_code, untold.status_code] == [413, 413]
    assert told.json()["type"] == untold.json()["type"] == "urn:safetynet:problem:too-large"
    assert read <= MOST_BYTES + MOST_THROWN_AWAY + 2**20
    assert (await http.post("/said", json={"words": "好" * 200_000})).json() == 200_000


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_no_page_runs_scripts_from_elsewhere(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404
    assert (await http.get("/openapi.json")).status_code == 200


@pytest.mark.parametrize("asked", ["en;q=²", "zh;q=½", "en;q=", "zh;q=.", "en;q=1e9,zh;q=0.5"])
async def test_a_weight_that_is_no_number_is_no_reason_to_fail(http: httpx.AsyncClient, asked: str) -> None:
    headers: Any = {b"Accept-Language": asked.encode("latin-1")}
    assert (await http.get("/nowhere", headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("named", "believed"), [("", False), ("10.0.0.9", True), ("10.0.0.0/24", True), ("10.0.0.8, 10.1.0.0/16", False)]
)
async def test_only_a_proxy_that_is_named_says_where_others_come_from(named: str, believed: bool) -> None:
    app = application("Test", nothing)

    @app.get("/who")
    async def who(request: Request) -> list[str]:
        assert request.client
        return [request.client.host, request.url.scheme]

    config = server(app, ServiceSettings.without_secrets(forwarded_allow_ips=named)).config
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("10.0.0.9", 1))
    invented = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = (await client.get("/who", headers=invented)).json()
    assert answer == (["198.51.100.7", "https"] if believed else ["10.0.0.9", "http"])


@pytest.mark.parametrize("named", ["*", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "192.168.0.0/16, 172.16.0.0/12"])
def test_nobody_trusts_all_private_addresses(named: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings.without_secrets(forwarded_allow_ips=named)


async def test_every_answer_says_that_it_is_what_it_says_and_comes_over_tls_alone() -> None:
    """Problems, unknown paths and methods, and what is probed: asked of the server as it is started."""
    serving = server(application("Test", nothing), ServiceSettings.without_secrets(port=free_port()))
    running = asyncio.create_task(serving.serve())
    while not serving.started:
        await asyncio.sleep(0.02)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{serving.config.port}") as http:
        http.headers["origin"] = "https://elsewhere.example"
        answers = [await http.request(method, path) for method, path in (("GET", "/none"), ("TRACE", "/openapi.json"),
                                                                         ("GET", "/openapi.json"))]  # fmt: skip
    serving.should_exit = True
    await running
    assert [answer.status_code for answer in answers] == [404, 405, 200]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "includeSubDomains" in answer.headers["strict-transport-security"]
        assert not {"server", "access-control-allow-origin", "allow-credentials"} & set(answer.headers)
