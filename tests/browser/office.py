"""A county's window in real Chromium: officers sign in at dispatch as it is served, reports come in beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from playwright.async_api import Browser, Page, expect

from tests.browser.visiting import opened, signed_in
from tests.integration.dispatch_stage import Window

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}


@dataclass
class Office:
    """A served dispatch, a browser, the window that reports come in by; `complaints` of the pages must stay empty."""

    url: str
    browser: Browser
    window: Window
    complaints: list[str] = field(default_factory=list)

    async def page(self, **context: Any) -> Page:
        """A page in a browser context of its own, signed in as nobody."""
        return await opened(self.browser, self.complaints, **DESK | context)

    async def visitor(self, username: str = "supervisor", **context: Any) -> Page:
        """An empty page of somebody who is signed in."""
        return await signed_in(self.browser, self.complaints, self.url, username, **DESK | context)

    async def officer(self, username: str = "supervisor", **context: Any) -> Page:
        """The board of an officer who has just signed in."""
        page = await self.visitor(username, **context)
        await page.goto(self.url)
        await expect(page.locator("#live.fresh")).to_be_visible()
        return page


class Place(Protocol):
    """Something served that a browser looks at."""

    browser: Browser
    complaints: list[str]


AnyPlace = TypeVar("AnyPlace", bound=Place)


@asynccontextmanager
async def visited(place: AnyPlace) -> AsyncIterator[AnyPlace]:
    """A place for one test: what it opens is closed before the server may stop, and no page may complain."""
    place.complaints.clear()
    async with visits(place.browser):
        yield place
    assert place.complaints == []


@asynccontextmanager
async def visits(browser: Browser) -> AsyncIterator[None]:
    """What is opened in the browser meanwhile is closed."""
    try:
        yield
    finally:
        for context in browser.contexts:
            await context.close()
