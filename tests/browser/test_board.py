"""The board in a real browser: it moves by itself, and never under the eye of who reads."""

import asyncio
from datetime import timedelta

import pytest
from dispatch.board.reading import MOST_LISTED
from dispatch.site.words import _words
from playwright.async_api import Page, Route, expect

from tests.browser.looking import unheard
from tests.browser.office import Office
from tests.integration.dispatch_reports import body, heard, instant
from tests.integration.dispatch_stage import Window, amendment

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def test_a_quiet_board_says_so_and_takes_the_first_report_in_by_itself(board: tuple[Page, Window]) -> None:
    page, window = board
    await expect(page.locator("#quiet")).to_be_visible()
    await expect(page.locator("#quiet")).to_contain_text("沒有未到的時限")
    [id] = await window.decided(1)
    await expect(page.locator(f"#waiting #r-{id}")).to_be_visible()
    await expect(page.locator("#quiet")).to_have_count(0)
    await expect(page.locator(".equation.right")).to_contain_text("1")


async def test_what_is_new_waits_at_the_edge_and_nothing_moves(board: tuple[Page, Window]) -> None:
    page, window = board
    [id] = await window.decided(1)
    row = page.locator(f"#r-{id}")
    await row.click()
    await expect(page.locator("#panel article")).to_be_visible()
    before = await row.bounding_box()
    await window.decided(2, 3)
    await expect(page.locator("#new-count")).to_have_text("2")
    assert await row.bounding_box() == before
    await page.keyboard.press("n")
    await expect(page.locator("#waiting li")).to_have_count(3)
    await expect(page.locator("#new")).to_be_hidden()


async def test_a_row_that_changes_changes_in_its_place(board: tuple[Page, Window]) -> None:
    page, window = board
    received = await window.received(1)
    await window.handlers.on_reports([received])
    id = received.event.subject
    await expect(page.locator(f"#r-{id}")).to_contain_text("派保護")
    other = await amendment(window, received, body(1, event={"narrative": "更正：並無此事。"}, needs=[]), 2)
    await window.handlers.on_reports([other])
    await expect(page.locator(f"#waiting #r-{id}")).to_contain_text("待覆核")
    await expect(page.locator("#counters .live-work")).to_contain_text("1")


async def test_the_tab_says_what_is_over_and_what_waits_for_the_window(board: tuple[Page, Window]) -> None:
    page, window = board
    await expect(page).to_have_title("集中篩派案 · 社會安全網")
    received = await window.received(1)
    await window.handlers.on_reports([received])
    other = await amendment(window, received, body(1, event={"narrative": "更正：並無此事。"}, needs=[]), 2)
    await window.handlers.on_reports([other])
    await expect(page).to_have_title("(1) 集中篩派案 · 社會安全網")
    await window.alter(received.event.subject, {"breach_at": instant() - timedelta(minutes=1), "changed_at": instant()})
    await expect(page).to_have_title("(▲1 1) 集中篩派案 · 社會安全網")
    await unheard(page)
    await expect(page).to_have_title("(?) 集中篩派案 · 社會安全網")


async def test_tabs_share_one_stream_and_the_next_takes_over(office: Office) -> None:
    first = await office.officer()
    streams: list[str] = []
    first.context.on("request", lambda asked: streams.append(asked.url) if "/board/events" in asked.url else None)
    tabs = [await first.context.new_page() for _ in range(7)]
    for tab in tabs:
        await tab.goto(office.url)
        await expect(tab.locator("#live.fresh")).to_be_visible()
    [one] = await office.window.decided(1)
    for tab in [first, *tabs]:
        await expect(tab.locator(f"#r-{one}")).to_be_attached()
    assert streams == []
    await first.close()
    missed = await office.window.decided(2)
    for tab in tabs:
        await expect(tab.locator("#new-count")).to_have_text(str(len(missed)))
    assert len(streams) == 1


async def test_a_tab_sees_what_came_while_it_was_opened_beside_another(office: Office) -> None:
    first = await office.officer()
    held = asyncio.Event()

    async def late(route: Route) -> None:
        await held.wait()
        await route.continue_()

    second = await first.context.new_page()
    await second.route("**/static/stream.js", late)
    going = asyncio.create_task(second.goto(office.url))
    await expect(second.locator("#quiet")).to_be_attached()
    [id] = await office.window.decided(1)
    await expect(first.locator(f"#r-{id}")).to_be_visible()
    held.set()
    await going
    await expect(second.locator(f"#r-{id}")).to_be_visible()


@pytest.mark.parametrize("woken", ["pageshow", "online", "visibilitychange", ""])
async def test_a_stream_that_fell_silent_while_a_tablet_slept_is_opened_anew(
    board: tuple[Page, Window], woken: str
) -> None:
    page, window = board
    [first] = await window.decided(1)
    await expect(page.locator(f"#r-{first}")).to_be_visible()
    await unheard(page)
    await expect(page.locator("#stale")).to_be_visible()
    await window.decided(2)
    wake = f"(window.on{woken} === undefined ? document : window).dispatchEvent(new Event('{woken}'))"
    await page.evaluate(wake if woken else "stream.tried = 0")
    await expect(page.locator("#stale")).to_be_hidden()
    await expect(page.locator("#new-count")).to_have_text("1")


async def test_a_supervisor_decides_in_the_panel_with_the_keyboard(board: tuple[Page, Window]) -> None:
    page, window = board
    [id] = await window.decided(1)
    await expect(page.locator(f"#r-{id}")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel article")).to_contain_text("林○○")
    await page.keyboard.press("d")
    await page.check("input[value=welfare_centre]")
    await page.fill("details[open] [name=reason]", "電話確認，無立即危險")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel h2")).to_contain_text("派社福中心")
    await expect(page.locator(f"#r-{id}")).to_contain_text("民雄社福中心")
    assert (await window.document(id))["decision"]["decided_by"] == "supervisor 王"


async def test_the_board_speaks_english_too_and_leaves_no_chinese_word_of_its_own(board: tuple[Page, Window]) -> None:
    page, window = board
    [id] = await window.decided(1)
    await page.locator(f"#r-{id}").click()
    await expect(page.locator("#panel article")).to_be_visible()
    await page.click("a.lang")
    await expect(page.locator("#panel h2")).to_contain_text("Protection")
    text = await page.locator("body").inner_text()
    ours = {zh for zh, en in _words().values() if len(zh) > 2 and zh != en}
    assert [word for word in ours if word in text] == []


async def test_a_lost_connection_is_said_and_healed_without_a_gap(board: tuple[Page, Window]) -> None:
    page, window = board
    [first] = await window.decided(1)
    await expect(page.locator(f"#r-{first}")).to_be_visible()
    await page.context.set_offline(True)
    await unheard(page)
    await expect(page.locator("#stale")).to_be_visible()
    await window.decided(2)
    await page.context.set_offline(False)
    await expect(page.locator("#stale")).to_be_hidden()
    await expect(page.locator("#new-count")).to_have_text("1")


async def test_what_breaches_first_stands_first_and_what_is_over_stands_on_top(board: tuple[Page, Window]) -> None:
    page, window = board
    ids = await window.decided(1, 2, 3)
    for id, minutes in zip(ids, (90, -12, 30), strict=True):
        end = instant() + timedelta(minutes=minutes)
        await window.alter(id, {"breach_at": end, "changed_at": instant()})
    await page.reload()
    await expect(page.locator("#over li")).to_have_attribute("data-id", ids[1])
    await expect(page.locator(f"#r-{ids[1]} .clock")).to_contain_text("逾 00:12")
    shown = await page.eval_on_selector_all("#waiting li", "rows => rows.map((row) => row.dataset.id)")
    assert shown == [ids[2], ids[0]]
    await expect(page.locator(".count a.alarm")).to_have_text("逾時 1")


async def test_a_row_whose_clock_runs_out_is_said_at_the_edge_and_moves_when_taken_in(
    board: tuple[Page, Window],
) -> None:
    page, window = board
    [id] = await window.decided(1)
    await expect(page.locator(f"#waiting #r-{id}")).to_be_visible()
    over = {"breach_at": instant() - timedelta(minutes=1), "changed_at": instant()}
    await window.alter(id, over)
    await expect(page.locator(f"#waiting #r-{id}.over")).to_be_visible()
    await expect(page.locator("#moved-count")).to_have_text("1")
    await page.keyboard.press("n")
    await expect(page.locator(f"#over #r-{id}")).to_be_visible()
    await expect(page.locator("#new")).to_be_hidden()


async def test_silent_senders_are_named_in_words(board: tuple[Page, Window]) -> None:
    page, window = board
    await expect(page.locator(".words")).to_contain_text("收件端尚未回報")
    await window.handlers.on_counts([heard(3, "police-2")])
    await expect(page.locator(".silent")).to_contain_text("police-2 (警政) 最後")
    await window.handlers.on_counts([heard(0)])
    await expect(page.locator(".words")).to_contain_text("通報單位皆如常")
    await expect(page.locator("#quiet")).to_contain_text("8 個通報單位有動靜")


async def test_a_list_that_goes_on_is_shown_whole_when_asked(board: tuple[Page, Window]) -> None:
    page, window = board
    await window.decided(*range(1, MOST_LISTED + 4))
    await page.reload()
    await expect(page.locator("#waiting li")).to_have_count(MOST_LISTED)
    await page.click("[data-more=waiting]")
    await expect(page.locator("#waiting li")).to_have_count(MOST_LISTED + 3)
    await expect(page.locator("[data-more]")).to_have_count(0)


async def test_the_tour_goes_five_steps_by_keyboard_and_is_offered_once(board: tuple[Page, Window]) -> None:
    page, _ = board
    await expect(page.locator("#invitation")).to_be_visible()
    await page.keyboard.press("w")
    await expect(page.locator("#tour h2:visible")).to_have_text("時限在最上面")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    for _step in range(4):
        await page.keyboard.press("Enter")
    await expect(page.locator("#tour h2:visible")).to_have_text("收到的等於已派加未決")
    await page.keyboard.press("Enter")
    await expect(page.locator("#tour")).to_be_hidden()
    await expect(page.locator(".pointed")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#live.fresh")).to_be_visible()
    await expect(page.locator("#invitation")).to_be_hidden()


async def test_every_act_that_is_offered_answers_to_its_key_and_is_on_the_map_of_keys(
    board: tuple[Page, Window],
) -> None:
    page, window = board
    [id] = await window.decided(1)
    await page.goto(f"{page.url.split('?')[0]}?report={id}")
    await expect(page.locator("#panel article")).to_be_visible()
    keys = await page.eval_on_selector_all(
        "#panel [data-key]", "acts => [...new Set(acts.map((act) => act.dataset.key))]"
    )
    listed = await page.eval_on_selector_all("#help kbd", "keys => keys.map((key) => key.textContent)")
    assert len(set(keys)) >= 6
    assert set(keys) <= set(listed)


SIGNS = ["strangulation", "death_threat", "weapon_threat", "escalating_violence", "perpetrator_substance_abuse"]


@pytest.mark.parametrize(("width", "lang"), [(1024, "en"), (1280, "zh")])
async def test_no_danger_sign_of_a_row_is_cut_off(office: Office, width: int, lang: str) -> None:
    event = body(1)["event"] | {"danger_signs": SIGNS}
    received = await office.window.received(body(1, event=event))
    await office.window.handlers.on_reports([received])
    page = await office.visitor(viewport={"width": width, "height": 768})
    await page.goto(f"{office.url}/?lang={lang}")
    row = page.locator(f"#r-{received.event.subject}")
    await expect(row.locator(".sign")).to_have_count(len(SIGNS))
    beyond = await row.evaluate(
        """row => {
          const edge = row.querySelector(".what").getBoundingClientRect();
          return [...row.querySelectorAll(".sign")]
            .map((sign) => [sign.textContent, sign.getBoundingClientRect()])
            .filter(([, box]) => !box.width || box.right > edge.right + 1 || box.bottom > edge.bottom + 1)
            .map(([words]) => words);
        }"""
    )
    assert beyond == []


async def test_at_200_percent_a_report_is_brought_to_the_eye_and_nothing_covers_it(office: Office) -> None:
    ids = await office.window.decided(1, 2, 3)
    page = await office.officer(viewport={"width": 640, "height": 360})
    await page.locator(f"#r-{ids[2]}").click()
    title = page.locator("#panel h2")
    await expect(title).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stick = await page.eval_on_selector_all(
        ".acts, .report > header", "all => all.map((each) => getComputedStyle(each).position)"
    )
    assert set(stick) == {"static"}


async def test_what_has_the_focus_is_never_under_the_bar_of_acts(board: tuple[Page, Window]) -> None:
    page, window = board
    people = [{"role": "household_member", "name": f"林小{number}"} for number in range(25)]
    received = await window.received(body(1, people=[*body(1)["people"], *people]))
    await window.handlers.on_reports([received])
    await page.goto(f"{page.url.split('?')[0]}?report={received.event.subject}")
    for button in await page.locator(".people button").all():
        await button.focus()
        focused, bar = await button.bounding_box(), await page.locator(".acts").bounding_box()
        header = await page.locator(".report > header").bounding_box()
        assert focused and bar and header
        assert header["y"] + header["height"] <= focused["y"] <= focused["y"] + focused["height"] <= bar["y"]


async def test_to_write_a_decision_moves_nothing_of_what_is_read(board: tuple[Page, Window]) -> None:
    page, window = board
    [id] = await window.decided(1)
    await page.goto(f"{page.url.split('?')[0]}?report={id}")
    await expect(page.locator("#panel article")).to_be_visible()
    for key in ("d", "Tab", "Tab", "Escape"):
        await page.keyboard.press(key)
        assert (key, await page.locator("#panel").evaluate("panel => panel.scrollTop")) == (key, 0)
