"""Pages of programmes in a real browser: open to everybody; somebody enters, is measured, answered and paid by form."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser
from pytest_asyncio import fixture
from rules.spans import TAIPEI

from tests.browser.looking import by_day_and_night, fits
from tests.integration.network_life import ago, taken
from tests.integration.network_seat import Seat, seated
from tests.integration.network_stage import PROTECTION, Stage

pytestmark = [pytest.mark.real, pytest.mark.browser]
OURS = Path(__file__).parent.parent / "data" / "programmes" / "hoarding_help.yaml"
CUT_OFF = """svg => { const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(each => { const it = each.getBoundingClientRect();
    return it.left < box.left || it.right > box.right; }).map(each => each.textContent); }"""
FACTORS = ("craving", "peers", "mood", "family_support", "work", "health_care")


@fixture(loop_scope="session")
async def seat(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Seat]:
    async with seated(settings_env, browser) as before:
        yield before


async def measured(net: Stage, case_id: str) -> str:
    """A youth in drug prevention with three measured visits, of which the last was a worse one."""
    body = {"programme": "drug_prevention", "case_id": case_id, "entered_by": "referral", "at": ago(90)}
    begun = await net.did("/v1/enrolments", body, PROTECTION)
    path = f"/v1/enrolments/{begun['enrolment_id']}"
    for at, mood in ((80, 3), (50, 1), (20, 4)):
        measures = dict.fromkeys(FACTORS, 2) | {"mood": mood}
        await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(at), "measures": measures}, PROTECTION)
    return str(begun["enrolment_id"])


async def test_every_page_is_open_to_everybody_in_both_languages_by_day_by_night_and_on_a_telephone(
    seat: Seat, axe: str
) -> None:
    case_id = await taken(seat.net)
    id = await measured(seat.net, case_id)
    pages = {
        "programmes": "/programmes", "programme": "/programmes/drug_prevention", "enrolment": f"/enrolments/{id}",
        "new": f"/enrolments/new?case_id={case_id}&programme=emergency_relief", "case": f"/cases/{case_id}",
        "drafts": "/programmes/drafts", "entries": "/programmes/drug_prevention/entries",
        "files": "/programmes/development_account/files", "looks": "/looks",
    }  # fmt: skip
    today = datetime.now(TAIPEI).date().isoformat()
    text = OURS.read_text("utf-8").replace("since: 2026-01-01", f"since: {today}")
    await seat.net.did("/v1/programmes/proposals", {"text": text}, "supervisor_2")
    await seat.sign_in("supervisor")
    for width, lang in ((390, "zh"), (1920, "en")):
        await seat.page.set_viewport_size({"width": width, "height": 900})
        for name, where in pages.items():
            await seat.page.goto(f"{seat.url}{where}{'&' if '?' in where else '?'}lang={lang}")
            assert await fits(seat.page), (name, width)
            assert await by_day_and_night(seat.page, axe, f"programmes-{lang}-{width}-{name}", whole=True) == [], name
    await seat.page.goto(f"{seat.url}/enrolments/{id}?lang=en")
    assert await seat.page.locator("svg.radar polygon").count() == 3
    cut = await seat.page.locator("svg.radar").evaluate(CUT_OFF)
    assert cut == [], "every name of an axis is read to its end"
    assert "Low mood (risk)" in await seat.page.locator("#measures p.waits").inner_text()
    await seat.page.goto(f"{seat.url}/cases/{case_id}?lang=en")
    assert "Drug prevention" in await seat.page.locator("#enrolments").inner_text()
    assert "Visit every month" in await seat.page.locator("#owed").inner_text(), "words come with the programme"


async def test_a_second_person_publishes_what_the_first_one_wrote(seat: Seat) -> None:
    page, text = seat.page, OURS.read_text("utf-8")
    today = datetime.now(TAIPEI).date().isoformat()
    await seat.sign_in("supervisor_2")
    await page.goto(f"{seat.url}/programmes/drafts?lang=en")
    await page.fill("[name=text]", text)
    await page.click("main form button")
    assert "Write today or a later day" in await page.locator("#problem").inner_text()
    assert "homes filled" in (await page.input_value("[name=text]")).lower(), "what was typed is kept"
    await page.fill("[name=text]", text.replace("since: 2026-01-01", f"since: {today}"))
    await page.click("main form button")
    assert await page.locator("form[action='/programmes/drafts/approval']").count() == 0, "another person approves"
    await page.context.clear_cookies()
    await seat.sign_in("supervisor")
    await page.goto(f"{seat.url}/programmes/drafts?lang=en")
    await page.locator("main summary").first.click()
    await page.click("form[action='/programmes/drafts/approval'] button")
    assert "Homes filled to the ceiling" in await page.locator("h1").inner_text()


async def test_somebody_is_relieved_by_form(seat: Seat) -> None:
    case_id = await taken(seat.net)
    await seat.sign_in(PROTECTION)
    page = seat.page
    await page.goto(f"{seat.url}/enrolments/new?case_id={case_id}&programme=emergency_relief&lang=en")
    await page.select_option("[name='fact.group']", "no_work")
    await page.select_option("[name=person]", index=1)
    await page.click("main form[method=post] button")
    await page.locator("summary:has-text('Record a contact'), summary:has-text('contact')").first.click()
    await page.fill("details[open] [name=at]", "2020-01-01T00:00")
    await page.click("details[open] button")
    assert await page.locator("#problem").count() == 1, "before it began"
    stages = await seat.net.get("/v1/enrolments", PROTECTION, case_id=case_id)
    [it] = stages.json()["enrolments"]
    assert (it["stage"], it["facts"], it["person"]) == ("applied", {"group": "no_work"}, "person:child")
    path = f"/v1/enrolments/{it['enrolment_id']}"
    await seat.net.did(f"{path}/contacts", {"kind": "visit", "at": ago(0)}, PROTECTION)
    await page.goto(f"{seat.url}/enrolments/{it['enrolment_id']}?lang=en")
    await page.locator("summary:has-text('Answer this stage')").click()
    await page.check("details[open] [name=evidence][value=criteria_table]")
    await page.click("details[open] button")
    await page.locator("summary:has-text('Grant')").click()
    await page.fill("details[open] [name=amount]", "9999")
    await page.fill("details[open] [name=cause]", "c1")
    await page.click("details[open] button")
    assert "10,000-30,000" in await page.locator("#problem").inner_text()
    await page.fill("details[open] [name=amount]", "20000")
    await page.click("details[open] button")
    await page.click("#grants button")
    assert "20,000" in await page.locator("#grants li").inner_text()
    assert await page.locator("#grants .ok").count() == 1
