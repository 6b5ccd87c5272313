"""A question on the spot in real Chromium: on a patrol's telephone, beside somebody who must not read the answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.decisions import PersonKey
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import PHONE
from tests.browser.network_place import Desk, desk, looked_at
from tests.browser.office import visited
from tests.integration.network_signals import NUMBER, key_of, question
from tests.integration.network_stage import POLICE, PROTECTION, decided
from tests.parts import Parts, Sweeper, env_of
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.browser]
LARGEST = 17.0
"""In pixels: an answer beside somebody who stands an arm's length away is no larger than the text around it."""


@fixture(scope="module", loop_scope="session")
async def served(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Desk]:
    with sweeper.names() as names:
        async with desk(env_of(parts, names), browser) as found:
            await _a_family_that_was_asked_about(found)
            yield found


@fixture(loop_scope="session")
async def there(served: Desk) -> AsyncIterator[Desk]:
    async with visited(served) as opened:
        yield opened


async def _a_family_that_was_asked_about(at: Desk) -> None:
    net = at.net
    await net.decide(decided("r1", family=["a"], people=(PersonKey(key=key_of(net, NUMBER), role="subject"),)))
    case = str((await net.case_of("r1"))["case_id"])
    await net.did(f"/v1/cases/{case}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION)
    await net.did(f"/v1/cases/{case}/marks", {"mark": "protection_order"}, PROTECTION)
    for _ in range(5):
        await net.did("/v1/signals", question(event=None), POLICE)

    async def alarmed() -> Any:
        return (await net.get("/v1/signals", "supervisor", alarming=True)).json()["signals"]

    await until(alarmed)


async def _asks(page: Page, url: str, lang: str) -> None:
    await page.goto(f"{url}/ask?lang={lang}")
    await page.fill("[name=who]", NUMBER)
    await page.keyboard.press("Enter")
    await expect(page.locator(".asked")).to_be_visible()


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_patrol_asks_by_one_field_and_everybody_can_read_the_pages(there: Desk, axe: str, lang: str) -> None:
    found = dict[str, list[tuple[Any, ...]]]()
    patrol = await there.visitor(POLICE, viewport=PHONE)
    await patrol.goto(f"{there.url}/ask?lang={lang}")
    found["ask"] = await looked_at(patrol, axe, "ask", lang=lang)
    await _asks(patrol, there.url, lang)
    found["asked"] = await looked_at(patrol, axe, "asked", lang=lang)
    await patrol.locator("button[name=new][value=yes]").click()
    await expect(patrol.locator("p[role=status]")).to_be_visible()
    supervisor = await there.visitor("supervisor", viewport={"width": 1280, "height": 860})
    await supervisor.goto(f"{there.url}/askings?lang={lang}")
    await expect(supervisor.locator("b.waits").first).to_be_visible()
    found["askings"] = await looked_at(supervisor, axe, "askings", lang=lang)
    assert {name: bad for name, bad in found.items() if bad} == {}


async def test_nobody_beside_the_telephone_reads_the_answer(there: Desk) -> None:
    patrol = await there.visitor(POLICE, viewport=PHONE)
    await _asks(patrol, there.url, "zh")
    whole = await patrol.locator("body").inner_text()
    assert NUMBER not in whole and NUMBER not in await patrol.title() and NUMBER not in patrol.url
    sizes = await patrol.locator(".asked ol *").evaluate_all(
        "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert sizes and max(sizes) <= LARGEST
    colours = await patrol.locator(".asked ol li b").evaluate_all(
        "all => all.map(each => getComputedStyle(each).color + getComputedStyle(each).backgroundColor)"
    )
    assert len(colours) == 5 and len(set(colours)) == 1, "yes and no have one colour"
    await patrol.emulate_media(media="print")
    await expect(patrol.locator(".asked")).to_be_hidden()
    await patrol.go_back()
    assert await patrol.locator("[name=who]").input_value() == "", "going back shows no number"
