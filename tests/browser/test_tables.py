"""Decision tables and the cross-tabulation in real Chromium: two supervisors publish; nobody is shut out (axe-core)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from kit import mongo
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import LANGUAGES, by_day_and_night, fits, visit
from tests.browser.office import Office, visited
from tests.integration.dispatch_reports import COUNTY, TODAY, consultation
from tests.integration.dispatch_stage import make_window, running
from tests.integration.tables_stage import SOON, supervisors, text

pytestmark = [pytest.mark.real, pytest.mark.browser]
WRONG = text(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"), ("any_of: [strangulation]", "any_of: [strangling]"))
V04 = "consultation_minor]}, need_count: {at_least: 2}}"
FEWER = text((V04, V04.replace("2", "1")), ("tipvda: {at_least: 6}", "tipvda: {at_least: 4}"))
"""One need is enough for a visit, and a lower score for protection."""
LATER = FEWER.replace(SOON.isoformat(), (SOON + timedelta(days=1)).isoformat(), 1)


@fixture(loop_scope="session")
async def office(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    async with opened(settings_env, browser) as office, visited(office):
        yield office


@asynccontextmanager
async def opened(env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    """A county with two supervisors and thirty-seven reports."""
    client = mongo.connect(env["mongo_url"])
    async with running(env | supervisors()) as url:
        window = make_window(client, env)
        await window.handlers.on_reports([await window.received(consultation(number)) for number in range(100, 130)])
        await window.decided(1, 2, 3, 4, 5, 6, 7)
        yield Office(url, browser, window)
    client.close()


async def drafted(page: Page, office: Office) -> str:
    """A draft that a supervisor has just started; its path."""
    await page.goto(f"{office.url}/tables?county={COUNTY}")
    await page.locator("form[action*='/tables/drafts'] button").first.click()
    await expect(page.locator("#text")).to_be_visible()
    return page.url.removeprefix(office.url).split("#")[0]


async def saved(page: Page, written: str) -> None:
    await page.fill("#text", written)
    async with page.expect_navigation():
        await page.click("form.writing button.primary")


async def replayed(page: Page) -> None:
    await page.fill("[name=first]", (TODAY - timedelta(days=1)).isoformat())
    await page.fill("[name=last]", (TODAY + timedelta(days=1)).isoformat())
    await page.click("form[action$='/replay'] button")
    await expect(page.locator("#replayed dl.sums")).to_be_visible(timeout=60_000)


async def test_a_table_is_mended_tried_out_and_published_by_two_people(office: Office) -> None:
    first = await office.visitor("supervisor")
    path = await drafted(first, office)
    await saved(first, WRONG)
    await expect(first.locator(".faults li")).to_have_count(2)
    await first.locator(".faults [data-line]").last.click()
    chosen = await first.eval_on_selector("#text", "text => text.value.slice(text.selectionStart, text.selectionEnd)")
    assert "id: T02" in chosen
    await saved(first, FEWER)
    await expect(first.locator("#check .right")).to_be_visible()
    await replayed(first)
    await expect(first.locator("#replayed")).to_contain_text("30")
    await first.fill("[name=words]", "較早介入")
    await first.click("form[action$='/ask'] button")
    await expect(first.locator("form[action$='/take-back'] button")).to_be_visible()
    await expect(first.locator("#approve")).to_have_count(0)
    second = await office.visitor("second")
    await second.goto(office.url + path)
    await expect(second.locator("#replayed dl.sums")).to_be_visible()
    await approved(second, office, path)
    await visit(second, office, "/tables", "zh")
    await expect(second.locator(".versions tbody tr").first).to_contain_text("林督導")
    await expect(second.locator(".versions tbody tr").first).to_contain_text("將生效")


async def test_who_is_slower_keeps_what_they_wrote(office: Office) -> None:
    first, second = await office.visitor("supervisor"), await office.visitor("second")
    path = await drafted(first, office)
    await second.goto(office.url + path)
    await saved(first, FEWER)
    await saved(second, WRONG)
    await expect(second.locator(".problem[role=alert]")).to_contain_text("supervisor 王")
    assert await second.input_value("#text") == WRONG


@dataclass
class Drafts:
    """Where drafts of every kind lie, beside a table that two people published; tests look at them and change none."""

    office: Office
    wrong: str
    tried: str
    asked: str


@fixture(scope="module", loop_scope="session")
async def kept(shared_env: dict[str, str], browser: Browser) -> AsyncIterator[Drafts]:
    async with opened(shared_env, browser) as office, visited(office):
        first, second = await office.visitor("supervisor"), await office.visitor("second")
        await approved(second, office, await asked(first, office, LATER))
        wrong = await drafted(first, office)
        await saved(first, WRONG)
        yield Drafts(office, wrong, await tried(first, office), await asked(first, office))


async def tried(page: Page, office: Office, written: str = FEWER) -> str:
    """A draft that was replayed on past reports; its path."""
    path = await drafted(page, office)
    await saved(page, written)
    await replayed(page)
    return path


async def asked(page: Page, office: Office, written: str = FEWER) -> str:
    """The same, and somebody else is asked to approve it."""
    path = await tried(page, office, written)
    await page.click("form[action$='/ask'] button")
    await expect(page.locator("form[action$='/take-back'] button")).to_be_visible()
    return path


async def approved(page: Page, office: Office, path: str) -> None:
    await page.goto(office.url + path)
    await page.click("#approve")
    await expect(page.locator("#approval")).to_have_count(0)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_tables_and_crosstab_are_open_to_everybody(kept: Drafts, axe: str, lang: str) -> None:
    async with visited(kept.office) as office:
        look = {"viewport": {"width": 1280, "height": 720}}
        first, second = await office.visitor("supervisor", **look), await office.visitor("second", **look)
        found = dict[str, Any]()
        for name, (page, path, ready) in {
            "draft-wrong": (first, kept.wrong, ".faults li"),
            "draft-replayed": (first, kept.tried, "#replayed dl.sums"),
            "draft-approve": (second, kept.asked, "#approve"),
            "tables": (second, "/tables", ".versions tbody tr"),
            "table": (second, f"/tables/versions/2021-01-01?county={COUNTY}", "main"),
            "table-differences": (second, f"/tables?county={COUNTY}", "form.compare button"),
            "crosstab": (second, "/crosstab?rows=case_type&by=source_unit&columns=outcome", "main table"),
        }.items():
            await visit(page, office, path, lang)
            await expect(page.locator(ready).first).to_be_visible()
            if name == "table-differences":
                await page.click(ready)
            found[name] = await by_day_and_night(page, axe, f"{name}-{lang}")
            assert await fits(page), name
        assert {name: bad for name, bad in found.items() if bad} == {}
