"""The board in a real browser: it moves by itself, and never under the eye of who reads."""

from time import perf_counter

import pytest
from dispatch.board.words import _words
from playwright.async_api import Page, expect

from tests.integration.test_dispatch_decides import Window, amendment, body

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def test_a_quiet_board_says_so_and_takes_the_first_report_in_by_itself(board: tuple[Page, Window]) -> None:
    page, window = board
    await expect(page.locator("#quiet")).to_be_visible()
    began = perf_counter()
    [id] = await window.decided(1)
    await expect(page.locator(f"#r-{id}")).to_be_visible(timeout=1500)
    assert perf_counter() - began < 1.5
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


async def test_a_supervisor_decides_in_the_panel_with_the_keyboard(board: tuple[Page, Window]) -> None:
    page, window = board
    [id] = await window.decided(1)
    await expect(page.locator(f"#r-{id}")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel article")).to_contain_text("林○1")
    await page.keyboard.press("d")
    await page.check("input[value=welfare_centre]")
    await page.fill("[name=reason]", "電話確認，無立即危險")
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
    await page.evaluate("source.close(); heard -= 20000")
    await expect(page.locator("#stale")).to_be_visible()
    await window.decided(2)
    await page.context.set_offline(False)
    await page.evaluate("listen()")
    await expect(page.locator("#stale")).to_be_hidden(timeout=5000)
    await expect(page.locator("#new-count")).to_have_text("1")
