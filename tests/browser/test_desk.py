"""What officers do to a report in a real browser: claim, decide, undo, ask, link, reveal; by keyboard alone."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.looking import does, shown
from tests.browser.office import Office
from tests.integration.dispatch_reports import accepted, body, consultation
from tests.integration.dispatch_stage import Window, amendment

pytestmark = [pytest.mark.real, pytest.mark.browser]


async def pending(window: Window, number: int) -> str:
    """A report that waits for a person: its amendment would lower protection."""
    received = await window.received(number)
    await window.handlers.on_reports([received])
    milder = body(number, event={"narrative": "更正：並無此事。"}, needs=[])
    await window.handlers.on_reports([await amendment(window, received, milder, 2)])
    return str(received.event.subject)


async def test_of_two_officers_one_gets_the_report_and_the_other_is_told_who_was_faster(office: Office) -> None:
    [id] = await office.window.decided(1)
    pages = [await office.visitor("officer"), await office.visitor("supervisor")]
    for page in pages:
        await shown(office, page, id)
        await page.evaluate("stream.close()")  # neither has heard of the other
    await asyncio.gather(*(page.keyboard.press("c") for page in pages))
    for page in pages:
        await expect(page.locator(".held")).to_be_visible()
    mine, told = pages[0].locator(".held.mine"), pages[1].locator(".problem")
    held = (await office.window.report(id)).claim
    if held and held.by == "supervisor":
        mine, told = pages[1].locator(".held.mine"), pages[0].locator(".problem")
    await expect(mine).to_be_visible()
    await expect(told).to_contain_text("王 較快")
    history = (await office.window.document(id))["history"]
    assert [each["what"] for each in history].count("claimed") == 1
    for page in pages:
        await page.evaluate("stream.open()")
        await expect(page.locator(f"#r-{id} .claimed")).to_contain_text("王")


async def test_a_report_that_another_officer_holds_offers_no_act(office: Office) -> None:
    [id] = await office.window.decided(1)
    holder, other = await office.visitor("officer"), await office.visitor("supervisor")
    await shown(office, other, id)
    await shown(office, holder, id)
    await holder.keyboard.press("c")
    await expect(other.locator(".held.theirs")).to_contain_text("officer 王")
    await expect(other.locator(".acts")).to_have_count(0)
    await holder.keyboard.press("c")
    await expect(other.locator(".acts")).to_be_visible()


async def test_the_keyboard_alone_takes_a_report_from_the_queue_to_its_decision(office: Office) -> None:
    id = await pending(office.window, 1)
    page = await office.officer("supervisor")
    press = page.keyboard.press
    await press("?")
    await expect(page.locator("#help")).to_be_visible()
    await press("Escape")
    await press("j")
    await press("Enter")
    await expect(page.locator("#panel h2")).to_contain_text("待覆核")
    await press("c")
    await expect(page.locator(".held.mine")).to_be_visible()
    await press("d")
    while await page.locator("input[value=protection]:checked").count() == 0:
        await press("ArrowUp")
    await press("Tab")
    await press("Tab")
    await page.keyboard.type("after a call")
    await press("Enter")
    await expect(page.locator("#panel h2")).to_contain_text("派保護")
    assert (await office.window.document(id))["decision"]["decided_by"] == "supervisor 王"
    await expect(page.locator(f"#r-{id} a")).to_be_focused()
    await expect(page.locator(f"#r-{id}")).to_have_attribute("data-group", "waiting")
    await press("n")
    await expect(page.locator(f"#waiting #r-{id}")).to_be_visible()


async def test_what_only_a_supervisor_may_decide_says_so_before_anything_is_typed(office: Office) -> None:
    [id] = await office.window.decided(1)
    for username, may in (("officer", False), ("supervisor", True)):
        page = await office.visitor(username)
        await shown(office, page, id)
        await page.keyboard.press("d")
        lower = page.locator("details[open] input[value=no_dispatch]")
        await expect(lower).to_be_enabled(enabled=may)
        await expect(lower.locator("..").get_by_text("須督導決定")).to_have_count(0 if may else 1)
        await expect(page.locator("details[open] input[value=protection]")).to_be_enabled()
        for key in ("t", "m"):
            await page.keyboard.press("Escape")
            await page.keyboard.press(key)
            await expect(page.locator("details[open] button.primary")).to_be_enabled(enabled=may)
            await expect(page.locator("details[open]").get_by_text("須督導決定")).to_have_count(0 if may else 1)


async def test_a_decision_is_undone_with_one_key_and_goes_back_to_the_queue(office: Office) -> None:
    id = await pending(office.window, 1)
    page = await office.visitor("supervisor")
    await shown(office, page, id)
    await does(page, "d", "電話確認")
    await expect(page.locator(".undo")).to_be_visible()
    await page.keyboard.press("u")
    await expect(page.locator("#panel h2")).to_contain_text("待覆核")
    await expect(page.locator(".history")).to_contain_text("已復原")
    await expect(page.locator(".undo")).to_have_count(0)


async def test_nothing_is_undone_once_a_unit_relies_on_it(office: Office) -> None:
    [id] = await office.window.decided(1)
    page = await office.visitor("supervisor")
    await shown(office, page, id)
    await does(page, "d", "電話確認")
    await expect(page.locator(".undo")).to_be_visible()
    await office.window.handlers.on_news([accepted(id)])
    await expect(page.locator("#panel")).to_contain_text("接案 陳社工")
    await expect(page.locator(".undo")).to_have_count(0)


async def test_a_refused_form_keeps_what_was_typed(office: Office) -> None:
    received = await office.window.received(consultation(1))
    await office.window.handlers.on_reports([received])
    page = await office.visitor("officer")
    await shown(office, page, received.event.subject)
    await page.keyboard.press("m")
    await page.fill("details[open] [name=duplicate_of]", "CYI-1151122-9999")
    await page.fill("details[open] [name=reason]", "同一通電話")
    await page.keyboard.press("Enter")
    await expect(page.locator(".problem")).to_contain_text("先前那件通報的編號")
    await expect(page.locator("details[open] [name=reason]")).to_have_value("同一通電話")
    await expect(page.locator("details[open] [name=duplicate_of]")).to_have_value("CYI-1151122-9999")


async def test_a_report_that_changes_while_a_form_is_open_says_so_and_keeps_the_form(office: Office) -> None:
    [id] = await office.window.decided(1)
    page = await office.visitor("supervisor")
    await shown(office, page, id)
    await page.keyboard.press("d")
    await page.fill("details[open] [name=reason]", "寫到一半")
    where = await page.locator("#panel h2").bounding_box()
    await office.window.handlers.on_news([accepted(id)])
    await expect(page.locator("#changed")).to_contain_text("剛有變更")
    assert await page.locator("#panel h2").bounding_box() == where
    await expect(page.locator("details[open] [name=reason]")).to_have_value("寫到一半")
    await page.keyboard.press("Escape")
    await expect(page.locator("#changed")).to_be_hidden()
    await expect(page.locator(".history")).to_contain_text("單位接案")


async def test_what_a_silent_server_did_not_answer_is_said_kept_and_sent_again(office: Office) -> None:
    [id] = await office.window.decided(1)
    page = await office.visitor("supervisor")
    await shown(office, page, id)
    where = await page.locator("#panel h2").bounding_box()
    await page.context.set_offline(True)
    await page.evaluate("stream.close()")  # a beat that is still on its way would say that all is well
    await page.keyboard.press("c")
    await expect(page.locator("#changed")).to_contain_text("沒有回應")
    assert await page.evaluate("stream.silence >= LOST")
    await expect(page.locator("#stale")).to_be_visible()
    assert await page.locator("#panel h2").bounding_box() == where
    await does(page, "d", "電話確認")
    await expect(page.locator("details[open] button.primary")).to_be_enabled()
    await expect(page.locator("details[open] [name=reason]")).to_have_value("電話確認")
    await page.locator(f"#r-{id}").click()
    await expect(page.locator("details[open] [name=reason]")).to_have_value("電話確認")
    await page.context.set_offline(False)
    await page.locator("details[open] [name=reason]").press("Enter")
    await expect(page.locator(".undo")).to_be_visible()
    await expect(page.locator("#changed")).to_be_hidden()
    assert all("net::ERR_" in said for said in office.complaints)
    office.complaints.clear()


async def test_an_answer_that_fails_leaves_the_page_as_it_is(office: Office) -> None:
    first, second = await office.window.decided(1, 2)
    page = await office.visitor("supervisor")
    await shown(office, page, first)
    await page.route("**/board/reports/*", lambda route: route.fulfill(status=503))
    await page.locator(f"#r-{second}").click()
    await expect(page.locator("#changed")).to_contain_text("沒有回應")
    await expect(page.locator("article")).to_have_attribute("data-report", first)
    await page.unroute("**/board/reports/*")
    await page.locator(f"#r-{second}").click()
    await expect(page.locator("article")).to_have_attribute("data-report", second)
    await expect(page.locator("#changed")).to_be_hidden()
    assert all("status of 503" in said for said in office.complaints)
    office.complaints.clear()


async def test_a_name_is_covered_until_it_is_asked_for_and_the_page_says_who_asked(office: Office) -> None:
    sent = body(1)
    sent["people"].append({"role": "alleged_perpetrator", "name": "陳大明", "phones": ["0911222333"]})
    received = await office.window.received(sent)
    await office.window.handlers.on_reports([received])
    page, other = await office.visitor("officer"), await office.visitor("supervisor")
    await shown(office, page, received.event.subject)
    await expect(page.locator(".people")).not_to_contain_text("林小1")
    await page.keyboard.press("p")
    await expect(page.locator(".people")).to_contain_text("林小1")
    await expect(page.locator(".people")).not_to_contain_text("陳大明")
    await expect(page.locator(".narrative")).to_contain_text("林小1")
    await page.keyboard.press("p")
    await expect(page.locator(".people")).to_contain_text("陳大明 0911222333", use_inner_text=True)
    await shown(office, other, received.event.subject)
    await expect(other.locator(".people")).not_to_contain_text("林小1")
    await expect(other.locator(".reveals")).to_contain_text("officer 王 → 個案 1")
    await expect(other.locator(".reveals")).to_contain_text("officer 王 → 相對人 2")


async def test_the_sender_is_asked_and_the_promise_stands_until_it_is_answered(office: Office) -> None:
    [id] = await office.window.decided(1)
    page = await office.visitor("officer")
    await shown(office, page, id)
    await does(page, "a", "請補充住址")
    await expect(page.locator(".asked")).to_contain_text("剩 03:59")
    await expect(page.locator(f"#r-{id}")).to_contain_text("已問通報人")
    await does(page, "a", "住民雄")
    await expect(page.locator(".asked")).to_have_count(0)
    await expect(page.locator(".history")).to_contain_text("請補充住址")


async def test_a_duplicate_is_linked_unlinked_and_each_is_in_the_history(office: Office) -> None:
    first, second = await office.window.decided(1, 2)
    page = await office.visitor("supervisor")
    await shown(office, page, second)
    await page.keyboard.press("m")
    await page.fill("[name=duplicate_of]", first)
    await page.locator("details[open] [name=reason]").fill("同一事件")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel h2")).to_contain_text("重複通報")
    await does(page, "m", "查證後為兩件事")
    await expect(page.locator("#panel h2")).to_contain_text("待覆核")
    await expect(page.locator("#panel")).to_contain_text("建議：派保護")
    document = await office.window.document(second)
    assert [each["what"] for each in document["history"]][-2:] == ["decision_made", "unlinked"]
    assert document["decision"]["duplicate_of"] is None


async def test_a_report_is_transferred_and_another_sent_back_to_the_queue(office: Office) -> None:
    first, second = await office.window.decided(1, 2)
    page = await office.visitor("supervisor")
    await shown(office, page, first)
    await page.keyboard.press("t")
    await page.select_option("[name=transferred_to]", "tainan-city")
    await page.locator("details[open] [name=reason]").fill("居住臺南")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel header")).to_contain_text("臺南市")
    await shown(office, page, second)
    await does(page, "r", "請再看一次")
    await expect(page.locator("#panel h2")).to_contain_text("待覆核")
    assert (await office.window.document(second))["stage"] == "pending"


async def test_one_click_hands_a_shift_over_and_the_next_officer_takes_it_with_its_claims(office: Office) -> None:
    [id] = await office.window.decided(1)
    going, coming = await office.visitor("officer"), await office.visitor("supervisor")
    await shown(office, going, id)
    await going.keyboard.press("c")
    await expect(going.locator(".held.mine")).to_be_visible()
    await does(going, "a", "請補充住址")
    await expect(going.locator(".asked")).to_be_visible()
    await going.keyboard.press("h")
    await going.fill("[name=words]", "民雄那件等學校回電")
    await going.click("#hand-over")
    await expect(going.locator(".note.open")).to_contain_text("請通報人補正")
    await expect(going.locator(".note button")).to_have_count(0)
    await coming.goto(office.url)
    await expect(coming.locator(".badge")).to_have_text("1")
    await coming.keyboard.press("h")
    await expect(coming.locator(".note.open")).to_contain_text("民雄那件等學校回電")
    await coming.click(".note button")
    await expect(coming.locator(".note")).to_contain_text("接班 supervisor 王")
    assert (await office.window.document(id))["claim"]["by"] == "supervisor"
