"""A county's window in real Chromium: officers sign in at dispatch as it is served, reports come in beside it."""

from collections.abc import AsyncIterator

from kit import mongo
from playwright.async_api import Browser, Page
from pytest_asyncio import fixture

from tests.browser.office import Office, visited
from tests.integration.dispatch_stage import Window, make_window, people, running
from tests.parts import Parts


@fixture(loop_scope="session")
async def office(parts: Parts, settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    client = mongo.connect(parts.mongo)
    window = make_window(client, settings_env)
    async with running(settings_env | people()) as url, visited(Office(url, browser, window)) as opened:
        yield opened
    client.close()


@fixture(loop_scope="session")
async def board(office: Office) -> tuple[Page, Window]:
    """A supervisor's board, signed in, and the window that reports come in by."""
    return await office.officer(), office.window
