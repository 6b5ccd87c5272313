"""Live is a promise: what is posted is seen within a second, and a restart under an open page loses nothing."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any

import dispatch.app
import dispatch.settings
import httpx
import intake.app
import intake.settings
import pytest
from fastapi import FastAPI
from kit import mongo
from playwright.async_api import Browser, Page, expect
from web.callers import digest

from tests.browser.office import Office, visits
from tests.integration.dispatch_reports import body
from tests.integration.dispatch_stage import make_window, people
from tests.parts import Parts
from tests.serving import caller, free_port, serving
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.browser]
POSTS, EVERY = 100, 0.1
KEY = "police-key"
OBSERVE = """() => {
  window.seen = {};
  new MutationObserver((changes) => {
    for (const change of changes) for (const row of change.addedNodes)
      if (row.dataset?.id) window.seen[row.dataset.id] ??= Date.now();
  }).observe(document.getElementById("rows"), {childList: true, subtree: true});
}"""


@asynccontextmanager
async def served(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """An app served, once its Kafka is there too."""
    async with serving(app, port) as url, caller(url) as http:

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == httpx.codes.OK

        await until(ready)
        yield url


def the_board(env: dict[str, str]) -> FastAPI:
    return dispatch.app.create_app(
        dispatch.settings.Settings.model_validate(env | people() | {"shutdown_seconds": "3"})
    )


def the_intake(env: dict[str, str]) -> FastAPI:
    agency = {"agency_id": "police-1", "source_unit": "police", "counties": ["*"], "key_sha256": digest(KEY)}
    return intake.app.create_app(intake.settings.Settings.model_validate(env | {"agencies_seed": json.dumps([agency])}))


async def follow(browser: Browser, url: str, window: Any) -> Page:
    page = await Office(url, browser, window).officer()
    await page.check("#follow")
    await page.evaluate(OBSERVE)
    return page


@pytest.mark.alone
async def test_a_posted_report_is_on_the_open_board_within_a_second(
    parts: Parts, settings_env: dict[str, str], browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    client = mongo.connect(parts.mongo)
    async with (
        served(the_intake(settings_env)) as intake_url,
        served(the_board(settings_env)) as url,
        visits(browser),
        caller(intake_url, headers={"Authorization": f"Bearer {KEY}"}) as agency,
    ):
        page = await follow(browser, url, make_window(client, settings_env))
        posted: dict[str, float] = {}

        async def post(number: int) -> None:
            began = time()
            answer = await agency.post("/v1/reports", json=body(number), headers={"Idempotency-Key": f"k{number}"})
            posted[answer.json()["report_id"]] = began

        await post(999)  # the first message of a topic waits for its partitions to be given out
        await expect(page.locator("li.row")).to_have_count(1)
        posted.clear()
        posts = []
        for number in range(POSTS):
            posts.append(asyncio.create_task(post(number)))
            await asyncio.sleep(EVERY)
        await asyncio.gather(*posts)
        await until(lambda: page.evaluate(f"Object.keys(seen).length > {POSTS}"))
        seen = await page.evaluate("seen")
        clocks = await page.eval_on_selector_all("#waiting li", "rows => rows.map((row) => Number(row.dataset.sort))")
    client.close()
    lags = sorted(seen[id] / 1000 - began for id, began in posted.items())
    with capsys.disabled():
        figures = ("median", lags[len(lags) // 2]), ("p95", lags[-5]), ("most", lags[-1])
        told = ", ".join(f"{name} {lag * 1000:.0f} ms" for name, lag in figures)
        print(
            f"\nposted -> on the open board, {len(lags)} reports at {1 / EVERY:.0f} a second: {told}", file=sys.stderr
        )
    assert len(lags) == POSTS
    assert clocks == sorted(clocks), "whatever came, what breaches first stands first"


async def test_a_restart_under_an_open_page_is_said_and_nothing_is_missed(
    parts: Parts, settings_env: dict[str, str], browser: Browser
) -> None:
    client, port = mongo.connect(parts.mongo), free_port()
    window = make_window(client, settings_env)
    async with served(the_board(settings_env), port) as url:
        page = await Office(url, browser, window).officer()
        [first] = await window.decided(1)
        await expect(page.locator(f"#r-{first}")).to_be_visible()
    missed = await window.decided(2, 3, 4)
    await expect(page.locator("#stale")).to_be_visible()
    async with served(the_board(settings_env), port), visits(browser):
        missed += await window.decided(5)
        await expect(page.locator("#stale")).to_be_hidden()
        missed += await window.decided(6)
        await expect(page.locator("#new-count")).to_have_text(str(len(missed)))
        await page.keyboard.press("n")
        for id in [first, *missed]:
            await expect(page.locator(f"#r-{id}")).to_be_visible()
    client.close()
