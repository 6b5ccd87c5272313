"""Pages of referrals and of intake's desk in real Chromium: open to everybody, day and night, wide and on a phone."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from intake.app import create_app as intake_app
from intake.settings import Settings as IntakeSettings
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import PHONE, by_day_and_night, fits, keep, violations
from tests.browser.office import visited
from tests.browser.visiting import opened, signed_in
from tests.integration import intake_desk as desk
from tests.integration.network_referring import case_in_hand
from tests.integration.network_referring import keep as offers
from tests.integration.network_stage import CENTRE, COUNTY, PROTECTION, Stage, decided, stage
from tests.parts import Parts, Sweeper, env_of
from tests.serving import serving
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.browser]

KINDS = {"asked_for": ["injury", "toxicology"], "service": "medical_evaluation"}


@dataclass
class Rooms:
    """Network and intake as they are served, with something of everything in them."""

    network: str
    intake: str
    net: Stage
    browser: Browser
    told: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def visitor(self, site: str, username: str = "", **context: Any) -> Page:
        if not username:
            return await opened(self.browser, self.complaints, **context)
        return await signed_in(self.browser, self.complaints, site, username, **context)


@asynccontextmanager
async def served(env: dict[str, str], browser: Browser) -> AsyncIterator[Rooms]:
    told = {"callers": json.dumps(desk.callers()), "officers": json.dumps(desk.PEOPLE)}
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(stage(env))
        network = await stack.enter_async_context(serving(net.app, lifespan="off"))
        settings = IntakeSettings.model_validate(env | told | {"kafka_bootstrap": desk.CLOSED})
        intake = await stack.enter_async_context(serving(intake_app(settings)))
        yield Rooms(network, intake, net, browser)


@fixture(scope="module", loop_scope="session")
async def served_rooms(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Rooms]:
    with sweeper.names() as names:
        async with served(env_of(parts, names), browser) as found:
            found.told = await _something_of_everything(found)
            yield found


@fixture(loop_scope="session")
async def rooms(served_rooms: Rooms) -> AsyncIterator[Rooms]:
    async with visited(served_rooms) as opened:
        yield opened


async def _something_of_everything(rooms: Rooms) -> dict[str, str]:
    """The paths of one referral, one linking, one warning; and what intake says of a call and a code."""
    net = rooms.net
    await offers(net, "hope", 2, service="medical_evaluation")
    await offers(net, "talk", 1, townships=["朴子市"])
    case_id = await case_in_hand(net)
    sent = await net.did("/v1/referrals", {"case_id": case_id} | KINDS, PROTECTION)
    await net.did(f"/v1/referrals/{sent['referral_id']}/acceptance", {}, "partner")
    part = {"kind": "injury", "result": "consistent"}
    await net.did(f"/v1/referrals/{sent['referral_id']}/parts", part, "partner")
    await net.decide(decided("r9", "no_dispatch", resources=("advice_113", "counselling"), township="朴子市"))
    await until(lambda: _is_there(net, "/v1/linkings/r9"))
    letter = {
        "county": COUNTY,
        "to": PROTECTION,
        "readers": [f"{who} of {PROTECTION}" for who in ("worker", "supervisor")],
        "text": "某教師",
    }
    warned = await net.did("/v1/staff-warnings", letter, CENTRE)
    async with httpx.AsyncClient(base_url=rooms.intake) as http:
        called = await http.post("/v1/calls", json=desk.call(), headers={"authorization": "Bearer minxiong"})
        shop = await http.post("/v1/partners", json=desk.SHOP, headers={"authorization": "Bearer keeper"})
    return {
        "referral": f"/referrals/{sent['referral_id']}", "warning": f"/warnings/{warned['warning_id']}",
        "told": called.json()["told_link"], "form": shop.json()["link"],
    }  # fmt: skip


async def _is_there(net: Stage, path: str) -> bool:
    return (await net.get(path)).status_code == 200


async def looked_at(page: Page, axe: str, url: str, name: str, *, lang: str) -> list[tuple[Any, ...]]:
    await page.goto(f"{url}{'&' if '?' in url else '?'}lang={lang}")
    assert await fits(page), f"{name} runs off the side"
    if lang == "en":  # the night changes colours alone, and was looked at in the other language
        await keep(page, f"{name}-en", whole=True)
        return await violations(page, axe)
    return await by_day_and_night(page, axe, f"{name}-{lang}", whole=True)


@pytest.mark.parametrize(("lang", "screen"), [("zh", {"width": 1280, "height": 860}), ("en", PHONE)], ids=["zh", "en"])
async def test_every_page_is_open_to_everybody(rooms: Rooms, axe: str, lang: str, screen: dict[str, int]) -> None:
    seen = {
        rooms.network: {
            "officer": ("/linkings", "/linkings/r9", "/referrals", "/figures/referrals",
                        "/referrals/new?service=medical_evaluation&county=chiayi-county"),
            PROTECTION: (rooms.told["referral"], "/warnings", rooms.told["warning"]),
        },
        rooms.intake: {"supervisor": ("/desk/calls", "/desk/chiefs", "/desk/partners")},
    }  # fmt: skip
    wrong: dict[str, list[tuple[Any, ...]]] = {}
    for site, people in seen.items():
        for username, paths in people.items():
            page = await rooms.visitor(site, username, viewport=screen)
            for path in paths:
                name = path.strip("/").replace("/", "-").partition("?")[0]
                wrong[path] = await looked_at(page, axe, site + path, name, lang=lang)
            await page.context.close()
    page = await rooms.visitor(rooms.intake, viewport=screen)
    wrong["told"] = await looked_at(page, axe, rooms.told["told"], "told", lang=lang)
    assert {path: found for path, found in wrong.items() if found} == {}


async def test_a_printed_code_opens_the_form_and_leaves_the_address(rooms: Rooms) -> None:
    page = await rooms.visitor(rooms.intake, viewport=PHONE)
    await page.goto(rooms.told["form"])
    await expect(page.locator("#as")).to_contain_text("其他")
    await expect(page.locator("#asking")).to_be_hidden()
    assert "code" not in page.url
    await keep(page, "form-by-code")


async def test_a_keeper_prints_a_code(rooms: Rooms, axe: str) -> None:
    page = await rooms.visitor(rooms.intake, "keeper", viewport=PHONE)
    await page.goto(f"{rooms.intake}/desk/partners?lang=zh")
    await page.locator("form[action='/desk/partners'] [name=name]").fill("福德宮")
    await page.locator("form[action='/desk/partners'] button").click()
    await expect(page.locator("svg.qr")).to_be_visible()
    assert await by_day_and_night(page, axe, "partner-sheet", whole=True) == []
    assert await fits(page)
