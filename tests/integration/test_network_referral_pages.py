"""Pages of the directory and of referrals in a real browser: open to everybody, on a telephone and a large screen."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser
from pytest_asyncio import fixture

from tests.browser.looking import by_day_and_night, fits
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_seat import Seat, seated
from tests.integration.network_stage import PROTECTION

pytestmark = [pytest.mark.real, pytest.mark.browser]


@fixture(loop_scope="session")
async def seat(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Seat]:
    async with seated(settings_env, browser) as before:
        yield before


async def test_every_page_is_open_to_everybody_in_both_languages_by_day_by_night_and_on_a_telephone(
    seat: Seat, axe: str
) -> None:
    await keep(seat.net, "hope", 2, townships=["民雄鄉"], hours=[OPEN])
    await keep(seat.net, "full", 0)
    case_id = await case_in_hand(seat.net)
    answered, asked = await refer(seat.net, case_id), await refer(seat.net, case_id)
    path = f"/v1/referrals/{answered['referral_id']}"
    await seat.net.did(f"{path}/refusal", {"reason": "no_capacity"}, "partner")
    link = await seat.net.did(f"/v1/referrals/{asked['referral_id']}/links", {}, PROTECTION)
    answer = urlsplit(link["link"]).path
    new = f"/referrals/new?case_id={case_id}&service=counselling"
    await seat.net.database["directory"].update_one(
        {"_id": "hope"}, {"$set": {"shown": SHOWN, "content.public": "food_bank", "editors": []}}
    )
    pages = {
        "map": "/directory/map", "public": "/public/places", "nobody": NOBODY,
        "directory": "/directory?near=民雄鄉", "provider": "/directory/hope", "referrals": "/referrals", "new": new,
        "refused": f"/referrals/{answered['referral_id']}", "asked": f"/referrals/{asked['referral_id']}",
        "answer": answer, "counted": "/figures/referrals", "case": f"/cases/{case_id}",
    }  # fmt: skip
    await seat.sign_in("supervisor")
    for width, lang in ((390, "zh"), (1920, "en")):
        await seat.page.set_viewport_size({"width": width, "height": 900})
        for name, where in pages.items():
            await seat.page.goto(f"{seat.url}{where}{'&' if '?' in where else '?'}lang={lang}")
            assert await fits(seat.page), (name, width)
            assert await by_day_and_night(seat.page, axe, f"referrals-{lang}-{width}-{name}", whole=True) == [], name


async def test_a_partner_on_a_telephone_answers_without_an_account(seat: Seat) -> None:
    await keep(seat.net, "hope")
    sent = await refer(seat.net, await case_in_hand(seat.net))
    link = await seat.net.did(f"/v1/referrals/{sent['referral_id']}/links", {}, PROTECTION)
    refused: list[str] = []
    seat.page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    await seat.page.set_viewport_size({"width": 390, "height": 740})
    await seat.page.goto(f"{seat.url}{urlsplit(link['link']).path}?lang=en")
    await seat.page.fill("[name=name]", "黃窗口")
    button = seat.page.locator("button:has-text('We take it')")
    box = await button.bounding_box()
    assert box and box["height"] >= 44 and box["width"] > 250
    await button.click()
    assert "canary-note" in await seat.page.locator("#answered").inner_text()
    assert not refused


NOBODY = "/referrals/new?service=food_bank&township=民雄鄉"
SHOWN = {"kind": "food_bank", "name": "單位 hope", "towns": ["民雄鄉"], "valid_from": None, "valid_to": None}
OPEN = {"days_of_week": ["MO", "TU"], "opens_at": "08:30", "closes_at": "17:00"}
