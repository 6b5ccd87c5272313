"""Notify as it is served, with messages, groups and a rota in it, for a browser to look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kit import mongo
from kit.mongo import Database
from notify.app import create_app
from playwright.async_api import Browser, Page

from tests.browser.visiting import signed_in
from tests.integration.notify_stage import FakeLine, settings_of
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
        wanted = {"viewport": {"width": 1440, "height": 900}} | context
        return await signed_in(self.browser, self.complaints, self.url, username, **wanted)


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
