"""A supervisor says on the evening before that the county closes, with the keyboard alone, and takes it back."""

import pytest
from playwright.async_api import expect

from tests.browser.looking import by_day_and_night, fits, visit
from tests.browser.office import Office
from tests.integration.days_off import TYPHOON, ends, first_contact, to_a_centre
from tests.integration.dispatch_reports import COUNTY
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def test_a_typhoon_is_told_by_keyboard_and_the_board_says_what_moved(office: Office, axe: str) -> None:
    id = await to_a_centre(office.window)
    page = await office.visitor("supervisor")
    await visit(page, office, f"/days?county={COUNTY}", "zh")
    await page.focus("#say-day [name=day]")
    await page.fill("#say-day [name=day]", str(TYPHOON))
    await page.focus("#say-day button.primary")
    await page.keyboard.press("Enter")
    await expect(page.locator("tr[data-day]")).to_contain_text("颱風")
    assert await by_day_and_night(page, axe, "days-told") == []
    assert await fits(page)

    await page.fill("#say-day [name=day]", str(TYPHOON))
    await page.click("#say-day button.primary")
    await expect(page.get_by_role("alert")).to_contain_text("已是停班")

    async def moved() -> bool:
        return await first_contact(office.window, id) == ends(TYPHOON)

    await until(moved)
    await page.goto(f"{office.url}/?county={COUNTY}&report={id}")
    await expect(page.locator("ol.history")).to_contain_text(str(TYPHOON))
    await visit(page, office, f"/days?county={COUNTY}", "en")
    await page.focus("tr[data-day] button")
    await page.keyboard.press("Enter")
    await expect(page.locator("tr[data-day]").first).to_contain_text("Taken back")
