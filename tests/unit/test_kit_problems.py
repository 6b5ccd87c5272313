"""What every service answers when something is wrong: how to mend it, in the caller's language, echoing nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Literal

import httpx
import pytest
from contracts.roles import Caller, May
from fastapi import FastAPI, Query
from kit.serve import application
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pymongo.errors import ServerSelectionTimeoutError
from web.callers import Callers, allowed, digest

CANARY = "王大衛"
CALLERS = f'[{{"name": "a", "role": "analyst", "counties": ["*"], "token_sha256": "{digest("token")}"}}]'


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    left: int = 0


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    rooms: Annotated[tuple[Inner, ...], Field(max_length=5)] | None = None


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = application("test", _nothing)
    app.state.callers = Callers(CALLERS)

    @app.get("/asked")
    async def asked(
        day: date,
        at: AwareDatetime,
        kind: Literal["json", "csv"],
        limit: Annotated[int, Query(ge=1, le=200)],
        county: Annotated[str, Query(max_length=3, pattern="^[a-z]+$")],
        since: int | AwareDatetime,
    ) -> None: ...

    @app.get("/mine")
    async def mine(caller: Annotated[Caller, allowed(May.COUNT)]) -> str:
        return caller.name

    @app.get("/theirs")
    async def theirs(_: Annotated[Caller, allowed(May.READ)]) -> None: ...

    @app.post("/given")
    async def given(body: Outer) -> None: ...

    @app.get("/away")
    async def away() -> None:
        raise ServerSelectionTimeoutError(CANARY)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http


@pytest.mark.parametrize(
    ("language", "days"), [("en", "Write a day as 2026-11-20."), ("zh-TW", "日期請寫成 2026-11-20。")]
)
async def test_each_wrong_parameter_is_named_with_how_to_mend_it(
    http: httpx.AsyncClient, language: str, days: str
) -> None:
    wrong = {
        "day": CANARY,
        "at": "2026-11-20T21:40:00",
        "kind": CANARY,
        "limit": "0",
        "county": CANARY * 9,
        "since": CANARY,
    }
    answer = await http.get("/asked", params=wrong, headers={"accept-language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = {entry["at"].removeprefix("/query/"): entry["detail"] for entry in answer.json()["errors"]}
    assert told.keys() == wrong.keys()
    assert len(answer.json()["errors"]) == len(wrong)
    assert told["day"] == days
    assert "200" not in told["limit"] and "1" in told["limit"]
    for detail in told.values():
        assert any("一" <= sign <= "鿿" for sign in detail) == (language == "zh-TW"), detail
    assert CANARY not in answer.text


async def test_a_missing_parameter_is_named_in_the_callers_language(http: httpx.AsyncClient) -> None:
    answer = await http.get("/asked", headers={"accept-language": "zh-TW"})
    assert {entry["detail"] for entry in answer.json()["errors"]} == {"此欄位必填。"}


async def test_while_the_database_is_away_a_caller_is_told_when_to_come_again(http: httpx.AsyncClient) -> None:
    answer = await http.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "urn:safetynet:problem:unavailable"
    assert CANARY not in answer.text


async def test_nobody_is_sent_to_another_address_with_a_key_in_hand(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mine/", headers={"authorization": "Bearer token"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_what_a_caller_is_answered_is_kept_nowhere(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mine", headers={"authorization": "Bearer token"})
    assert (answer.json(), answer.headers["cache-control"]) == ("a", "no-store")


@pytest.mark.parametrize(
    ("path", "token", "status"), [("/mine", "token", 200), ("/mine", "guessed", 401), ("/theirs", "token", 403)]
)
async def test_a_caller_may_what_its_role_may(http: httpx.AsyncClient, path: str, token: str, status: int) -> None:
    answer = await http.get(path, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == status


async def test_of_a_field_that_a_body_does_not_have_those_that_it_has_are_told(http: httpx.AsyncClient) -> None:
    sent = {"nmae": CANARY, "rooms": [{"left": 1}, {"of": CANARY}]}
    answer = await http.post("/given", json=sent, headers={"accept-language": "en"})
    assert {entry["at"]: entry["detail"] for entry in answer.json()["errors"]} == {
        "/body/nmae": "There is no such field: there are name, rooms.",
        "/body/rooms/1/of": "There is no such field: there are left.",
    }
    assert CANARY not in answer.text
