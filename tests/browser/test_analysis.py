"""Analysis, the monthly report and maps in Chromium: drawn from their tables, open to everybody, asking nobody else."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit import mongo
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture
from rules.rises import WEEK

from tests.browser.looking import LANGUAGES, by_day_and_night, keep, violations, visit
from tests.browser.office import Office, visited
from tests.integration.dispatch_reports import COUNTY, LAST_WEEK, TODAY, body
from tests.integration.dispatch_stage import make_window, people, running

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.usefixtures("vendored")]
VILLAGE = {"county": COUNTY, "township": "民雄鄉", "village": "東榮村"}
SOME = re.compile(r"[1-9]\d*")
PATHS = {
    "figures": "/analysis?days=90",
    "villages": "/analysis?days=90&township=民雄鄉",
    "behind": f"/analysis/reports?case_type=adult_protection&area=布袋鎮&first={LAST_WEEK}&last={LAST_WEEK + WEEK}",
    "month": f"/report?month={TODAY.isoformat()[:7]}",
}


@fixture(scope="module", loop_scope="session")
async def figures(shared_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    """Figures that the tests of this module look at and leave as they are."""
    client = mongo.connect(shared_env["mongo_url"])
    async with running(shared_env | people()) as url:
        office = Office(url, browser, make_window(client, shared_env))
        await a_year(office)
        yield office
    client.close()


@fixture(loop_scope="session")
async def counted(figures: Office) -> AsyncIterator[Office]:
    async with visited(figures) as office:
        yield office


async def a_year(office: Office) -> None:
    """Reports of a village, of a township with a rise last week, and of an ordinary one."""
    event = body(1)["event"] | {"place": VILLAGE}
    await office.window.handlers.on_reports([await office.window.received(body(1, event=event))])
    [id] = await office.window.decided(2)
    like, reports = await office.window.document(id), office.window.reports._reports
    days = [(LAST_WEEK - WEEK * back, 3 if back else 19) for back in range(30)]
    await reports.insert_many([
        like | {"_id": f"{town}-{day}-{one}", "day": day.isoformat(), "township": town, "person": f"{day}{one}"}
        for day, many in days for town in ("民雄鄉", "布袋鎮") for one in range(3 if town == "民雄鄉" else many)
    ])  # fmt: skip


async def drawn(page: Page) -> None:
    """Wait until every chart and every map on the page was drawn; a map is when it is scrolled to."""
    for chart in await page.locator("[data-chart]").all():
        await expect(chart).to_have_attribute("data-drawn", SOME)
    for place in await page.locator("area-map").all():
        await place.scroll_into_view_if_needed()
        await expect(place).to_have_attribute("data-shown", SOME)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_every_page_of_figures_is_open_to_everybody(counted: Office, axe: str, lang: str) -> None:
    page = await counted.visitor(viewport={"width": 1280, "height": 720})
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    found = {}
    for name, path in PATHS.items():
        await visit(page, counted, path, lang)
        await drawn(page)
        found[name] = await by_day_and_night(page, axe, f"{name}-{lang}")
    assert {name: bad for name, bad in found.items() if bad} == {}
    assert asked == {counted.url.removeprefix("http://")}


async def test_a_chart_draws_the_figures_of_its_table(counted: Office) -> None:
    page = await counted.visitor()
    await visit(page, counted, PATHS["figures"], "en")
    await drawn(page)
    shown = await page.evaluate(
        """() => echarts.getInstanceByDom(document.querySelector("[data-table=by_outcome]")).getOption().series
            .map((each) => [each.name, each.data.reduce((sum, one) => sum + one, 0)])"""
    )
    total = page.locator("#by_outcome tr.total td")
    assert dict(shown)["Protection"] == int(str(await total.nth(2).get_attribute("data-n")))
    assert sum(count for _, count in shown) == int(str(await total.nth(0).get_attribute("data-n")))


async def test_a_legend_wraps_and_every_word_of_it_stands_above_the_bars(counted: Office) -> None:
    page = await counted.visitor(viewport={"width": 1280, "height": 720})
    await visit(page, counted, PATHS["figures"], "zh")
    await drawn(page)
    legend, top, names = await page.evaluate(
        """() => (({legend, grid, series}) => [legend[0].type, grid[0].top, series.map(({name}) => name)])(
            echarts.getInstanceByDom(document.querySelector("[data-table=by_outcome]")).getOption())"""
    )
    assert (legend, len(names)) == ("plain", 6)
    assert top == 16 + 2 * 25, "six words take two lines beside a table"


async def test_no_name_on_the_map_covers_another_and_every_figure_is_there(counted: Office) -> None:
    page = await counted.visitor(viewport={"width": 1280, "height": 720})
    await visit(page, counted, PATHS["figures"], "zh")
    await drawn(page)
    labels = await page.evaluate(
        """() => [...document.querySelectorAll("area-map .name-of span")].map((each) => [each.textContent,
            ...(({left, top, right, bottom}) => [left, top, right, bottom])(each.getBoundingClientRect())])"""
    )
    assert len(labels) == await page.locator("area-map path").count() == 18
    assert sum("\n" in text for text, *_ in labels) >= 15, "a label without room for its name keeps its figure"
    over = [(a[0], b[0]) for a in labels for b in labels if a[0] < b[0]
            and a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]]  # fmt: skip
    assert over == []


async def test_a_township_is_reached_and_opened_with_the_keyboard(counted: Office) -> None:
    page = await counted.visitor()
    await visit(page, counted, PATHS["figures"], "zh")
    await drawn(page)
    town = page.locator("area-map path[aria-label^='民雄鄉']")
    await expect(town).to_have_attribute("aria-label", re.compile(r"民雄鄉: [1-9]\d*"))
    await town.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#villages tr[data-key='東榮村']")).to_contain_text("1")
    await drawn(page)
    await expect(page.locator("#villages-here area-map path[aria-label='東榮村: 1']")).to_have_count(1)


async def test_a_rise_is_named_at_the_top_and_explained_below(counted: Office) -> None:
    page = await counted.visitor()
    await visit(page, counted, PATHS["figures"], "en")
    await expect(page.locator(".warned")).to_contain_text("Early warning")
    row = page.locator("#rises tr[data-key=rise]", has_text="布袋鎮")
    await expect(row).to_contain_text("▲ Unusual rise")
    await page.click("#rises-here summary")
    await expect(page.locator(".how")).to_contain_text("Farrington")


async def test_a_reports_place_is_covered_until_needed_and_shows_its_village(counted: Office, axe: str) -> None:
    page = await counted.visitor()
    there = await counted.window.documents.find_one({"report.event.place.village": "東榮村"})
    id = there["_id"] if there else ""
    await visit(page, counted, f"/?report={id}", "zh")
    await expect(page.locator("details.place")).to_be_visible()
    await expect(page.locator("details.place b")).to_be_hidden()
    assert await page.evaluate("typeof L") == "undefined", "a map that is not opened loads nothing"
    await page.click("details.place summary")
    await expect(page.locator("details.place path.here")).to_have_attribute("aria-label", "東榮村")
    assert await page.locator("details.place path").count() > 20
    assert await violations(page, axe) == []
    await keep(page, "place-zh")


@pytest.mark.parametrize("width", [820, 1280])
async def test_figures_do_not_run_off_the_side(counted: Office, width: int) -> None:
    page = await counted.visitor(viewport={"width": width, "height": 720})
    for name, path in PATHS.items():
        await visit(page, counted, path, "en")
        await drawn(page)
        await keep(page, f"{name}-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


async def test_the_other_language_shows_the_same_days(counted: Office) -> None:
    page = await counted.visitor()
    await visit(page, counted, "/analysis?from=2026-01-05&to=2026-02-08&by=week&township=民雄鄉", "zh")
    await page.click(".bar a.lang")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("[name=from]")).to_have_value("2026-01-05")
    await expect(page.locator("[name=to]")).to_have_value("2026-02-08")
    await expect(page.locator("[name=by]")).to_have_value("week")
    await expect(page.locator("#villages-here")).to_be_visible()


@pytest.mark.parametrize("name", ["figures", "month"])
async def test_on_paper_a_chart_stands_above_its_table(counted: Office, name: str) -> None:
    page = await counted.visitor(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    await visit(page, counted, PATHS[name], "en")
    await drawn(page)
    await page.emulate_media(media="print")
    placed = await page.evaluate(
        """() => [...document.querySelectorAll(".figure:has(.chart)")].map((figure) =>
            [figure.querySelector("canvas"), figure.querySelector("table")].map((each) => each.getBoundingClientRect()))
            .map(([drawing, table]) => [drawing.height, drawing.bottom, table.top])"""
    )
    assert placed
    assert all(height > 50 and bottom <= top for height, bottom, top in placed), placed


async def test_the_published_tables_are_saved_from_the_page_with_its_days(counted: Office) -> None:
    page = await counted.visitor()
    await visit(page, counted, "/analysis?days=30", "en")
    for kind in ("csv", "xlsx"):
        async with page.expect_download() as saved:
            await page.click(f"a.button[href^='/figures/outcomes.{kind}']")
        assert (await saved.value).suggested_filename.endswith(f".{kind}")


async def test_without_the_libraries_the_tables_are_there_and_nothing_is_missed(
    counted: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dispatch.site.pages.VENDOR", tmp_path / "none")
    page = await counted.visitor()
    await visit(page, counted, PATHS["figures"], "en")
    await expect(page.locator("#townships")).to_contain_text("民雄鄉")
    assert await page.locator("[data-chart], area-map").count() == 0
