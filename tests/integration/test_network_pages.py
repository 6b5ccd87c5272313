"""Caseworkers' pages in a real browser: sign-in, today, the list, one case, accepting by name; no bare name."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.decisions import Clock
from contracts.languages import TAGS, Lang
from kit import mongo
from kit.sealed import KeyVault
from playwright.async_api import Browser, Route, expect
from pytest_asyncio import fixture

from tests.browser.looking import by_day_and_night, fits
from tests.integration.network_seat import Seat, seated
from tests.integration.network_stage import COUNTY, PROTECTION, decided
from tests.passwords import PASSWORD

pytestmark = [pytest.mark.real, pytest.mark.browser]

NAMES = ("林小美", "陳大明", "陳小寶")
SIGN_OUT = {"zh": "登出", "en": "Sign out"}


@dataclass
class Office(Seat):
    """A caseworker before a browser, with the keys of what families have sealed."""

    vault: KeyVault

    async def family(self) -> dict[str, Any]:
        """A family with three reports, two collaborators, and people whose names are sealed."""
        start = datetime.now(UTC)
        case: dict[str, Any] = {}
        for n, (source, case_type, outcome, hours) in enumerate(FAMILY):
            report = f"0f3c8a52-6a0e-4c11-9d2f-3a1b5a1c000{n}"
            key = self.vault.new_key(f"r{n}", "report")
            await self.vault.keep([key])
            sealed = {"report": key.seal({f"people/{i}/name": name for i, name in enumerate(NAMES[: n + 1])})}
            clocks = (_clock("unit.accept", start, hours), _clock("child.grade", start, 24))
            more = {
                "source_unit": source,
                "case_type": case_type,
                "priority": n + 1,
                "collaborators": COLLABORATORS[:n],
            }
            await self.net.decide(decided(report, outcome, ["a"], sealed=sealed, clocks=clocks, **more))
            case = await self.net.case_of(report)
        return case

    async def planned(self) -> dict[str, Any]:
        """The family, assessed, with a plan and a joint visit to come, beside a case that waits for a worker."""
        case = await self.family()
        await self.net.decide(decided("alone", "protection"))
        await self.net.case_of("alone")
        path = f"/v1/cases/{case['case_id']}"
        await self.net.did(f"{path}/acceptances", {"report_id": case["reports"][0]["report_id"]})
        await self.net.did(f"{path}/assessments", {"opened": True, "needs": ["child_development"]})
        step = {"unit": case["lead"]["unit"], "what": "counselling", "due_at": "2030-01-01T09:00:00+08:00"}
        await self.net.did(f"{path}/plans", {"goals": ["child_safe"], "steps": [step], "words": "放學有人接"})
        joint = {"with": [*COLLABORATORS, "village_chief"], "at": "2030-01-02T09:00:00+08:00", "note": "先到校門口"}
        visit = await self.net.did(f"{path}/joint-visits", joint)
        [police, education] = (f"/v1/invitations/{each['invitation_id']}" for each in visit["invitations"])
        await self.net.did(f"{police}/acceptance", {"by": "林警員"})
        await self.net.did(f"{education}/refusal", {"reason": "other_duty"})
        return case


FAMILY = (
    ("civil_affairs", "consultation_minor", "welfare_centre", 3.2),
    ("police", "adult_protection", "protection", -0.4),
    ("education", "child_protection", "protection", 4),
)
COLLABORATORS = (f"{COUNTY}/police", f"{COUNTY}/education")


def _clock(id: str, start: datetime, hours: float) -> Clock:
    due = start + timedelta(hours=hours)
    return Clock(id=id, started_at=start, due_at=due, source="D0050009 s5", verified=id != "unit.accept")


@fixture(loop_scope="session")
async def seat(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Office]:
    client = mongo.connect(settings_env["mongo_url"])
    keys = mongo.database(client, settings_env["database_prefix"] + "keyvault")["keys"]
    vault = KeyVault(keys, base64.b64decode(settings_env["master_key"]))
    async with seated(settings_env, browser) as before:
        yield Office(before.page, before.url, before.net, vault)
    client.close()


async def test_a_caseworker_signs_in_reads_a_case_and_accepts_it_by_name(seat: Office) -> None:
    refused: list[str] = []
    seat.page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    case = await seat.family()
    await seat.net.decide(decided("alone", "protection", case_type="sexual_assault_minor"))
    await seat.net.case_of("alone")
    await seat.sign_in()
    assert await seat.page.locator(".owed > li").count() >= 4
    await seat.page.goto(seat.url + "/cases")
    assert await seat.page.locator("tbody tr").count() == 2
    await seat.page.click(f"a[href='/cases/{case['case_id']}']")
    await seat.page.get_by_role("link", name="家系圖").click()
    await expect(seat.page.locator("svg.genogram")).to_be_visible()
    await seat.page.go_back()
    unanswered = seat.page.locator("p.alert:has-text('尚未具名回應')")
    assert (await unanswered.count(), await seat.page.locator("tr.unanswered").count()) == (2, 2)
    assert "逾 00:" in await unanswered.first.inner_text()
    text = await seat.page.content()
    assert "林○○" in text
    assert not [name for name in NAMES if name in text]
    await seat.page.locator("tbody tr").first.locator("button:has-text('具名接案')").click()
    await expect(seat.page.locator("section.facts")).to_contain_text("caseworker 陳")
    await seat.page.locator("summary:has-text('退回')").first.click()
    await seat.page.locator("button:has-text('確定退回')").first.click()
    await expect(seat.page.locator("tr.returned")).to_have_count(1)
    await expect(unanswered).to_have_count(2)
    await seat.page.locator("button:has-text('具名接案')").first.click()
    await expect(seat.page.locator("tr.unanswered")).to_have_count(1)
    await expect(unanswered).to_have_count(1)
    assert [event["type"] for _, event in await seat.net.told()].count("case.returned") == 1
    assert not refused


PAGES = (
    ("today", "/"), ("cases", "/cases"), ("case", "/cases/{}"), ("plan", "/cases/{}/plan"), ("friday", "/friday"),
    ("week", "/friday/waiting_for_a_worker"),
    ("looks", "/looks"), ("caseload", f"/caseloads?unit={PROTECTION}&person=a"), ("lost", "/cases/none"),
)  # fmt: skip
LOOKS: tuple[tuple[Lang, int, int], ...] = (("zh", 1920, 390), ("en", 390, 1920))


async def test_every_page_is_open_to_everybody_in_one_language_by_day_by_night_and_on_a_telephone(
    seat: Office, axe: str
) -> None:
    case = await seat.planned()
    for lang, width, other in LOOKS:
        await seat.page.set_viewport_size({"width": width, "height": 800})
        await seat.page.goto(f"{seat.url}/sign-in?lang={lang}")
        assert await by_day_and_night(seat.page, axe, f"network-{lang}-{width}-sign-in") == []
        await seat.sign_in("supervisor")
        for name, path in PAGES:
            await seat.page.goto(seat.url + path.format(case["case_id"]))
            assert await seat.page.locator("html").get_attribute("lang") == TAGS[lang]
            await seat.page.set_viewport_size({"width": other, "height": 800})
            assert await fits(seat.page)
            await seat.page.set_viewport_size({"width": width, "height": 800})
            assert await fits(seat.page)
            assert await by_day_and_night(seat.page, axe, f"network-{lang}-{width}-{name}", whole=True) == []
        await seat.page.goto(f"{seat.url}/cases")
        await seat.page.fill("#person [name=name]", NAMES[0])
        await seat.page.keyboard.press("Tab")
        await seat.page.fill("#person [name=birth_date]", "2019-03-12")
        await seat.page.keyboard.press("Enter")
        await expect(seat.page.locator("[role=status].hint")).to_be_visible()
        assert await by_day_and_night(seat.page, axe, f"network-{lang}-{width}-search", whole=True) == []
        await seat.page.click(f"button:has-text('{SIGN_OUT[lang]}')")


async def test_today_is_worked_by_keyboard(seat: Office) -> None:
    case = await seat.family()
    await seat.sign_in()
    first = seat.page.locator(".owed > li").first
    await expect(first).to_be_visible()
    await seat.page.wait_for_load_state("load")
    await seat.page.keyboard.press("j")
    await expect(first).to_be_focused()
    await seat.page.keyboard.press("j")
    await seat.page.keyboard.press("k")
    await expect(first).to_be_focused()
    await seat.page.keyboard.press("?")
    await expect(seat.page.locator("dialog#keys")).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(seat.page.locator("dialog#keys")).to_be_hidden()
    await first.focus()
    await seat.page.keyboard.press("Enter")
    await seat.page.wait_for_url(f"**/cases/{case['case_id']}#*")
    await seat.page.go_back()
    await seat.page.keyboard.press("j")
    await seat.page.keyboard.press("v")
    await seat.page.wait_for_url(f"**/cases/{case['case_id']}#contact")
    await expect(seat.page.locator("#contact [name=at]")).to_be_visible()


async def test_a_list_that_hears_nothing_any_more_says_so_and_when_it_hears_again(seat: Office) -> None:
    await seat.family()
    await seat.sign_in()
    async with seat.page.expect_response("**/today/owed"):  # while it asks, it does not ask again
        await seat.page.goto(f"{seat.url}/today")
    lost = seat.page.locator("#lost")
    await expect(lost).to_be_hidden()
    await seat.page.context.set_offline(True)
    await seat.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(lost).to_be_visible()
    await seat.page.context.set_offline(False)
    await seat.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(lost).to_be_hidden()


async def test_a_list_whose_server_never_answers_says_so(seat: Office) -> None:
    async def never(_: Route) -> None:
        pass

    await seat.family()
    await seat.sign_in()
    await seat.page.clock.install()
    await seat.page.route("**/today/owed", never)
    await seat.page.goto(f"{seat.url}/today")
    await seat.page.clock.run_for(30_000)
    await expect(seat.page.locator("#lost")).to_be_visible()


async def test_a_visit_written_without_a_network_is_sent_once_when_it_is_back(seat: Office) -> None:
    id = (await seat.family())["case_id"]
    await seat.sign_in()
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await seat.page.click("#contact > summary")
    await seat.page.fill("#contact [name=at]", "2026-11-20T10:30")
    await seat.page.fill("#contact [name=note]", "孩子在家，狀況穩定")
    await seat.page.select_option("#contact [name=next]", "school_enrolment")
    await seat.page.context.set_offline(True)
    await seat.page.click("#contact button.primary")
    await expect(seat.page.locator("#contact [role=status]")).to_contain_text("留在這台裝置")
    await expect(seat.page.locator("#contact [name=note]")).to_have_value("")
    await seat.page.fill("#contact [name=at]", "2026-11-20T09:00")
    await seat.page.click("#contact button.primary")
    await expect(seat.page.locator("#contact [name=at]")).to_have_value("")
    assert (await seat.net.get(f"/v1/cases/{id}")).json()["contacts"] == []

    await seat.page.context.set_offline(False)
    await expect(seat.page.locator("#story .badge")).to_have_text("2")
    await expect(seat.page.locator("#story li b").first).to_have_text("訪視")
    [sent, before] = (await seat.net.get(f"/v1/cases/{id}")).json()["contacts"]
    assert before["at"] == "2026-11-20T01:00:00Z", "the second that was written took no place of the first"
    assert (sent["kind"], sent["at"], sent["late"]) == ("visit", "2026-11-20T02:30:00Z", True)
    assert await seat.page.evaluate("localStorage.length") == 0
    owed = [task["what"] for task in (await seat.net.get(f"/v1/cases/{id}")).json()["tasks"] if task["state"] == "open"]
    assert owed.count("school_enrolment") == 1, "the next step is a task, once"

    assert "狀況穩定" not in await seat.page.content()
    await seat.page.click(f"[id='{sent['contact_id']}'] button")
    await expect(seat.page.locator("blockquote")).to_have_text("孩子在家，狀況穩定")
    [look] = (await seat.net.get("/v1/looks", "supervisor")).json()["looks"]
    assert (look["by"], look["contact_id"]) == ("caseworker 陳", sent["contact_id"])


async def test_what_was_written_without_a_network_is_sent_from_whatever_page_is_opened_next(seat: Office) -> None:
    id = (await seat.family())["case_id"]
    await seat.sign_in()
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await seat.page.click("#contact > summary")
    await seat.page.fill("#contact [name=at]", "2026-11-20T10:30")
    await seat.page.context.set_offline(True)
    await seat.page.click("#contact button.primary")
    await expect(seat.page.locator("#contact [role=status]")).to_contain_text("留在這台裝置")
    await seat.page.goto("about:blank")
    await seat.page.context.set_offline(False)

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await seat.page.route("**/contacts", lose_the_answer)
    await seat.page.goto(f"{seat.url}/cases")
    await expect(seat.page.locator("#kept")).to_contain_text(f"恢復連線後送出： {id[:8]}")
    await seat.page.unroute("**/contacts")
    await seat.page.goto(f"{seat.url}/cases")
    await expect(seat.page.locator("#kept")).to_contain_text(f"已送出： {id[:8]}")
    assert await seat.page.evaluate("localStorage.length") == 0
    wrong = {f"contact:caseworker 陳:/cases/{id}": json.dumps([["kind", "visit"]])}
    await seat.page.evaluate(
        "kept => Object.entries(kept).forEach(([key, text]) => localStorage.setItem(key, text))", wrong
    )
    await seat.page.goto(f"{seat.url}/today")
    await expect(seat.page.locator("#kept")).to_contain_text("未被收下")
    assert await seat.page.evaluate("localStorage.length") == 1
    contacts = (await seat.net.get(f"/v1/cases/{id}")).json()["contacts"]
    assert [each["at"] for each in contacts] == ["2026-11-20T02:30:00Z"], "sent once"


async def test_a_visit_that_the_server_did_not_take_stays_on_the_device_of_who_wrote_it(seat: Office) -> None:
    id = (await seat.family())["case_id"]
    await seat.sign_in()
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await seat.page.click("#contact > summary")
    await seat.page.fill("#contact [name=at]", "2026-11-20T10:30")
    await seat.page.fill("#contact [name=note]", "等候再送")
    await seat.page.context.clear_cookies()
    await seat.page.click("#contact button.primary")
    await expect(seat.page.locator("#contact [role=status]")).to_contain_text("重新登入")
    await seat.sign_in("supervisor")
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await expect(seat.page.locator("#contact [name=note]")).to_have_value("")
    await seat.page.context.clear_cookies()
    await seat.sign_in()
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await expect(seat.page.locator("#story li b").first).to_have_text("訪視")


async def test_what_stands_in_the_way_of_closing_is_listed_on_the_page_and_nothing_typed_is_lost(seat: Office) -> None:
    id = (await seat.family())["case_id"]
    await seat.sign_in()
    await seat.page.goto(f"{seat.url}/cases/{id}")
    await seat.page.click("summary:has-text('申請結案')")
    await seat.page.fill("#closing [name=return_plan]", "先找外婆")
    await seat.page.click("#closing button.primary")
    told = seat.page.locator("#problem")
    await expect(told).to_contain_text("尚有未完成的待辦")
    await expect(told).to_contain_text("尚未完成開案評估")
    await expect(seat.page.locator("#closing [name=return_plan]")).to_have_value("先找外婆")
    await told.locator("a").first.click()
    assert "#task-" in seat.page.url


async def test_a_destroyed_key_takes_the_names_from_the_page_at_once(seat: Office) -> None:
    case = await seat.family()
    await seat.sign_in()
    for n in range(3):
        await seat.vault.destroy(f"r{n}")
    await seat.page.goto(f"{seat.url}/cases/{case['case_id']}")
    text = await seat.page.content()
    assert "○" not in text
    assert "個資已銷毀" in text


async def test_only_people_who_work_cases_get_in(seat: Office) -> None:
    for role, password in (("caseworker", "wrong"), ("analyst", PASSWORD), ("nobody", PASSWORD)):
        await seat.sign_in(role, password)
        assert await seat.page.locator("[role=alert]").count() == 1
    await seat.page.goto(f"{seat.url}/cases/some-id")
    assert await seat.page.locator("[name=password]").count() == 1
    assert await seat.page.locator("[name=next]").get_attribute("value") == "/cases/some-id"


async def test_pages_allow_no_script_keep_nothing_and_refuse_another_sites_form(seat: Office) -> None:
    answer = await seat.net.http.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert answer.headers["cache-control"] == "no-store"
    form = {"username": "caseworker", "password": PASSWORD}
    refused = await seat.net.http.post("/sign-in", data=form, headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403


async def test_a_forged_or_altered_cookie_signs_nobody_in(seat: Office) -> None:
    signed = await seat.net.http.post("/sign-in", data={"username": "caseworker", "password": PASSWORD})
    cookie = signed.cookies["network_session"]
    seat.net.http.cookies.clear()
    for forged in (cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "a.b", "", "é.é", cookie[:20]):
        answer = await seat.net.http.get("/", headers=[(b"cookie", f"network_session={forged}".encode())])
        assert 'action="/sign-in"' in answer.text
    page = await seat.net.http.get("/", headers={"cookie": f"network_session={cookie}"})
    assert 'action="/sign-out"' in page.text
