"""The form in real Chromium, before a served intake: a village chief sends a report from a telephone, once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from contracts.reports import CaseType, SourceUnit, Submission
from intake.app import create_app
from intake.domain.duty import duty_of
from intake.form.pages import EXIT
from intake.rules import duties
from intake.settings import Settings
from kit import mongo
from kit.mongo import Document
from playwright.async_api import Browser, Page, Route, expect
from pytest_asyncio import fixture
from web.callers import digest

from tests.browser.looking import DESK, PHONE, fits, keep, violations
from tests.browser.office import visited
from tests.integration.intake_running import CLOSED
from tests.serving import serving
from tests.written import ASKED_DAYS, DAYS

pytestmark = [pytest.mark.real, pytest.mark.browser]
LOOKS = [("zh", "light", DESK), ("en", "dark", DESK), ("en", "light", PHONE),
         ("zh", "dark", PHONE), ("en", "light", DESK), ("zh", "dark", DESK)]  # fmt: skip
SEND, NAME = "#send", "[data-person=subject] [data-at='/name']"
COMPOSING = """([field, times]) => {
  for (let at = 0; at < times; at++) for (const told of [{isComposing: true}, {keyCode: 229}])
    document.querySelector(field).dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true, ...told}));
}"""
"""Esc while a name is being composed: as Chromium tells it, and as Safari tells its end."""
NARRATIVE = "[data-at='/event/narrative']"
CHIEF = {"agency_id": "dongrong-village", "source_unit": "civil_affairs", "key_sha256": digest("chief-key"),
         "counties": ["chiayi-county"]}  # fmt: skip


@dataclass
class Village:
    """A served intake and a browser; `complaints` of the pages must stay empty."""

    url: str
    browser: Browser
    reports: mongo.Collection
    complaints: list[str] = field(default_factory=list)

    async def page(self, lang: str = "zh", **context: Any) -> Page:
        opened = await self.browser.new_context(**{"viewport": PHONE} | context)
        page = await opened.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.url}/form?lang={lang}")
        return page

    async def chief(self, lang: str = "zh", **context: Any) -> Page:
        """The form before a village chief who has given the key and begun a consultation."""
        page = await self.page(lang, **context)
        await page.fill("#key", "chief-key")
        await page.click("#door button")
        await expect(page.locator("#as")).not_to_have_text(re.compile("…|^$"))
        await page.check("[value=consultation_minor]")
        return page

    async def stored(self) -> list[Document]:
        return [document async for document in self.reports.find()]

    def forgive(self, *statuses: int) -> None:
        """Chromium writes an error for each answer that a test asks for."""
        told = (*(f"status of {status}" for status in statuses), "ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
        self.complaints[:] = [each for each in self.complaints if not any(part in each for part in told)]


@fixture(loop_scope="session")
async def village(settings_env: dict[str, str], browser: Browser) -> AsyncIterator[Village]:
    env = settings_env | {"kafka_bootstrap": CLOSED, "agencies_seed": json.dumps([CHIEF]), "shutdown_seconds": "3"}
    settings = Settings.model_validate(env)
    client = mongo.connect(settings.mongo_url)
    reports = mongo.database(client, settings.database_prefix + "intake")["reports"]
    async with serving(create_app(settings)) as url, visited(Village(url, browser, reports)) as village:
        yield village
    client.close()


async def tell_of_the_wangs(page: Page) -> None:
    """What a village chief knows of a family in need."""
    await page.click("#now")
    await page.fill(NARRATIVE, "獨力扶養兩名孫子女，上月失業，孩子常未吃早餐。")
    await page.check("[value=economic_hardship]")
    await page.fill(NAME, "王阿好")
    await page.fill("[data-person=subject] [data-at='/birth_date']", "79.3.2")
    await page.fill("[data-person=subject] [data-at='/phones']", "0912345678，052261111")
    await page.fill("[data-person=subject] [data-at='/residence/township']", "民雄鄉")
    await page.fill("[data-person=subject] [data-at='/residence/village']", "東榮村")
    await page.click("[data-add=household_member]")
    await page.fill("#others [data-at='/name']", "王小寶")
    await page.select_option("#others [data-at='/relation_to_subject']", "grandchild")
    await page.fill("[data-at='/reporter/name']", "林村長")


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
async def test_a_village_chief_with_a_telephone_sends_a_consultation_and_sees_the_receipt(
    village: Village, axe: str, lang: str, theme: Any
) -> None:
    page = await village.chief(lang, color_scheme=theme)
    await tell_of_the_wangs(page)
    assert await page.locator("[data-at='/county']").input_value() == "chiayi-county"
    assert await fits(page) and await violations(page, axe) == []
    await keep(page, f"phone-{lang}-{theme}-form", whole=True)
    await page.click(SEND)
    await expect(page.locator("#serial")).to_have_text(re.compile(r"^CYI-1\d{6}-0001$"))
    await expect(page.locator("#receipt")).to_be_focused()
    assert await fits(page) and await violations(page, axe) == []
    await keep(page, f"phone-{lang}-{theme}-receipt", whole=True)
    [stored] = await village.stored()
    public = stored["report"]
    assert public["case_type"] == "consultation_minor"
    assert public["people"][1] == {"role": "household_member", "relation_to_subject": "grandchild"}
    assert public["people"][0]["residence"] == {"county": "chiayi-county", "township": "民雄鄉", "village": "東榮村"}
    assert stored["source_unit"] == "civil_affairs"
    assert await page.evaluate("localStorage.length") == 0


async def test_a_wrong_field_is_shown_at_its_place_and_mended(village: Village, axe: str) -> None:
    for lang, mending in (("zh", "民國 79/03/12"), ("en", "ROC date 79/03/12")):
        page = await village.chief(lang)
        await tell_of_the_wangs(page)
        birth = page.locator("#others [data-at='/birth_date']")
        await birth.fill("去年")
        await page.click(SEND)
        await expect(page.locator("#summary")).to_be_focused()
        wrong = page.locator("#others [data-field]", has=page.locator("[data-at='/birth_date']"))
        await expect(wrong.locator(".error")).to_contain_text(mending)
        assert await birth.get_attribute("aria-invalid") == "true"
        assert await page.input_value(NAME) == "王阿好"
        assert await fits(page) and await violations(page, axe) == []
        await keep(page, f"phone-{lang}-wrong", whole=True)
        await expect(page.locator("#summary a")).to_contain_text(
            "同住家人 · " if lang == "zh" else "Household member · "
        )
        await page.click("#summary a")
        await expect(birth).to_be_focused()
        await birth.fill("109/06/01")
        await expect(wrong.locator(".error")).to_have_count(0)
        await page.click(SEND)
        await expect(page.locator("#serial")).to_be_visible()
    village.forgive(422)
    assert len(await village.stored()) == 2


async def test_what_must_be_there_is_asked_for_before_anything_is_sent(village: Village) -> None:
    page = await village.page("en")
    await page.check("[value=adult_protection]")
    await page.click(SEND)
    await expect(page.locator("#summary li")).to_have_count(2)
    await expect(page.locator("#asking .error")).to_be_visible()
    await page.fill("#key", "chief-key")
    await page.select_option("[data-at='/county']", "chiayi-county")
    await page.click(SEND)
    await expect(page.locator("#summary")).to_contain_text("Say what happened")
    village.forgive(422)
    assert await village.stored() == []


async def test_a_key_that_is_not_known_is_asked_for_again_and_nothing_typed_is_lost(village: Village) -> None:
    page = await village.chief()
    await page.fill(NARRATIVE, "需要協助")
    await page.click("#other-key")
    await page.fill("#key", "another-key")
    await page.click(SEND)
    await expect(page.locator("#asking .error")).to_contain_text("金鑰無效")
    assert await page.input_value(NARRATIVE) == "需要協助"
    village.forgive(401)


async def test_the_day_that_the_form_shows_is_the_one_that_intake_reads(village: Village) -> None:
    page = await village.chief()
    read = "async texts => { const { dayOf } = await import('/form/static/words.js'); return texts.map(dayOf); }"
    shown = dict(zip(DAYS, await page.evaluate(read, list(DAYS)), strict=True))
    assert {text: day for text, day in shown.items() if day and day != DAYS[text].isoformat()} == {}
    assert len([day for day in shown.values() if day]) > 20
    assert await page.evaluate(read, list(ASKED_DAYS)) == [None] * len(ASKED_DAYS)


async def test_a_draft_survives_a_reload_and_a_change_of_language_and_the_key_never_leaves_the_tab(
    village: Village,
) -> None:
    page = await village.chief()
    await tell_of_the_wangs(page)
    await page.reload()
    await expect(page.locator("#restored")).to_contain_text("草稿")
    await page.click("#lang")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert await page.input_value(NAME) == "王阿好"
    assert await page.input_value("#others [data-at='/name']") == "王小寶"
    await expect(page.locator("#as")).to_contain_text("Civil affairs")
    assert "chief-key" not in await page.evaluate("JSON.stringify({...localStorage})")
    elsewhere = await page.context.new_page()
    await elsewhere.goto(f"{village.url}/form")
    assert await elsewhere.input_value(NAME) == "王阿好"
    await expect(elsewhere.locator("#asking")).to_be_visible()


async def test_on_a_shared_device_the_draft_stays_in_its_tab(village: Village) -> None:
    page = await village.chief()
    await page.uncheck("#keep")
    await page.fill(NARRATIVE, "需要協助")
    assert await page.evaluate("localStorage.length") == 0
    await page.reload()
    assert await page.input_value(NARRATIVE) == "需要協助"
    assert not await page.is_checked("#keep")


async def test_a_draft_is_cleared_when_asked(village: Village) -> None:
    page = await village.chief()
    await tell_of_the_wangs(page)
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.click("#clear")
    await expect(page.locator("#rest")).to_be_hidden()
    await page.reload()
    assert await page.input_value(NARRATIVE) == ""
    assert await page.locator("#others > *").count() == 0
    assert await page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("by", ["link", "escape"])
async def test_leaving_in_a_hurry_leaves_nothing(village: Village, by: str) -> None:
    page = await village.page()
    await page.context.route(
        f"{EXIT}**", lambda route: route.fulfill(body="<title>weather</title>", content_type="text/html")
    )
    await page.goto("about:blank")
    await page.goto(f"{village.url}/form?lang=zh")
    await page.check("[value=adult_protection]")
    await page.fill(NAME, "林小美")
    await page.click("#lang")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#rest")).to_be_visible()
    if by == "link":
        await page.click("#leave")
    else:
        await page.evaluate(COMPOSING, ["#form [data-at='/name']", 3])
        await expect(page.locator(NAME)).to_have_value("林小美")
        for _ in range(3):
            await page.keyboard.press("Escape")
    await page.wait_for_url(EXIT)
    assert await page.evaluate("document.referrer") == ""
    await page.go_back()
    assert page.url == "about:blank"
    await page.goto(f"{village.url}/form")
    assert await page.input_value(NAME) == ""
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_a_browser_that_lacks_what_is_newer_is_not_taken_for_one_without_a_network(village: Village) -> None:
    page = await village.page()
    await page.add_init_script("delete AbortSignal.timeout; delete AbortSignal.any; delete Object.groupBy")
    await page.goto(f"{village.url}/form?lang=zh")
    await page.fill("#key", "chief-key")
    await page.click("#door button")
    await expect(page.locator("#as")).to_contain_text("民政")
    await page.check("[value=consultation_minor]")
    await tell_of_the_wangs(page)
    await page.click(SEND)
    await expect(page.locator("#serial")).to_be_visible()


async def test_a_double_click_sends_one_report(village: Village) -> None:
    page = await village.chief()
    await tell_of_the_wangs(page)
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    await page.dblclick(SEND)
    await expect(page.locator("#serial")).to_be_visible()
    assert len(posts) == 1 and len(await village.stored()) == 1


async def test_without_a_network_the_draft_stays_and_is_sent_again_under_the_same_key(village: Village) -> None:
    page = await village.chief()
    await tell_of_the_wangs(page)
    keys: list[str | None] = []
    page.on(
        "request",
        lambda request: keys.append(request.headers.get("idempotency-key")) if request.method == "POST" else None,
    )
    await page.context.set_offline(True)
    await page.click(SEND)
    await expect(page.locator("#told")).to_contain_text("沒有網路")
    await page.context.set_offline(False)
    await expect(page.locator("#told")).to_contain_text("網路恢復")
    await page.reload()
    await page.click(SEND)
    await expect(page.locator("#serial")).to_be_visible()
    assert len(keys) == 2 and len(set(keys)) == 1
    village.forgive()


async def test_a_busy_service_says_when_to_send_again(village: Village) -> None:
    page = await village.chief("en")
    await tell_of_the_wangs(page)
    await page.route("**/v1/reports", lambda route: route.fulfill(status=429, body="{}", headers={"Retry-After": "7"}))
    await page.click(SEND)
    await expect(page.locator("#told")).to_have_text("Send again in 7 s.")
    await page.unroute("**/v1/reports")
    await page.click(SEND)
    await expect(page.locator("#serial")).to_be_visible()
    village.forgive(429)


@pytest.mark.parametrize("edited", [False, True])
async def test_a_report_whose_answer_was_lost_is_never_sent_twice(village: Village, *, edited: bool) -> None:
    page = await village.chief()
    await tell_of_the_wangs(page)
    lost: list[int] = []

    async def lose(route: Route) -> None:
        """The report arrives; its first answer does not."""
        if lost or route.request.method != "POST":
            return await route.continue_()
        lost.append((await route.fetch()).status)
        return await route.fulfill(status=503, body="{}")

    await page.route("**/v1/reports", lose)
    await page.click(SEND)
    await expect(page.locator("#told")).to_contain_text("再送一次")
    await expect(page.locator(SEND)).to_have_text("再送一次")
    await keep(page, "phone-zh-unsent", whole=True)
    if edited:
        await page.fill(NARRATIVE, "補充：孩子發燒。")
    await page.click(SEND)
    await expect(page.locator("#serial")).to_be_visible()
    await expect(page.locator("#edited")).to_be_visible(visible=edited)
    assert lost == [202] and len(await village.stored()) == 1
    village.forgive(503, 409)


async def test_the_receipt_says_that_the_duty_was_missed(village: Village) -> None:
    page = await village.chief(viewport=DESK)
    await page.check("[value=child_protection]")
    await page.fill(NARRATIVE, "孩子身上有傷。")
    late = (datetime.now(UTC) + timedelta(hours=8) - timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M")
    await page.fill("[data-at='/known_at']", late)
    await expect(page.locator("#duty.late")).to_contain_text("逾時 6 小時")
    await page.fill("[data-person=subject] [data-at='/national_id']", "Q222222221")
    await page.click(SEND)
    await expect(page.locator("#met")).to_have_text("已逾時限")
    await expect(page.locator("#met-law")).to_have_text("兒童及少年福利與權益保障法第53條")
    await expect(page.locator("#flags")).to_contain_text("身分證號")
    await keep(page, "desk-zh-late-receipt", whole=True)
    await page.emulate_media(media="print")
    await expect(page.locator(".bar .leave")).to_be_hidden()
    await expect(page.locator("#print")).to_be_hidden()
    await expect(page.locator("#serial")).to_be_visible()
    await keep(page, "print-zh-receipt", whole=True)


async def test_the_duty_shown_is_the_one_intake_judges(village: Village) -> None:
    page = await village.page()
    cells = product(
        CaseType, [[], ["self_harm"], ["neglect"], ["physical_violence"]], [[], ["disability"]], [False, True]
    )
    bodies: list[dict[str, Any]] = [
        {"case_type": type, "county": "chiayi-county", "event": {"narrative": "…", "kinds": kinds},
         "people": [{"role": "subject", "conditions": conditions}], "reporter": {"mandated": mandated}}
        for type, kinds, conditions, mandated in cells
    ]  # fmt: skip
    asked = [(body, str(source)) for body, source in product(bodies, SourceUnit)]
    shown = await page.evaluate(
        "async (asked) => { const {dutyOf} = await import('/form/static/words.js');"
        " return asked.map(([body, source]) => dutyOf(body, source)?.law ?? null) }",
        asked,
    )
    judged = [
        duty_of(Submission.model_validate_json(json.dumps(body)), SourceUnit(source), datetime.now(UTC), duties())
        for body, source in asked
    ]
    assert shown == [duty.law if duty else None for duty in judged]
    assert len(set(shown)) > 5


@pytest.mark.parametrize(("type", "look"), list(zip(CaseType, LOOKS, strict=True)))
async def test_every_case_type_asks_what_it_needs_and_is_open_to_everybody(
    village: Village, axe: str, type: CaseType, look: tuple[str, Any, Any]
) -> None:
    lang, theme, size = look
    page = await village.chief(lang, color_scheme=theme, viewport=size)
    await page.check(f"[value={type}]")
    for button in await page.locator("[data-add]:visible").all():
        await button.click()
    harm = not type.startswith("consultation")
    await expect(page.locator("[value=economic_hardship]")).to_be_visible(visible=not harm)
    await expect(page.locator("[data-add=alleged_perpetrator]")).to_be_visible(visible=harm)
    assert await fits(page) and await violations(page, axe) == []
    await page.fill(NARRATIVE, "……")
    await keep(page, f"{'phone' if size == PHONE else 'desk'}-{lang}-{theme}-{type}", whole=True)
    await page.click(SEND)
    await expect(page.locator("#serial")).to_be_visible()
    assert [document["report"]["case_type"] for document in await village.stored()] == [str(type)]


async def test_the_form_can_be_filled_in_and_sent_with_the_keyboard_alone(village: Village) -> None:
    page = await village.page()
    await page.focus("#key")
    await page.keyboard.type("chief-key")
    await page.keyboard.press("Enter")
    await expect(page.locator("#as")).to_contain_text("民政")
    await page.focus("[name=case_type]")
    await page.keyboard.press("Space")
    await expect(page.locator("#rest")).to_be_visible()
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.matches('textarea')"):
            break
    await page.keyboard.type("需要協助")
    await page.focus(NAME)
    await page.keyboard.press("Enter")
    await expect(page.locator("#serial")).to_be_visible()
