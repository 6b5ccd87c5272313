"""A county's window in real Chromium: officers sign in at dispatch as it is served, reports come in beside it."""

from collections.abc import AsyncIterator

import pytest
from kit import mongo
from playwright.async_api import Page, expect

from tests.browser.office import Office, chromium_running
from tests.integration.dispatch_stage import Window, make_window, people, running
from tests.parts import Parts

expect.set_options(timeout=15_000)


@pytest.fixture
async def office(parts: Parts, settings_env: dict[str, str], chromium: str) -> AsyncIterator[Office]:
    client = mongo.connect(parts.mongo)
    async with running(settings_env | people()) as url, chromium_running(chromium) as browser:
        opened = Office(url, browser, make_window(client, settings_env))
        yield opened
    assert opened.complaints == []
    client.close()


@pytest.fixture
async def board(office: Office) -> tuple[Page, Window]:
    """A supervisor's board, signed in, and the window that reports come in by."""
    return await office.officer(), office.window
