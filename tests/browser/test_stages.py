"""A report's stages in a real browser: a visit before the decision, a sender taught, a transfer taken over."""

import os
from pathlib import Path

import pytest
from dispatch.policy import policies
from dispatch.window.transfers import Transfers
from playwright.async_api import Page, expect

from tests.browser.looking import does, shown
from tests.browser.office import Office
from tests.integration.dispatch_reports import CITY, child, instant, living_there, returned

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def kept(page: Page, name: str) -> None:
    """A picture in the folder SCREENSHOTS, where one is named."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_an_officer_sends_someone_to_see_and_decides_by_what_was_found(office: Office) -> None:
    received = await office.window.received(child(1))
    await office.window.handlers.on_reports([received])
    id, page = str(received.event.subject), await office.visitor("supervisor")
    await shown(office, page, id)
    await does(page, "r", "先看再說")
    await expect(page.locator('[data-key="v"]')).to_be_visible()
    await page.keyboard.press("v")
    await page.locator("details[open] [name=investigator]").fill("林調查員")
    await kept(page, "investigate")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel .held.mine")).to_contain_text("林調查員")
    await kept(page, "investigating")
    await page.keyboard.press("o")
    await page.locator("details[open] [value=substantiated]").check()
    await page.locator("details[open] [name=outcome]").select_option("protection")
    await page.locator("details[open] [name=reason]").fill("訪視屬實")
    await kept(page, "finding")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel header .o-protection")).to_be_visible()
    await expect(page.locator("#panel .stages").last).to_contain_text("屬實")
    await kept(page, "found")
    assert (await office.window.document(id))["finding"]["found"] == "substantiated"


async def test_a_sender_is_taught_by_codes_alone(office: Office) -> None:
    [id] = await office.window.decided(1)
    page = await office.visitor("officer")
    await shown(office, page, id)
    await page.keyboard.press("i")
    await page.locator("details[open] [name=at1]").select_option("/event/place")
    await page.locator("details[open] [name=code1]").select_option("missing")
    await kept(page, "improper")
    await page.locator("details[open] button.primary").click()
    await expect(page.locator("#panel .stages").first).to_contain_text("發生地點 未填")
    assert await page.locator("#panel [data-key=i]").count() == 0


async def test_what_was_given_back_twice_says_who_decides_and_refuses_an_officer(office: Office) -> None:
    [id] = await office.window.decided(1)
    for _ in range(2):
        await office.window.handlers.on_news([returned(id)])
    page = await office.visitor("officer")
    await shown(office, page, id)
    await expect(page.locator("#panel")).to_contain_text("已退回兩次")
    await does(page, "d", "再派一次")
    await expect(page.locator("#panel .problem")).to_contain_text("督導")
    await kept(page, "returned_twice")


async def test_another_countys_officer_takes_a_transfer_over(office: Office) -> None:
    received = await office.window.received(living_there(1))
    await office.window.handlers.on_reports([received])
    await Transfers(office.window.reports, office.window.vault, policies(), instant).carry_all()
    there_id = (await office.window.document(received.event.subject))["transfer"]["id"]
    page = await office.visitor("elsewhere")
    await page.goto(f"{office.url}/?county={CITY}")
    await expect(page.locator(f"#arrived #r-{there_id}")).to_be_visible()
    await shown(office, page, there_id)
    await expect(page.locator("#panel")).not_to_contain_text("林小1")
    await kept(page, "arrived")
    await page.keyboard.press("d")
    await expect(page.locator("#panel .history")).to_contain_text("接受移轉")
    await page.goto(f"{office.url}/?county={CITY}&report={there_id}")
    await expect(page.locator(f"#arrived #r-{there_id}")).to_have_count(0)
    await kept(page, "taken_over")
