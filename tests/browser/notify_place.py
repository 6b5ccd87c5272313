"""Notify as it is served, with messages, groups and a rota in it, for a browser to look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kit import mongo
from kit.mongo import Database
from notify.app import create_app
from playwright.async_api import Browser, Page

from tests.browser.office import is_complaint
from tests.integration.notify_stage import FakeLine, settings_of
from tests.passwords import PASSWORD
from tests.serving import serving


@dataclass
class Place:
    """A served notify; `complaints` of its pages must stay empty."""

    url: str
    browser: Browser
    database: Database
    complaints: list[str] = field(default_factory=list)

    async def visitor(self, username: str = "supervisor", **context: Any) -> Page:
        """A page of somebody who is signed in."""
        opened = await self.browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "zh-TW"} | context
        )
        page = await opened.new_page()
        page.on("console", lambda said: self._hear(said.text, said.type))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        form = {"username": username, "password": PASSWORD}
        await page.context.request.post(f"{self.url}/sign-in", form=form, max_redirects=0)
        return page

    def _hear(self, text: str, kind: str) -> None:
        if is_complaint(text, kind):
            self.complaints.append(text)


@asynccontextmanager
async def served(env: dict[str, str], browser: Browser) -> AsyncIterator[Place]:
    """With a LINE that takes everything, and no Kafka."""
    line = FakeLine()
    async with line.serving() as address:
        settings = settings_of(env, kafka_bootstrap="127.0.0.1:1", line_api_base=address)
        client = mongo.connect(settings.mongo_url)
        async with serving(create_app(settings)) as url:
            yield Place(url, browser, mongo.database(client, settings.database_prefix + "notify"))
        client.close()
