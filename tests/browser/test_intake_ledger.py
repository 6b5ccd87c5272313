"""An agency's ledger in real Chromium, before a served intake: the key is typed once, the sums hold, it prints."""

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from contracts.decisions import Outcome
from intake.app import create_app
from intake.handlers import Feedback
from intake.settings import Settings
from intake.store import Reports
from kit import mongo
from kit.mongo import Database
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture
from rules.spans import TAIPEI
from web.callers import digest

from tests.browser.looking import DESK, PHONE, fits, keep, violations
from tests.browser.office import visited
from tests.integration.intake_feedback import COUNTY, accepted, decided, improper, received, reviewed
from tests.integration.intake_running import CLOSED, a_report, tells_nobody
from tests.serving import caller, serving

pytestmark = [pytest.mark.real, pytest.mark.browser]
POLICE = {"agency_id": "police", "source_unit": "police", "key_sha256": digest("police-key"), "counties": ["*"]}
NARRATIVE = "獨力扶養兩名孫子女"


@dataclass
class Office:
    """A served intake and a browser; `complaints` of the pages must stay empty."""

    url: str
    browser: Browser
    database: Database
    complaints: list[str] = field(default_factory=list)

    async def page(self, path: str, **context: Any) -> Page:
        opened = await self.browser.new_context(**{"viewport": DESK} | context)
        page = await opened.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.url + path)
        return page

    async def shown(self, path: str, **context: Any) -> Page:
        """A page after the agency gave its key."""
        page = await self.page(path, **context)
        await page.fill("#key", "police-key")
        await page.click("#door button")
        await expect(page.locator("#sheet")).to_be_visible()
        return page


@fixture(scope="module", loop_scope="session")
async def busy_day(shared_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    """An agency's busy day, which the tests of this module look at and leave as it is."""
    env = shared_env | {"kafka_bootstrap": CLOSED, "agencies_seed": json.dumps([POLICE]), "shutdown_seconds": "3"}
    settings = Settings.model_validate(env)
    client = mongo.connect(settings.mongo_url)
    async with serving(create_app(settings)) as url:
        opened = Office(url, browser, mongo.database(client, settings.database_prefix + "intake"))
        await a_busy_day(opened)
        yield opened
    client.close()


@fixture(loop_scope="session")
async def office(busy_day: Office) -> AsyncIterator[Office]:
    async with visited(busy_day) as office:
        yield office


async def a_busy_day(office: Office) -> None:
    """Nine reports: some decided, one oral, numbers 4 and 5 never came, some fell short."""
    numbers, ids = count(1), []
    headers = {"authorization": "Bearer police-key"}
    async with caller(office.url, headers=headers) as http:
        for place in range(9):
            number = next(numbers) + (2 if place > 2 else 0)
            changes: dict[str, Any] = {"needs": ["no_such_need"]} if place % 3 == 0 else {}
            report = a_report(sequence=number, sender_ref=f"A11-{number:04d}", oral=place == 8, **changes)
            report["event"]["narrative"] = NARRATIVE
            ids.append((await http.post("/v1/reports", json=report)).json()["report_id"])
        await http.post("/v1/reports", json=report)
    events = [
        reviewed(ids[0]), decided(ids[1], Outcome.DUPLICATE), accepted(ids[2]),
        decided(ids[3], Outcome.PROTECTION, unit=f"{COUNTY}/protection"),
        decided(ids[4], Outcome.WELFARE_CENTRE, unit=f"{COUNTY}/welfare_centre.puzi"),
        improper(ids[0], ("/event/place", "missing"), ("/event/narrative", "too_short")),
    ]  # fmt: skip
    await Feedback(Reports(office.database), lambda _: None, tells_nobody).on_events(received(*events))
    today = datetime.now(TAIPEI).date()
    other = today + timedelta(days=-1 if today.day > 1 else 1)  # of the same month, whose sheet is looked at
    await office.database["reports"].update_one({"_id": ids[5]}, {"$set": {"day": other.isoformat()}})


LOOKS = [("zh", "light", DESK, "desk"), ("en", "dark", DESK, "desk"), ("zh", "dark", PHONE, "phone"),
         ("en", "light", PHONE, "phone")]  # fmt: skip


@pytest.mark.parametrize(("lang", "theme", "size", "where"), LOOKS)
@pytest.mark.parametrize("view", ["days", "teaching"])
async def test_the_pages_fit_and_can_be_read_by_everyone(
    office: Office, axe: str, view: str, lang: str, theme: Any, size: Any, where: str
) -> None:
    page = await office.page(f"/{view}?lang={lang}", color_scheme=theme, viewport=size)
    assert await fits(page)
    assert await violations(page, axe) == []
    page = await office.shown(f"/{view}?lang={lang}", color_scheme=theme, viewport=size)
    assert await fits(page)
    assert await violations(page, axe) == []
    await keep(page, f"ledger-{view}-{lang}-{theme}-{where}", whole=True)


async def test_a_days_row_says_its_equation_and_the_gaps_are_named(office: Office) -> None:
    page = await office.shown("/days?lang=en")
    today = page.locator("tbody tr", has_text="= 4")
    await expect(today).to_contain_text("+ 4")
    await expect(today).to_contain_text("✓")
    await expect(page.locator("#body li")).to_contain_text("4 – 5 (2)")
    await expect(page.locator("tfoot")).to_contain_text("9")


async def test_the_key_is_typed_once_and_gone_with_the_tab(office: Office) -> None:
    page = await office.shown("/days?lang=zh")
    await page.click("nav a:last-child")
    await expect(page.locator("#sheet")).to_be_visible()
    assert "police-key" not in page.url
    assert await page.evaluate("JSON.stringify(localStorage)") == "{}"
    assert await page.context.cookies() == []
    other = await page.context.new_page()
    await other.goto(f"{office.url}/days")
    await expect(other.locator("#door")).to_be_visible()
    await page.click("#other-key")
    await expect(page.locator("#door")).to_be_visible()
    assert await page.locator("#body *").count() == 0


async def test_a_wrong_key_shows_nothing_and_is_not_kept(office: Office) -> None:
    page = await office.page("/days?lang=en")
    await page.fill("#key", "no-key-of-ours")
    await page.click("#door button")
    await expect(page.locator("#told")).to_contain_text("This key is unknown")
    assert await page.evaluate("sessionStorage.getItem('safetynet.form.key')") is None
    office.complaints[:] = [each for each in office.complaints if "401" not in each]


async def test_the_sheet_teaches_by_field_and_goes_into_a_spreadsheet(office: Office) -> None:
    page = await office.shown("/teaching?lang=zh")
    await expect(page.locator("#body")).to_contain_text("9 件通報中，3 件有不足之處")
    row = page.locator("tbody tr", has_text="需求面向")
    await expect(row).to_contain_text("3 / 9")
    await expect(row).to_contain_text("A11-0001")
    await expect(page.locator("tbody tr", has_text="發生地點")).to_contain_text("請填到村里")
    assert NARRATIVE not in await page.content()
    async with page.expect_download() as started:
        await page.click("#csv")
    text = Path(await (await started.value).path()).read_text("utf-8-sig")
    assert re.match(r"欄位,", text)
    await page.click("#earlier")
    await expect(page.locator("#body")).to_contain_text("本月沒有需要改進之處")


async def test_the_sheets_print_on_paper(office: Office) -> None:
    for view in ("days", "teaching"):
        page = await office.shown(f"/{view}?lang=zh")
        await page.emulate_media(media="print")
        await expect(page.locator(".tools")).to_be_hidden()
        await expect(page.locator("table")).to_be_visible()
        if folder := os.environ.get("SCREENSHOTS"):
            await page.pdf(path=Path(folder) / f"ledger-{view}.pdf", format="A4", print_background=True)


async def test_the_pages_are_kept_nowhere_and_run_only_our_script(office: Office) -> None:
    async with caller(office.url) as http:
        for path in ("/days", "/teaching"):
            answer = await http.get(path)
            assert answer.headers["cache-control"] == "no-store"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
