"""Early warning in real Chromium: why in words and numbers, a map with its table, an answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from pytest_asyncio import fixture

from tests.browser.looking import PHONE
from tests.browser.network_place import Desk, desk, looked_at
from tests.browser.office import visited
from tests.integration.network_early import hot_village, rising
from tests.parts import Parts, Sweeper, env_of

pytestmark = [pytest.mark.real, pytest.mark.browser]


@fixture(scope="module", loop_scope="session")
async def served(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Desk]:
    with sweeper.names() as names:
        async with desk(env_of(parts, names), browser) as found:
            await rising(found.net)
            await hot_village(found.net)
            await found.net.app.state.find_early_warnings()
            for each in (await found.net.get("/v1/early-warnings", "supervisor")).json()["warnings"]:
                found.told[each["rule"]] = f"/early-warnings/{each['warning_id']}"
            yield found


@fixture(loop_scope="session")
async def there(served: Desk) -> AsyncIterator[Desk]:
    async with visited(served) as opened:
        yield opened


@pytest.mark.parametrize(("lang", "screen"), [("zh", {"width": 1280, "height": 900}), ("en", PHONE)], ids=["zh", "en"])
async def test_everybody_can_read_what_warns_and_why(there: Desk, axe: str, lang: str, screen: dict[str, int]) -> None:
    found = dict[str, list[tuple[Any, ...]]]()
    page = await there.visitor("supervisor", viewport=screen)
    for name, path in {"list": "/early-warnings", **there.told}.items():
        await page.goto(f"{there.url}{path}?lang={lang}")
        found[name] = await looked_at(page, axe, f"early-warning-{name}", lang=lang)
    assert set(found) == {"list", "hot_spot", "family_rises"}
    assert {name: bad for name, bad in found.items() if bad} == {}


async def test_a_warning_is_dismissed_with_a_reason_and_counted(there: Desk) -> None:
    page = await there.visitor("supervisor", viewport={"width": 1280, "height": 900})
    await page.goto(f"{there.url}{there.told['hot_spot']}?lang=en")
    await expect(page.locator("#why")).to_contain_text("9 new joint cases")
    await page.check("[name=verdict][value=dismissed]")
    await page.select_option("[name=dismissed]", "one_event")
    await page.click("#answer button.primary")
    await expect(page.locator("#answer")).to_contain_text("Dismissed")
    await page.goto(f"{there.url}/early-warnings?lang=en")
    await expect(page.locator("#record tbody tr").first).to_contain_text("0.0 %")
