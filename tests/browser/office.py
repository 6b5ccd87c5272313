"""A county's window in real Chromium: officers sign in at dispatch as it is served, reports come in beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from playwright.async_api import Browser, Page, expect

from tests.integration.dispatch_stage import Window
from tests.passwords import PASSWORD


@dataclass
class Office:
    """A served dispatch, a browser, the window that reports come in by; `complaints` of the pages must stay empty."""

    url: str
    browser: Browser
    window: Window
    complaints: list[str] = field(default_factory=list)

    async def page(self, **context: Any) -> Page:
        """A page in a browser context of its own, signed in as nobody."""
        opened = await self.browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "zh-TW"} | context
        )
        page = await opened.new_page()
        page.on(
            "console", lambda said: self.complaints.append(said.text) if is_complaint(said.text, said.type) else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def visitor(self, username: str = "supervisor", **context: Any) -> Page:
        """An empty page of somebody who is signed in: without the page for it, which has tests of its own."""
        page = await self.page(**context)
        form = {"username": username, "password": PASSWORD}
        await page.context.request.post(f"{self.url}/sign-in", form=form, max_redirects=0)
        return page

    async def officer(self, username: str = "supervisor", **context: Any) -> Page:
        """The board of an officer who has just signed in."""
        page = await self.visitor(username, **context)
        await page.goto(self.url)
        await expect(page.locator("#live.fresh")).to_be_visible()
        return page


def is_complaint(text: str, kind: str) -> bool:
    """An error on the console, but for the answers 409, 422 and 403 that a test asks for."""
    return kind == "error" and not any(f"status of {status}" in text for status in (403, 409, 422))


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
