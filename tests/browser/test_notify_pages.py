"""Notify's pages in real Chromium: open to everybody in both languages and themes, by keyboard, from 390 to 1920 px."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture

from tests.browser.looking import by_day_and_night, fits, keep
from tests.browser.notify_place import Place, served
from tests.browser.office import visited
from tests.integration.notify_messages import POLICE, answered, asked, failed, message
from tests.integration.notify_stage import COUNTY, LEAD, group_of
from tests.parts import Parts, Sweeper, env_of

pytestmark = [pytest.mark.real, pytest.mark.browser]
PAGES = ("/", "/deliveries", "/deliveries/by/group", "/deliveries/by/person", "/groups", "/rota",
         f"/rota/edit?unit={LEAD}", "/mine", "/alerts", "/alerts/a1", "/tests", "/tests/t1", "/figures")  # fmt: skip
PHONE, DESK, WIDE = ({"width": width, "height": 900} for width in (390, 1440, 1920))


@fixture(scope="module", loop_scope="session")
async def notify(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Place]:
    """One for all of these tests, with something of everything in it."""
    with sweeper.names() as names:
        async with served(env_of(parts, names), browser) as place:
            await _a_night(place)
            yield place


@fixture(loop_scope="session")
async def place(notify: Place) -> AsyncIterator[Place]:
    async with visited(notify) as opened:
        yield opened


async def _a_night(place: Place) -> None:
    standing = asked("66666666")
    standing["run"] |= {"state": "standing", "next_at": None}
    step = message("88888888") | {"step_of": "66666666", "person": "王值班", "way": "line", "run": None}
    messages = [failed("11111111"), failed("22222222", "refused", unit=POLICE), standing, step, asked("77777777"),
                message("55555555", minutes=3), *(answered(f"3{n:07}", 40 + 60 * n) for n in range(6))]  # fmt: skip
    for number, each in enumerate(messages):
        each["case_id"] = f"{number:02}f3c9a7-0000-4000-8000-000000000000"
    await place.database["deliveries"].insert_many(messages)
    now = datetime.now(UTC)
    groups = [{"_id": group_of("new"), "purpose": "unit_work", "county": COUNTY, "unit": f"{COUNTY}/labour",
               "members": 14, "counted_at": now, "bound_by": "officer", "bound_at": now, "state": "joined", "at": now},
              {"_id": group_of(POLICE), "state": "left", "at": now, "members": 9, "counted_at": now}]  # fmt: skip
    await place.database["groups"].insert_many(groups)
    turns = {"people": ["supervisor", "陳社工", "林督導"], "since": "2020-01-01", "days": 1, "at": "08:00:00"}
    away = {"start": now + timedelta(days=3), "end": now + timedelta(days=4), "person": None}
    for unit, duty, overrides in ((LEAD, "on_call", [away]), (f"{COUNTY}/window", "supervisor", [])):
        rota = {"turns": turns, "shifts": [], "overrides": overrides}
        kept: dict[str, Any] = {"_id": f"{unit} {duty}", "unit": unit, "duty": duty, "county": COUNTY, "version": 1}
        await place.database["rotas"].insert_one(kept | {"rota": rota, "written_by": "supervisor", "written_at": now})
    span = {"start": now + timedelta(days=2), "end": now + timedelta(days=2, hours=9)}
    await place.database["rota_swaps"].insert_one(
        {"_id": "s1", "unit": LEAD, "duty": "on_call", "by": "陳社工", "to": "supervisor", "given": span, "back": None,
         "offered_at": now, "state": "offered", "answered_at": None}
    )  # fmt: skip
    await _an_exercise(place, now)
    page = await place.visitor()
    await _news(place, page, now)
    await page.goto(f"{place.url}/rota/edit?unit={LEAD}")
    await page.get_by_role("button", name="儲存").click()  # the nights are run dry at once
    await expect(page.locator("#holes")).to_be_visible()
    await page.context.close()


async def _news(place: Place, page: Page, now: datetime) -> None:
    """One alert that is late for two bureaus, and one whose time runs."""
    await page.goto(f"{place.url}/alerts?lang=zh")
    await page.get_by_label("主題").fill("A case in the press (fictitious)")
    await page.get_by_label("報導連結").fill("https://news.example/1")
    await page.get_by_label("回覆期限").fill(f"{now + timedelta(hours=10):%Y-%m-%dT%H:%M}")
    await page.get_by_text("另選應回覆單位").click()
    for kind in ("protection", "police", "window"):
        await page.locator(f'input[value="{COUNTY}/{kind}"]').check()
    await page.get_by_role("button", name="通報輿情").click()
    await expect(page.locator("#owes li")).to_have_count(3)
    alerts = place.database["alerts"]
    kept = await alerts.find_one({})
    assert kept
    answers = [{"ours": False}, {"ours": True, "says": kept["told"], "says_by": now + timedelta(hours=1)}]
    for owed, answer in zip(kept["owes"], answers, strict=False):
        owed |= {"answered_at": now, "answered_by": "supervisor", **answer}
    late = {
        "_id": "a1",
        "answer_by": now - timedelta(minutes=9),
        "step": "late",
        "next_at": None,
        "raised_at": now - timedelta(hours=1),
    }
    await alerts.insert_one(kept | late)
    told = message("55a55a55", unit=POLICE) | {
        "about": "a1",
        "template": "media_reminder",
        "run": None,
        "case_id": None,
    }
    await place.database["deliveries"].insert_one(told)


async def _an_exercise(place: Place, now: datetime) -> None:
    """A test with an answer in seconds, a group that is silent, and somebody whom nothing leads to."""
    called = [("group", None), ("group", None), ("line", "supervisor"), ("mail", "supervisor"), ("none", "王值班")]
    calls = [
        {"id": f"c{number}", "channel": channel, "unit": LEAD, "group_id": None, "person": person}
        for number, (channel, person) in enumerate(called)
    ]
    test = {"_id": "t1", "county": COUNTY, "by": "supervisor", "at": now - timedelta(hours=50), "calls": calls}
    await place.database["communication_tests"].insert_one(test)
    for number in range(3):
        call = message(f"c{number}") | {
            "template": "exercise",
            "exercise": True,
            "run": None,
            "about": "t1",
            "case_id": None,
        }
        if number == 0:
            call |= {"acknowledged_at": now, "acknowledged_by": "supervisor", "state": "acknowledged"}
        await place.database["deliveries"].insert_one(call)
    held = message("99999999") | {"state": "queued", "reason": "quota", "run": None, "sent_at": None,
                                  "next_attempt_at": now + timedelta(hours=1)}  # fmt: skip
    await place.database["deliveries"].insert_one(held)


def _name(path: str) -> str:
    return "notify-" + (path.split("?", maxsplit=1)[0].strip("/").replace("/", "-") or "home")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_is_open_to_everybody_and_fits(place: Place, axe: str, lang: str) -> None:
    found: dict[str, Any] = {}
    for size in (DESK, PHONE):
        page = await place.visitor(viewport=size)
        for path in PAGES:
            await page.goto(f"{place.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            await expect(page.locator("h1").first).to_be_visible()
            name = f"{_name(path)}-{lang}-{size['width']}"
            if size is DESK:
                found[name] = await by_day_and_night(page, axe, name, whole=True)
                await page.set_viewport_size(WIDE)
                found[f"{name} wide"] = [] if await fits(page) else ["runs off the side"]
                await page.set_viewport_size(DESK)
            else:
                await keep(page, name, whole=True)
            found[f"{name} fits"] = [] if await fits(page) else ["runs off the side"]
            if lang == "en":
                text = await page.locator("main").inner_text()
                own = {sign for name in ("陳社工", "林督導", "王值班") for sign in name}
                found[f"{name} words"] = [sign for sign in text if "一" <= sign <= "鿿" and sign not in own]
        await page.context.close()
    assert {name: each for name, each in found.items() if each} == {}


async def test_by_keyboard_alone_a_message_is_taken_on_and_leaves_every_open_page(place: Place) -> None:
    other = await place.visitor("officer")
    await other.goto(place.url)
    page = await place.visitor()
    await page.goto(place.url)
    first = page.locator("#m-55555555")
    await first.get_by_role("button", name="我來接").focus()
    await page.keyboard.press("Enter")
    await expect(first).to_have_count(0)
    await expect(other.locator("#new")).to_be_visible()
    await expect(other.locator("#new b")).to_have_text("1")
    await other.locator("#m-55555555").get_by_role("button", name="我來接").click()
    await expect(other.get_by_role("alert")).to_contain_text("supervisor 較快")


async def test_a_failure_is_sent_again_from_the_ledger_and_the_ledger_prints(place: Place) -> None:
    page = await place.visitor()
    await page.goto(f"{place.url}/deliveries")
    rows = page.get_by_role("region", name="送達失敗").locator("tbody tr")
    await expect(rows).to_have_count(3)
    await rows.first.get_by_role("button", name="重送").click()
    await expect(page.locator("main")).to_contain_text("supervisor 要求重送")
    await page.goto(f"{place.url}/deliveries")
    await page.emulate_media(media="print")
    await expect(page.locator("nav")).to_be_hidden()
    await expect(page.locator(".filters")).to_be_hidden()
    await expect(page.locator(".print")).to_contain_text("supervisor 列印")
    await keep(page, "notify-printed", whole=True)


async def test_a_swap_is_confirmed_on_ones_own_page(place: Place) -> None:
    page = await place.visitor()
    await page.goto(f"{place.url}/mine")
    await page.locator("#swaps").get_by_role("button", name="不換").click()
    await expect(page.locator("#swaps")).to_have_count(0)
    await expect(page.locator("#earlier")).to_contain_text("不換")
    await page.get_by_role("button", name="建立行事曆網址").click()
    assert (await page.locator("#address").input_value()).startswith(f"{place.url}/calendars/")


async def test_a_bureau_answers_on_the_page_by_keyboard(place: Place) -> None:
    page = await place.visitor("police")
    await page.goto(f"{place.url}/alerts")
    await page.locator("#open a").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("非本單位業務").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="送出回覆").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".bureaus .calm")).to_contain_text("police")


async def test_the_figures_are_loud_on_an_open_page_when_the_sum_breaks(place: Place) -> None:
    page = await place.visitor("far")
    await page.goto(f"{place.url}/figures")
    await expect(page.locator("#closes")).to_be_visible()
    await expect(page.locator("#broken")).to_be_hidden()
    lost = asked("1057aaaa", county="yunlin-county")
    lost["run"] |= {"state": "open", "next_at": None}
    lost["queued_at"] = datetime.now(UTC) - timedelta(hours=1)
    await place.database["deliveries"].insert_one(lost)
    await expect(page.locator("#broken")).to_be_visible(timeout=15_000)
    await page.get_by_role("link", name="逐件查看").click()
    await expect(page.locator("#lost")).to_contain_text("沒有期限")
    await keep(page, "notify-figures-broken", whole=True)
    await place.database["deliveries"].delete_one({"_id": "1057aaaa"})
