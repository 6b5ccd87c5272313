"""Pages that somebody opens in a browser context of their own, signed in or not, each complaint of theirs heard."""

from typing import Any

from playwright.async_api import Browser, Page

from tests.passwords import PASSWORD

ANSWERS = (403, 409, 422)
"""What a test may ask for on purpose: Chromium writes an error for each."""


async def opened(browser: Browser, complaints: list[str], **context: Any) -> Page:
    """An empty page, signed in as nobody; what it complains of is added to `complaints`."""
    page = await (await browser.new_context(**{"locale": "zh-TW"} | context)).new_page()

    def hear(text: str, kind: str) -> None:
        if is_complaint(text, kind):
            complaints.append(text)

    page.on("console", lambda said: hear(said.text, said.type))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


async def signed_in(browser: Browser, complaints: list[str], site: str, username: str, **context: Any) -> Page:
    """An empty page of somebody who is signed in at `site`: without the page for it, which has tests of its own."""
    page = await opened(browser, complaints, **context)
    form = {"username": username, "password": PASSWORD}
    await page.context.request.post(f"{site}/sign-in", form=form, max_redirects=0)
    return page


def is_complaint(text: str, kind: str) -> bool:
    """An error on the console, but for the answers that a test asks for."""
    return kind == "error" and not any(f"status of {status}" in text for status in ANSWERS)
