"""Decision tables and the cross-tabulation in real Chromium: two supervisors publish; nobody is shut out (axe-core)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from kit import mongo
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import LOOKS, keep, violations, visit
from tests.browser.office import Office, visited
from tests.integration.dispatch_reports import COUNTY, TODAY, consultation
from tests.integration.dispatch_stage import make_window, running
from tests.integration.tables_stage import supervisors, text
from tests.parts import Parts

pytestmark = [pytest.mark.real, pytest.mark.browser]
WRONG = text(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"), ("any_of: [strangulation]", "any_of: [strangling]"))
V04 = "consultation_minor]}, need_count: {at_least: 2}}"
FEWER = text((V04, V04.replace("2", "1")), ("tipvda: {at_least: 6}", "tipvda: {at_least: 4}"))
"""One need is enough for a visit, and a lower score for protection."""


@fixture(loop_scope="session")
async def office(parts: Parts, settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    client = mongo.connect(parts.mongo)
    window = make_window(client, settings_env)
    async with running(settings_env | supervisors()) as url, visited(Office(url, browser, window)) as opened:
        await window.handlers.on_reports([await window.received(consultation(number)) for number in range(100, 130)])
        await window.decided(1, 2, 3, 4, 5, 6, 7)
        yield opened
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
    first = await office.officer("supervisor")
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
    second = await office.officer("second")
    await second.goto(office.url + path)
    await expect(second.locator("#replayed dl.sums")).to_be_visible()
    await second.click("#approve")
    await expect(second.locator("#approval")).to_have_count(0)
    await visit(second, office, "/tables", "zh")
    await expect(second.locator(".versions tbody tr").first).to_contain_text("林督導")
    await expect(second.locator(".versions tbody tr").first).to_contain_text("將生效")


async def test_who_is_slower_keeps_what_they_wrote(office: Office) -> None:
    first, second = await office.officer("supervisor"), await office.officer("second")
    path = await drafted(first, office)
    await second.goto(office.url + path)
    await saved(first, FEWER)
    await saved(second, WRONG)
    await expect(second.locator(".problem[role=alert]")).to_contain_text("supervisor 王")
    assert await second.input_value("#text") == WRONG


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
async def test_tables_and_crosstab_are_open_to_everybody(office: Office, axe: str, lang: str, theme: Any) -> None:
    look = {"color_scheme": theme, "viewport": {"width": 1280, "height": 720}}
    page, found = await office.officer("supervisor", **look), dict[str, Any]()

    async def look_at(name: str) -> None:
        found[name] = await violations(page, axe)
        await keep(page, f"{name}-{lang}-{theme}")
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name

    await visit(page, office, "/tables", lang)
    path = await drafted(page, office)
    await saved(page, WRONG)
    await look_at("draft-wrong")
    await saved(page, FEWER)
    await replayed(page)
    await page.locator("#check").scroll_into_view_if_needed()
    await look_at("draft-replayed")
    await page.evaluate("document.querySelector('#replay').scrollIntoView()")
    await keep(page, f"draft-flips-{lang}-{theme}")
    await page.click("form[action$='/ask'] button")
    await expect(page.locator("form[action$='/take-back'] button")).to_be_visible()
    second = await office.officer("second", **look)
    await visit(second, office, path, lang)
    await second.evaluate("document.querySelector('#approval').scrollIntoView()")
    found["approve"] = await violations(second, axe)
    await keep(second, f"draft-approve-{lang}-{theme}")
    await second.click("#approve")
    await expect(second.locator("#approval")).to_have_count(0)
    await visit(page, office, "/tables", lang)
    await look_at("tables")
    await visit(page, office, f"/tables/versions/2021-01-01?county={COUNTY}", lang)
    await look_at("table")
    await page.goto(f"{office.url}/tables?county={COUNTY}")
    await page.click("form.compare button")
    await look_at("table-differences")
    await visit(page, office, "/crosstab?rows=case_type&by=source_unit&columns=outcome", lang)
    await look_at("crosstab")
    assert {name: bad for name, bad in found.items() if bad} == {}
