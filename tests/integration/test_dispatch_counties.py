"""A second county's board offers that county's units, in the language of the page, and takes no other's."""

import html
import re

import pytest

from tests.integration.dispatch_reports import CITY, body
from tests.integration.dispatch_stage import Served

pytestmark = pytest.mark.real

UNITS = {
    "zh": {"protection": "保護科", "family_team": "家庭服務組", "adult_team": "成人暨方案組"},
    "en": {
        "protection": "Protection team",
        "family_team": "Family team",
        "adult_team": "Adult and programme team",
    },
}


async def of_the_city(served: Served) -> str:
    event = body(1)["event"] | {"place": {"county": CITY, "township": "西區"}}
    received = await served.window.received(body(1, county=CITY, event=event))
    await served.window.handlers.on_reports([received])
    return received.event.subject


@pytest.mark.parametrize("lang", UNITS)
async def test_the_panel_of_another_county_offers_its_own_units(served: Served, lang: str) -> None:
    id = await of_the_city(served)
    browser = await served.sign_in("elsewhere")
    page = (await browser.get("/", params={"report": id, "lang": lang})).text
    offered = dict(re.findall(rf'<option value="{CITY}/([a-z_.]+)"[^>]*>([^<]+)<', html.unescape(page)))
    assert offered == UNITS[lang]


async def test_a_unit_that_the_county_does_not_have_is_refused(served: Served) -> None:
    id = await of_the_city(served)
    ruling = {"outcome": "welfare_centre", "reason": "after_call", "version": 1,
              "unit": f"{CITY}/welfare_centre.minxiong"}  # fmt: skip
    headers = {"Authorization": f"Bearer {served.tokens['elsewhere']}"}
    answer = await served.http.post(f"/v1/decisions/{id}", json=ruling, headers=headers)
    assert answer.status_code == 422, answer.text
    [wrong] = answer.json()["errors"]
    assert wrong["at"] == "/unit"
    assert f"{CITY}/adult_team" in wrong["detail"]
