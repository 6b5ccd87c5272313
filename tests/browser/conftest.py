"""A county's window in real Chromium: officers sign in at dispatch as it is served, reports come in beside it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit import mongo
from playwright.async_api import Browser, Page, async_playwright, expect
from pytest_asyncio import fixture

from tests.browser.office import Office, visited
from tests.integration.dispatch_stage import Window, make_window, people, running
from tests.parts import Parts

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all of these tests, in which their Chromium lives."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, started once a worker: a test opens contexts of its own."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        await started.close()


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
