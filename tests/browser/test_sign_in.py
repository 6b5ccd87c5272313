"""Signing in with the county's account in real Chromium: in once, in everywhere, out everywhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import LANGUAGES, by_day_and_night, keep, violations
from tests.browser.office import visits
from tests.integration.signing_in import PASSWORD, County, county, someone

pytestmark = [pytest.mark.real, pytest.mark.browser]


@dataclass
class Seat:
    """A county's services, and a browser before them."""

    at: County
    browser: Browser

    async def page(self, theme: Any = "light") -> Page:
        context = await self.browser.new_context(
            locale="zh-TW", color_scheme=theme, viewport={"width": 1280, "height": 720}
        )
        return await context.new_page()

    async def sign_in(self, page: Page, username: str, url: str) -> None:
        await page.goto(url)
        await page.click("a.way")
        await page.check(f"[name=username][value={username}]")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")


@fixture(loop_scope="session")
async def seat(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Seat]:
    from json import dumps

    from web.passwords import PASSWORDS

    listed = dumps([someone("officer") | {"password_hash": PASSWORDS.hash(PASSWORD)}])
    async with county(settings_env, officers=listed) as at, visits(browser):
        yield Seat(at, browser)


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
async def test_in_once_in_everywhere_out_everywhere(seat: Seat, axe: str, lang: str, theme: Any) -> None:
    page, found = await seat.page(theme), {}
    at = seat.at
    await page.goto(f"{at.dispatch}/sign-in?lang={lang}")
    found["door"] = await violations(page, axe)
    await keep(page, f"door-{lang}-{theme}")
    await page.click("a.way")
    found["provider"] = await violations(page, axe)
    await keep(page, f"provider-{lang}-{theme}")
    await page.check("[name=username][value=caseworker]")
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button")
    await expect(page.locator("header.bar .who")).to_contain_text("caseworker 王")
    await page.goto(f"{at.network}/")
    found["network-door"] = await violations(page, axe)
    await keep(page, f"network-door-{lang}-{theme}")
    await page.click("a.way")
    await expect(page.locator("header .who")).to_contain_text("caseworker 王")
    await page.goto(f"{at.dispatch}/")
    await page.click("form[action='/sign-out'] button")
    await expect(page.locator("a.way")).to_be_visible()
    await page.click("a.way")
    await expect(page.locator("[name=password]")).to_be_visible()
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_pages_about_people_are_open_to_everybody(seat: Seat, axe: str, lang: str) -> None:
    found = {}
    for username, paths in {"administrator": ("/people", "/looks"), "liaison": ("/senders",)}.items():
        page = await seat.page()
        await seat.sign_in(page, username, f"{seat.at.dispatch}/sign-in")
        await expect(page.locator("header.bar")).to_be_visible()
        for path in paths:
            await page.goto(f"{seat.at.dispatch}{path}?lang={lang}")
            found[path] = await by_day_and_night(page, axe, f"{path[1:]}-{lang}")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert {name: bad for name, bad in found.items() if bad} == {}


async def test_an_account_without_a_role_is_told_so_plainly(seat: Seat, axe: str) -> None:
    page = await seat.page()
    await seat.sign_in(page, "guest", f"{seat.at.dispatch}/sign-in")
    await expect(page.locator("[role=alert]")).to_contain_text("沒有可用的角色")
    assert await violations(page, axe) == []
    await keep(page, "no-role")
