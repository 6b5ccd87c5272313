"""Records, the yearly sheet, cases crossed and the deck in real Chromium: both languages, day and night, on a phone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from pytest_asyncio import fixture

from tests.browser.looking import DESK, PHONE, by_day_and_night, fits, keep, violations
from tests.browser.visiting import signed_in
from tests.integration.network_life import ahead
from tests.integration.network_meeting import planned
from tests.integration.network_recording import OURS, PRINTED, covered, record, youth
from tests.integration.network_rosters import came, listed
from tests.integration.network_stage import CENTRE, COUNTY, Stage, decided, stage
from tests.parts import Parts, Sweeper, env_of
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.browser]
NEEDS = ("economic_hardship", "child_development", "relationship_conflict")
TOWNSHIPS = ("民雄鄉", "朴子市", "阿里山鄉")


@fixture(scope="module", loop_scope="session")
async def site(parts: Parts, sweeper: Sweeper) -> AsyncIterator[str]:
    """Network as it is served, with what a county printed of 2021 and twenty families of this year."""
    with sweeper.names() as names:
        env = env_of(parts, names) | {"public_dispatch_url": "https://dispatch.example"}
        async with stage(env) as net, serving(net.app, lifespan="off") as url:
            await _a_year(net)
            await _families(net)
            await planned(net, ahead(0.01))
            await came(net, *(listed(f"row{n}", f"nb:{n}", received_at=datetime.now(UTC)) for n in range(9)))
            yield url


async def _a_year(net: Stage) -> None:
    await youth(net, 2021)
    await covered(net)
    await record(net, of="posts", group=CENTRE, role="worker", month="2021-09", posts=5, filled=4)
    await record(net, source="ris.gov.tw", of="population", **OURS["population"])
    typed = PRINTED["kaohsiung_2023"] | {"development_accounts_paid": OURS["paid"]}
    for indicator, value in typed.items():
        await record(net, source="簡報", of="typed", indicator=indicator, year=2021, value=value)
    began = datetime.now(UTC).date()
    await record(net, of="session", course="level_1", day=str(began + timedelta(days=40)), places=1)
    for name in ("新進 甲", "新進 乙"):
        await record(net, CENTRE, of="need", course="level_1", name=name, started=str(began))


async def _families(net: Stage) -> None:
    await net.decide(*(decided(f"r{at}", township=TOWNSHIPS[at % 7 // 3], received_at=datetime.now(UTC))
                       for at in range(20)))  # fmt: skip
    for at in range(20):
        await net.case_of(f"r{at}")
        found = {"at": datetime.now(UTC), "opened": True, "needs": [NEEDS[at % 3]], "factors": [], "id": f"a{at}"}
        await net.database["cases"].update_one({"reports.report_id": f"r{at}"}, {"$set": {"assessments": [found]}})


PATHS = {
    "records": f"/records?county={COUNTY}",
    "yearly": f"/yearly?county={COUNTY}&year=2021",
    "crosstab": f"/figures/crosstab?county={COUNTY}&rows=township&columns=need",
    "review": f"/review?county={COUNTY}",
    "review-2021": f"/review?county={COUNTY}&span=2021-01-01/2021-12-31",
    "review-meetings": f"/review/meetings?county={COUNTY}",
    "review-rosters": f"/review/rosters?county={COUNTY}",
}


@pytest.mark.parametrize(("lang", "screen"), [("zh", DESK), ("en", PHONE)], ids=["zh", "en"])
async def test_every_page_of_figures_is_open_to_everybody(
    browser: Browser, site: str, axe: str, lang: str, screen: dict[str, int]
) -> None:
    complaints: list[str] = []
    page = await signed_in(browser, complaints, site, "supervisor", viewport=screen)
    wrong: dict[str, list[tuple[Any, ...]]] = {}
    for name, path in PATHS.items():
        await page.goto(f"{site}{path}&lang={lang}")
        await expect(page.locator("h1")).to_be_visible()
        assert await fits(page), f"{name} runs off the side"
        if lang == "en":
            await keep(page, f"figures-{name}-en", whole=True)
            wrong[name] = await violations(page, axe)
        else:
            wrong[name] = await by_day_and_night(page, axe, f"figures-{name}-{lang}", whole=True)
    assert {name: found for name, found in wrong.items() if found} == {}
    assert complaints == []
    await page.context.close()


async def test_a_number_of_the_deck_is_clicked_and_found_again(browser: Browser, site: str) -> None:
    complaints: list[str] = []
    page = await signed_in(browser, complaints, site, "supervisor", viewport=DESK)
    await page.goto(f"{site}{PATHS['review']}&lang=zh")
    row = page.locator("#township-need tr", has_text="阿里山鄉")
    number = row.locator("td.num a").last
    told = await number.inner_text()
    assert int(told) < 5, "a supervisor is told what is true"
    await number.click()
    await expect(page.locator("h1")).to_contain_text("交叉分析")
    await expect(page.locator("#table tr", has_text="阿里山鄉").locator("td.num").last).to_have_text(told)
    assert complaints == []
    await page.context.close()
