"""Somebody before a real browser at network's pages, and the service behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page

from tests.integration.network_stage import Stage, stage
from tests.passwords import PASSWORD
from tests.serving import serving


@dataclass
class Seat:
    """The page of a browser that reads Chinese, and where the service answers it."""

    page: Page
    url: str
    net: Stage

    async def sign_in(self, username: str = "caseworker", password: str = PASSWORD) -> None:
        await self.page.goto(self.url + "/")
        await self.page.fill("[name=username]", username)
        await self.page.fill("[name=password]", password)
        await self.page.click("main button")


@asynccontextmanager
async def seated(env: dict[str, str], browser: Browser) -> AsyncIterator[Seat]:
    async with stage(env) as net, serving(net.app, lifespan="off") as url:
        page = await browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-TW")
        yield Seat(page, url, net)
        await page.close()
