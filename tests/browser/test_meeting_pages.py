"""Pages of meetings in real Chromium: secretary, member on a phone, chair; a meeting run to its minutes by keyboard."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pytest_asyncio import fixture
from rules.spans import TAIPEI

from tests.browser.looking import PHONE, by_day_and_night, fits, keep, violations
from tests.browser.office import visited
from tests.browser.visiting import signed_in
from tests.integration.network_life import taken, visit
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, planned, series, topic
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage
from tests.parts import Parts, Sweeper, env_of
from tests.serving import serving

pytestmark = [pytest.mark.real, pytest.mark.browser]

HEALTH = f"{COUNTY}/health"
YEAR = datetime.now(TAIPEI).year
MOST_STOPS = 200
"""How often somebody may press Tab on one page before it counts as not reachable."""


@dataclass
class Rooms:
    """Network as it is served, with a year of meetings in it."""

    url: str
    net: Stage
    browser: Browser
    ids: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def visitor(self, username: str, **context: Any) -> Page:
        return await signed_in(self.browser, self.complaints, self.url, username, **context)


@fixture(scope="module", loop_scope="session")
async def served_rooms(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Rooms]:
    with sweeper.names() as names:
        async with AsyncExitStack() as stack:
            net = await stack.enter_async_context(stage(env_of(parts, names)))
            url = await stack.enter_async_context(serving(net.app, lifespan="off"))
            yield Rooms(url, net, browser, await _a_year(net))


@fixture(loop_scope="session")
async def rooms(served_rooms: Rooms) -> AsyncIterator[Rooms]:
    async with visited(served_rooms) as opened:
        yield opened


async def _a_year(net: Stage) -> dict[str, str]:
    """Two series that collide once, a meeting that was held, one with its papers, a case on a list."""
    third_tuesday = {"every": "month", "nth": 3, "weekday": 1}
    high = await series(net, "high_risk_violence", YEAR, chairs=[PROTECTION, POLICE], rhythm=third_tuesday)
    await series(net, "child_protection_joint", YEAR, [high[1]["at"][:10]], chairs=[POLICE])
    held = await planned(net, f"{YEAR}-01-05T14:00:00+08:00", minutes=60)
    old = await topic(net, held, "pupils_out_of_school")
    await come(net, held, SIX[:4])
    due = f"{YEAR}-02-01T17:00:00+08:00"
    made = await decide(net, held, old, PROTECTION, due, what="list_to_civil_affairs", collaborators=[HEALTH])
    await net.did(
        f"/v1/meetings/{held}/items/{old}/decisions/{made['decision_id']}/outcome",
        {"state": "not_done", "reason": "no_time"}, PROTECTION,
    )  # fmt: skip
    case = await taken(net, sealed=await _names(net, "r1", "林小美", "林大華"))
    other = await taken(net, "r2", family=["z"], people=())
    assessed = {"opened": True, "needs": ["child_development"], "tools": [{"tool": "tipvda", "score": 9}]}
    await planned(net, f"{datetime.now(TAIPEI) + timedelta(days=6):%Y-%m-%dT%H}:00+08:00", purpose="high_risk_violence")
    await net.did(f"/v1/cases/{case}/assessments", assessed, PROTECTION)
    listed = await net.database["items"].find_one({"case_id": case, "purpose": "high_risk_violence"})
    await net.did(f"/v1/cases/{case}/contacts", visit(), PROTECTION)
    called = await planned(
        net, f"{datetime.now(TAIPEI) + timedelta(days=6):%Y-%m-%d}T10:00:00+08:00", room="第二會議室"
    )
    await net.did(f"/v1/meetings/{held}/end", {}, SECRETARY)
    for each in (case, other):
        await net.did(f"/v1/meetings/{called}/items", {"case_id": each, "reason": "needs_several"}, SECRETARY)
    items = {each["case_id"]: each["item_id"] for each in (await at_meeting(net, called))["items"]}
    await net.did(f"/v1/meetings/{called}/call", {}, SECRETARY)
    paper = {"text": "本月訪視兩次，案母已就業。", "proposal": "由勞工局接續就業穩定服務。"}
    await _write(net, called, items[case], LABOUR, paper)
    await _write(net, called, items[case], POLICE, paper | {"only_for": [PROTECTION]})
    return {"held": held, "called": called, "case": case, "item": items[case], "second": items[other], "old": old,
            "high": listed["meeting_id"]}  # fmt: skip


async def _names(net: Stage, report: str, *names: str) -> dict[str, Any]:
    """What a report seals: who its people are."""
    key = net.app.state.vault.new_key(report, "report")
    await net.app.state.vault.keep([key])
    return {"report": key.seal({f"people/{number}/name": name for number, name in enumerate(names)})}


async def _write(net: Stage, id: str, item: str, unit: str, paper: dict[str, Any]) -> None:
    path = f"/v1/meetings/{id}/items/{item}/paper"
    answer = await net.http.put(path, json=paper, headers={"Authorization": f"Bearer {unit}"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("lang", "screen"), [("zh", {"width": 1280, "height": 860}), ("en", PHONE)], ids=["zh", "en"])
async def test_every_page_is_open_to_everybody(rooms: Rooms, axe: str, lang: str, screen: dict[str, int]) -> None:
    called, held = f"/meetings/{rooms.ids['called']}", f"/meetings/{rooms.ids['held']}"
    seen = {
        SECRETARY: ("/meetings", called, held, f"{called}/room?at=2", f"{called}/room?at=9", f"{held}/minutes",
                    "/meetings/lists", f"/meetings/{rooms.ids['high']}"),
        HEALTH: ("/meetings", called, f"{called}/papers", f"{called}/room"),
        PROTECTION: (called, f"{held}/minutes", f"/cases/{rooms.ids['case']}"),
    }  # fmt: skip
    wrong: dict[str, list[tuple[Any, ...]]] = {}
    for username, paths in seen.items():
        page = await rooms.visitor(username, viewport=screen)
        for path in paths:
            who = username.rpartition("/")[2]
            name = f"meetings-{who}-{path.replace(rooms.ids['called'], 'called').replace(rooms.ids['held'], 'held')}"
            name = "-".join(name.replace("?at=", "-").split("/")).replace(rooms.ids["case"], "one")
            name = name.replace(rooms.ids["high"], "high")
            wrong[f"{who} {path}"] = await _looked_at(page, axe, rooms.url + path, name, lang=lang)
        await page.context.close()
    assert {path: found for path, found in wrong.items() if found} == {}


async def _looked_at(page: Page, axe: str, url: str, name: str, *, lang: str) -> list[tuple[Any, ...]]:
    answer = await page.goto(f"{url}{'&' if '?' in url else '?'}lang={lang}")
    assert answer
    assert answer.status == 200, f"{name}: {answer.status}"
    assert await fits(page), f"{name} runs off the side"
    if lang == "en":  # the night changes colours alone, and was looked at in the other language
        await keep(page, f"{name}-en", whole=True)
        return await violations(page, axe)
    return await by_day_and_night(page, axe, f"{name}-{lang}", whole=True)


async def test_a_member_writes_a_part_on_a_phone_as_a_draft_and_hands_it_in(rooms: Rooms) -> None:
    page = await rooms.visitor(HEALTH, viewport=PHONE)
    await page.goto(f"{rooms.url}/meetings/{rooms.ids['called']}/papers?lang=zh")
    part = page.locator(f"form[action$='{rooms.ids['second']}/paper']")
    await part.locator("[name=text]").fill("門診追蹤中")
    await part.locator("[name=draft]").click()
    await expect(part.locator("[name=text]")).to_have_value("門診追蹤中")
    await expect(page.locator("main")).to_contain_text("草稿")
    assert "門診追蹤中" not in await _room_of(rooms, rooms.ids["called"])
    await part.locator("[name=proposal]").fill("轉介心理衛生中心")
    await part.locator("button.primary").click()
    await expect(page.locator(f"[id='{rooms.ids['second']}'] .ok")).to_contain_text("worker of")
    await keep(page, "meetings-member-handed-in", whole=True)


async def test_a_case_is_taken_off_its_list_by_keyboard_on_a_phone_once_measured_again(rooms: Rooms) -> None:
    page = await rooms.visitor(SECRETARY, viewport=PHONE)
    await page.goto(f"{rooms.url}/meetings?lang=zh")
    await leads(page, "a[href='/meetings/lists']")
    await leads(page, "#listed a[href^='/meeting-items/']")
    await presses(page, "details:has(> form[action$='/delisting']) > summary")
    await leads(page, "form[action$='/delisting'] button.primary")
    await expect(page.locator("#problem")).to_contain_text("尚未以量表重測")
    await tab_to(page, "form[action$='/delisting'] [name=score]")
    await page.keyboard.type("3")
    await leads(page, "form[action$='/delisting'] button.primary")
    await expect(page.locator(".listing")).to_contain_text("TIPVDA 最近一次 3 分")
    assert await fits(page)
    await keep(page, "meetings-listing-left", whole=True)


async def _room_of(rooms: Rooms, id: str) -> str:
    page = await rooms.visitor(SECRETARY)
    await page.goto(f"{rooms.url}/meetings/{id}/room?at=3&lang=zh")
    text = await page.locator("main").inner_text()
    await page.context.close()
    return text


async def test_a_meeting_is_run_from_its_start_to_its_minutes_by_keyboard_alone(rooms: Rooms, axe: str) -> None:
    net, id = rooms.net, await planned(rooms.net, f"{YEAR}-11-27T14:00:00+08:00", minutes=120)
    case = await taken(net, "k1", family=["k"], people=(), sealed=await _names(net, "k1", "王小明", "王大華"))
    await net.did(f"/v1/meetings/{id}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    await topic(net, id, "school_at_night")
    page = await rooms.visitor(SECRETARY, viewport={"width": 1600, "height": 900})
    await page.goto(f"{rooms.url}/meetings?lang=zh")
    await leads(page, f"a[href='/meetings/{id}']")
    await leads(page, "#steps form[action$='/call'] button")
    await presses(page, "#attendance summary")
    await leads(page, "#attendance button.primary")
    await expect(page.locator("#attendance .ok").first).to_contain_text("6")
    await leads(page, "a[href$='/room']")
    count = await page.locator("h1 .num").inner_text()
    last = int(count.partition("/")[2])
    for at in range(2, last + 1):
        await turns(page, "n")
        await expect(page.locator("h1 .num")).to_have_text(f"{at}/{last}")
    await turns(page, "p")
    await expect(page.locator("h1 .num")).to_have_text(f"{last - 1}/{last}")
    assert "王大華" not in await page.locator("main").inner_text()
    await turns(page, "u")
    await expect(page.locator(".names")).to_contain_text("王大華")
    await page.keyboard.press("d")
    await page.keyboard.type("一週內聯合訪視並確認就學")
    await leads(page, "#decisions button.primary")
    await expect(page.locator("#decisions li")).to_contain_text("一週內聯合訪視並確認就學")
    await keep(page, "meetings-room-decided", whole=True)
    assert await violations(page, axe) == []
    await page.keyboard.press("Escape")
    await turns(page, "ArrowRight")
    await expect(page.locator("h1 .num")).to_have_text(f"{last}/{last}")
    await turns(page, "n")
    await expect(page.locator("#end")).to_be_visible()
    await leads(page, "#end button.primary")
    await leads(page, "a[href$='/minutes']")
    await leads(page, "form[action$='/minutes/looks'] button")
    await expect(page.locator("#entries")).to_contain_text("一週內聯合訪視並確認就學")
    await keep(page, "meetings-minutes-written", whole=True)
    owed = [each for unit in (POLICE, PROTECTION, LABOUR) for each in (await _tasks(net, unit))]
    assert [each["state"] for each in owed if each["because"]["kind"] == "decision"].count("open") >= 1

    chair = await rooms.visitor(PROTECTION)
    await chair.goto(f"{rooms.url}/meetings/{id}/minutes?lang=zh")
    await leads(chair, "#approve")
    await expect(chair.locator("#approved")).to_contain_text(f"worker of {PROTECTION}")
    assert (await at_meeting(net, id))["state"] == "minuted"


async def _tasks(net: Stage, unit: str) -> list[dict[str, Any]]:
    return list((await net.get("/v1/tasks", unit, unit=unit)).json()["tasks"])


async def tab_to(page: Page, selector: str) -> None:
    """The focus goes on by Tab until it is there."""
    wanted = "wanted => document.activeElement.matches(wanted)"
    for _ in range(MOST_STOPS):
        if await page.evaluate(wanted, selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


async def presses(page: Page, selector: str) -> None:
    await expect(page.locator(selector).first).to_be_attached()
    await tab_to(page, selector)
    await page.keyboard.press("Enter")


async def leads(page: Page, selector: str) -> None:
    """What is pressed leads to another page, whose keys listen once it is loaded."""
    async with page.expect_navigation(wait_until="load"):
        await presses(page, selector)


async def turns(page: Page, key: str) -> None:
    """A key that does the same."""
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press(key)
