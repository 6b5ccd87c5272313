"""What a test looks at on a page: accessibility (axe-core), what runs off the side, a picture to keep."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.office import Office

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # What passes is worked out all the same; telling every element of it took twice as long as finding out.
    "resultTypes": ["violations"],
}
COLOURS = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What the night may change: all else is the same elements in the same order."""
LANGUAGES = ("zh", "en")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}


async def visit(page: Page, office: Office, path: str, lang: str) -> None:
    await page.goto(f"{office.url}{path}{'&' if '?' in path else '?'}lang={lang}")


async def keep(page: Page, name: str, *, whole: bool = False) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)


async def violations(page: Page, axe: str, rules: dict[str, Any] = RULES) -> list[tuple[Any, ...]]:
    # Trusted Types keep a page from running texts; the tool that looks at it is let in by the debugger.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(axe)
    found = await page.evaluate("async rules => (await axe.run(document, rules)).violations", rules)
    return [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]


async def by_day_and_night(page: Page, axe: str, name: str, *, whole: bool = False) -> list[tuple[Any, ...]]:
    """What shuts people out of a page in either theme; both are kept."""
    await keep(page, f"{name}-light", whole=whole)
    found = await violations(page, axe)
    await page.emulate_media(color_scheme="dark")
    await keep(page, f"{name}-dark", whole=whole)
    found += await violations(page, axe, COLOURS)
    await page.emulate_media(color_scheme="light")
    return found


async def shown(office: Office, page: Page, id: str) -> None:
    """The report's panel open on a page."""
    await page.goto(f"{office.url}/?report={id}")
    await expect(page.locator("#panel article")).to_be_visible()
    await expect(page.locator("#live.fresh")).to_be_visible()


async def does(page: Page, key: str, reason: str) -> None:
    """One act by keyboard: its key, its reason, Enter."""
    await page.keyboard.press(key)
    await page.locator("details[open] [name=reason]").fill(reason)
    await page.keyboard.press("Enter")


async def unheard(page: Page) -> None:
    """A board that counts as lost: the last word of the server is long past, and no later one comes through."""
    await page.evaluate("stream.close(); stream.heard -= LOST; stream.tried = Infinity")


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
