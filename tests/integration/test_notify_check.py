"""`python -m notify check` against the stand-in: what is well, what is not, and what only people can see."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from line_standin.app import create_app
from line_standin.groups import group_id
from line_standin.settings import Settings
from notify.checking import SWITCHES, findings
from notify.line import Access, LineApi

from tests.serving import serving

WINDOW = "chiayi-county/window"
Change = Callable[[httpx.Client], Any]


async def found(base: str, access: Mapping[str, str], unit: str = WINDOW) -> dict[str, bool | None]:
    line = LineApi(Access(base, **access), seconds=5, connections=1)  # type: ignore[arg-type]
    async with line.running():
        return {each.what: each.well for each in await findings(line, {unit: group_id(unit)})}


@pytest.mark.parametrize(
    ("settings", "access", "bad"),
    [
        ({}, {"token": "t"}, set()),
        ({}, {"channel_id": "1650000001", "channel_secret": "s"}, set()),
        ({}, {"token": "old"}, {"token"}),
        ({}, {"channel_id": "1650000001", "channel_secret": "wrong"}, {"token"}),
        ({"line_quota": 0}, {"token": "t"}, {"quota"}),
        ({"path": "/elsewhere"}, {"token": "t"}, {"webhook", "webhook answers"}),
    ],
)
async def test_a_check_says_what_is_bad_and_names_the_switches(
    settings: dict[str, Any], access: dict[str, str], bad: set[str]
) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        status = 200 if scope["path"] == "/webhooks/line" else 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with serving(answer, lifespan="off") as bot:  # type: ignore[arg-type]
        url = bot + settings.pop("path", "/webhooks/line")
        chosen = Settings(line_channel_token="t", line_channel_secret="s", notify_webhook_url=url, **settings)  # type: ignore[arg-type]
        async with serving(create_app(chosen)) as base:
            seen = await found(base, access)
    assert {what for what, well in seen.items() if well is False} == bad
    assert bad == {"token"} or {what for what, well in seen.items() if well is None} == set(SWITCHES)


async def test_a_group_that_is_not_there_is_bad() -> None:
    chosen = Settings(line_channel_token="t", line_channel_secret="s")  # type: ignore[arg-type]
    async with serving(create_app(chosen)) as base:
        assert (await found(base, {"token": "t"}, "chiayi-county/none"))["group of chiayi-county/none"] is False
