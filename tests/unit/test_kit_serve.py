"""What every service is served with: a bound on bodies, no page that is not ours, a problem whatever is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from contracts.event import Model
from fastapi import FastAPI
from kit.bodies import MOST_BYTES, MOST_THROWN_AWAY
from kit.serve import application


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
