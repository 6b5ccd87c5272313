"""Every page in both languages and themes: nobody is shut out (axe-core), nothing is cut off; SCREENSHOTS keeps it."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from contracts.cases import CaseId, CaseOpened
from contracts.deliveries import DeliveryId, DeliverySent
from contracts.reports import ReportId
from kit.inbox import Received
from playwright.async_api import Page, expect

from tests.browser.looking import LANGUAGES, by_day_and_night, keep, violations, visit
from tests.browser.office import Office
from tests.integration.dispatch_reports import COUNTY, RECORD, accepted, body, consultation, heard, instant, returned
from tests.integration.dispatch_stage import Window

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def a_night(window: Window) -> tuple[str, str]:
    """A board with something of everything; the ids of a duplicate and of a report that went through all services."""
    ids = await window.decided(*range(1, 9))
    needs = [await window.received(consultation(number)) for number in (21, 22, 23)]
    again, weak = await window.received(1, "hospital-1"), await window.received(body(31, case_type="child_protection"))
    await window.handlers.on_reports([*needs, again, weak])
    told = DeliverySent(
        delivery_id=DeliveryId("d"),
        report_id=ReportId(ids[2]),
        unit=f"{COUNTY}/protection",
        template="t",
        sent_at=instant(),
    )
    opened = CaseOpened(
        case_id=CaseId("case-1"), county=COUNTY, report_id=ReportId(ids[2]), lead=f"{COUNTY}/protection", priority=1,
        received_at=instant(), opened_at=instant(),
    )  # fmt: skip
    await window.handlers.on_news([Received(str(uuid4()), event, {}, RECORD) for event in (opened, told)])
    await window.handlers.on_news([accepted(ids[2]), accepted(ids[3]), returned(ids[4])])
    await window.handlers.on_counts([heard(3, "police-2", "school-5")])
    await window.alter(ids[5], {"breach_at": instant() - timedelta(minutes=12), "changed_at": instant()})
    await window.alter(ids[6], {"breach_at": instant() + timedelta(minutes=40), "changed_at": instant()})
    return str(again.event.subject), ids[2]


async def act(page: Page, path: str) -> None:
    """Open what the page shows only when asked for."""
    if path.startswith("/?report"):
        await page.keyboard.press("d")
        await expect(page.locator("details[open]")).to_be_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_every_page_is_open_to_everybody(office: Office, axe: str, lang: str) -> None:
    found = dict[str, Any]()

    async def look(page: Page, name: str) -> None:
        found[name] = await by_day_and_night(page, axe, f"{name}-{lang}")

    door = await office.page(viewport={"width": 1280, "height": 720})
    await visit(door, office, "/", lang)
    await look(door, "sign-in")
    page = await office.visitor(viewport={"width": 1280, "height": 720})
    await visit(page, office, "/", lang)
    await look(page, "quiet")
    id, lived = await a_night(office.window)
    paths = {"board": "/", "report": f"/?report={id}", "handover": "/handover", "days": "/days",
             "analysis": "/analysis?days=30"}  # fmt: skip
    for name, path in paths.items():
        await visit(page, office, path, lang)
        await act(page, path)
        await look(page, name)
    await visit(page, office, f"/?report={lived}", lang)
    await page.keyboard.press("c")
    await expect(page.locator(".held.mine")).to_be_visible()
    await page.keyboard.press("p")
    await expect(page.locator(".people")).to_contain_text("林小3")
    # At once: the panel is drawn anew when what was done comes back by the stream.
    await page.locator(".history").evaluate("history => history.lastElementChild.scrollIntoView()")
    await look(page, "timeline")
    await visit(page, office, "/", lang)
    await page.keyboard.press("?")
    await look(page, "keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("w")
    await expect(page.locator("#tour")).to_be_visible()
    await look(page, "tour")
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (820, 1180)])
async def test_nothing_runs_off_the_side(office: Office, width: int, height: int) -> None:
    id, _ = await a_night(office.window)
    page = await office.visitor(viewport={"width": width, "height": height})
    for name, path in {"board": f"/?report={id}", "handover": "/handover", "analysis": "/analysis"}.items():
        await visit(page, office, path, "en")
        await keep(page, f"{name}-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if width >= 1280:
            assert await page.evaluate("document.querySelector('.bar').offsetHeight < 60"), f"{name}: one line"


async def test_a_report_prints_whole_and_without_what_only_a_screen_needs(office: Office) -> None:
    _, lived = await a_night(office.window)
    page = await office.visitor(viewport={"width": 794, "height": 1123})
    await visit(page, office, f"/?report={lived}", "zh")
    await expect(page.locator("#panel article")).to_be_visible()
    await page.emulate_media(media="print")
    for hidden in (".lists", ".counters", ".acts", ".bar nav"):
        await expect(page.locator(hidden).first).to_be_hidden()
    for shown in (".narrative", ".because", ".history li:last-child"):
        await expect(page.locator(shown).first).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.getElementById('panel')).overflowY") == "visible"
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / "print.png", full_page=True)


async def test_a_tablet_works_by_touch_alone(office: Office) -> None:
    _, lived = await a_night(office.window)
    page = await office.officer(viewport={"width": 1024, "height": 768}, has_touch=True)
    await page.locator(f"#r-{lived} > a").tap()
    await expect(page.locator(f"article[data-report='{lived}']")).to_be_visible()
    await page.locator("summary[data-key=d]").tap()
    await page.locator("input[value=protection]").tap()
    await page.fill("details[open] [name=reason]", "電話確認")
    await page.locator("details[open] button.primary").tap()
    await expect(page.locator(".history")).to_contain_text("電話確認")
    await page.locator("#help-open").tap()
    await page.locator("#help button").tap()
    await expect(page.locator("#help")).to_be_hidden()


async def test_an_analyst_finds_the_figures_and_no_report(office: Office, axe: str) -> None:
    await a_night(office.window)
    page = await office.officer("analyst")
    await page.click(f"nav a[href='/analysis?county={COUNTY}']")
    await expect(page.locator("table.figures").first).to_contain_text("成人保護")
    assert await page.locator("li.row").count() == 0
    assert await violations(page, axe) == []


async def test_the_board_is_light_soon_usable_and_asks_nobody_else(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.window.decided(*range(1, 45))
    settled = [await office.window.received(consultation(number)) for number in range(45, 90)]
    await office.window.handlers.on_reports(settled)
    page = await office.visitor()
    hosts, sizes = set[str](), list[int]()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    network = await page.context.new_cdp_session(page)
    await network.send("Network.enable")
    await network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    await page.goto(office.url)
    await expect(page.locator("li.row").first).to_be_visible()
    usable = await page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    with capsys.disabled():
        print(
            f"\nfirst load of the board: {sum(sizes) / 1000:.0f} KB transferred, usable after {usable:.0f} ms",
            file=sys.stderr,
        )
    assert hosts == {office.url.removeprefix("http://")}
    assert 0 < sum(sizes) < 300_000


async def test_axe_sees_what_is_wrong(office: Office, axe: str) -> None:
    page = await office.officer()
    await page.evaluate("document.querySelector('#panel').insertAdjacentHTML('beforeend', '<input name=bare>')")
    assert [each[0] for each in await violations(page, axe)] == ["label"]
