"""Network as it is served, in real Chromium: one stage for the tests of a file, with people who sign in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser.looking import by_day_and_night, fits, keep, violations
from tests.browser.visiting import signed_in
from tests.integration.network_stage import Stage, stage
from tests.serving import serving


@dataclass
class Desk:
    """A served network, a browser, the stage it plays on; `complaints` of the pages must stay empty."""

    url: str
    net: Stage
    browser: Browser
    told: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def visitor(self, username: str, **context: Any) -> Page:
        """An empty page of somebody who is signed in."""
        return await signed_in(self.browser, self.complaints, self.url, username, **context)


@asynccontextmanager
async def desk(env: dict[str, str], browser: Browser) -> AsyncIterator[Desk]:
    async with stage(env) as net, serving(net.app, lifespan="off") as url:
        yield Desk(url, net, browser)


async def looked_at(page: Page, axe: str, name: str, *, lang: str) -> list[tuple[Any, ...]]:
    """What shuts people out of the page as it is; the night changes colours alone, so one language sees it."""
    assert await fits(page), f"{name} runs off the side"
    if lang == "en":
        await keep(page, f"{name}-en", whole=True)
        return await violations(page, axe)
    return await by_day_and_night(page, axe, f"{name}-{lang}", whole=True)
