"""Earlier reports that may be about the same people, in a real browser: read, judged, and judged anew."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.looking import keep, shown, violations
from tests.browser.office import Office
from tests.integration.dispatch_reports import COUNTY, about
from tests.integration.dispatch_stage import told

pytestmark = [pytest.mark.real, pytest.mark.browser]
HOME = {"county": COUNTY, "township": "民雄鄉", "village": "東榮村", "address": "建國路一段1號"}


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
async def test_who_may_be_the_same_is_shown_with_reasons_and_judged_twice(
    office: Office, axe: str, lang: str, theme: Any
) -> None:
    neighbour: dict[str, Any] = {"name": "林某某", "birth_date": "1950-01-01", "residence": HOME}
    known: dict[str, Any] = {"phones": ["0911111111"], "residence": HOME}
    *_, id = await told(
        office.window, about(day=10, **neighbour), about(day=14, name="陳宜均"), about(day=16, **known), about(**known)
    )
    page = await office.visitor(color_scheme=theme, viewport={"width": 1280, "height": 1100})
    await page.goto(f"{office.url}/?lang={lang}")
    await shown(office, page, id)
    first = page.locator(".kin > ul > li").first
    await expect(page.locator(".kin > ul > li")).to_have_count(3)
    await expect(first.locator(".band")).to_have_class("band likely")
    await first.locator("summary").click()
    await page.locator(".kin").evaluate("kin => kin.scrollIntoView()")
    assert await violations(page, axe) == []
    await keep(page, f"kin-{lang}-{theme}")
    for kind in ("not_same", "same_family"):
        await first.locator(f"[value={kind}]").check()
        await first.locator("[name=reason]").fill("home_visit")
        await first.locator("[name=reason]").press("Enter")
        await expect(first.locator(".said")).to_be_visible()
        await expect(first.locator("details[open]")).to_have_count(0)
        await first.locator("summary").click()
    await expect(page.locator(".kin > ul > li")).to_have_count(3)
    document = await office.window.document(id)
    assert [each["kind"] for each in document["verdicts"]] == ["not_same", "same_family"]
    await keep(page, f"kin-said-{lang}-{theme}")
