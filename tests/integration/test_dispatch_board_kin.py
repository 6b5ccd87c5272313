"""A report's page: the earlier reports that may be about the same people, why, and what an officer says of them."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseId,
    CaseJoined,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    LeadTaken,
)
from contracts.event import Event
from kit.inbox import Received
from rules.counties import counties, county, settings_of

from tests.integration.dispatch_reports import CITY, COUNTY, ONE, RECORD, TWO, about, instant
from tests.integration.dispatch_stage import Served, csrf, told

pytestmark = pytest.mark.real
HOME: dict[str, Any] = {"county": COUNTY, "township": "民雄鄉", "village": "東榮村", "address": "建國路一段1號"}
KNOWN: dict[str, Any] = {"phones": ["0911111111"], "residence": HOME}


async def page(browser: httpx.AsyncClient, id: str, lang: str = "zh") -> str:
    return (await browser.get(f"/board/reports/{id}", params={"lang": lang})).text


def kin(text: str) -> str:
    found = re.search(r'<section class="kin">.*?</section>', text, re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"name": "陳宜均"}, "姓名同音"),
        ({"name": "怡君陳"}, "姓名順序不同"),
        ({"birth_date": "1979-03-12"}, "生日疑似誤植"),
        ({"birth_date": "1990-12-03"}, "生日疑似誤植"),
        ({"name": "林某某", "birth_date": "1950-01-01"}, "住址相同"),
        ({}, "出生日期相同"),
    ],
)
async def test_an_earlier_report_is_shown_with_the_reasons_in_words(
    served: Served, written: dict[str, Any], reason: str
) -> None:
    first, second = await told(served.window, about(**KNOWN), about(day=18, **KNOWN | written))
    browser = await served.sign_in("officer")
    shown = kin(await page(browser, second))
    document = await served.window.document(first)
    assert reason in shown
    assert document["serial"] in shown
    assert "派保護" in shown
    assert "建國路" not in shown
    assert "陳怡君" not in shown
    assert not kin(await page(browser, first))  # nothing came before it


async def test_variant_glyphs_are_told_in_english_too(served: Served) -> None:
    _, second = await told(served.window, about(name="林台峯", **KNOWN), about(name="林臺峰", day=18, **KNOWN))
    shown = kin(await page(await served.sign_in("officer"), second, "en"))
    assert "the same person" in shown or "same person" in shown
    assert "same phone" in shown
    assert "likely" in shown


async def test_nothing_is_shown_of_a_county_that_is_not_this_officers(served: Served) -> None:
    _, second = await told(served.window, about(**KNOWN) | {"county": "chiayi-city"}, about(day=18, **KNOWN))
    assert not kin(await page(await served.sign_in("officer"), second))


@pytest.mark.parametrize(
    ("where", "username", "suggested"),
    [({"county": COUNTY, "township": "民雄鄉"}, "officer", "同一人、新事件"),
     ({"county": CITY, "township": "西區"}, "elsewhere", "同一事件")],
)  # fmt: skip
async def test_how_far_apart_one_event_may_be_told_is_set_by_the_reports_own_county(
    served: Served, monkeypatch: pytest.MonkeyPatch, where: dict[str, str], username: str, suggested: str
) -> None:
    wide = settings_of(CITY).model_copy(update={"same_event_within": timedelta(hours=12)})
    set_by_each = {**counties(), CITY: county(CITY).model_copy(update={"settings": wide})}
    monkeypatch.setattr("rules.counties.counties", lambda: set_by_each)
    known = KNOWN | {"residence": HOME | where}
    first, second = (about(hour=hour, name=name, **known) for hour, name in ((18, "陳怡君"), (21, "陳宜均")))
    for sent in (first, second):
        sent |= {"county": where["county"], "event": sent["event"] | {"place": where}}
    _, id = await told(served.window, first, second)
    assert f"<b>{suggested}</b>" in kin(await page(await served.sign_in(username), id))


async def test_a_verdict_given_at_the_page_is_shown_there_and_can_be_said_anew(served: Served) -> None:
    first, second = await told(served.window, about(**KNOWN), about(day=18, **KNOWN))
    browser = await served.sign_in("officer")
    form = {"csrf": csrf(await browser.get("/")), "version": "1", "kind": "not_same", "reason": "姐妹"}
    address = f"/board/reports/{second}/verdicts/{first}"
    answer = await browser.post(address, data=form, headers={"X-Fragment": "1"})
    assert answer.status_code == 200
    assert "判定為 <b>無關</b>" in kin(answer.text)
    assert "姐妹" in answer.text
    again = await browser.post(address, data=form | {"kind": "same_family", "version": "2"})
    assert again.status_code == 303
    assert "判定為 <b>同一家庭</b>" in kin(await page(browser, second))
    assert "判定不是同一人" in await page(browser, second)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"kind": ""}, 422, "請選擇判定並填寫理由"),
        ({"version": "7"}, 409, "變更"),
        ({"kind": "same_event"}, 403, "督導"),
    ],
)
async def test_a_verdict_that_cannot_be_is_answered_on_the_page_in_words(
    served: Served, change: dict[str, str], status: int, words: str
) -> None:
    first, second = await told(served.window, about(**KNOWN), about(day=18, **KNOWN))
    browser = await served.sign_in("officer")
    form = {"csrf": csrf(await browser.get("/")), "version": "1", "kind": "not_same", "reason": "x"}
    answer = await browser.post(f"/board/reports/{second}/verdicts/{first}", data=form | change)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "verdicts" not in await served.window.document(second)


@pytest.mark.parametrize(("lang", "words"), [("zh", "↻ 處遇中再通報"), ("en", "↻ Reported again in service")])
async def test_a_re_report_in_service_is_tagged_on_its_row_and_page_and_the_first_and_a_duplicate_are_not(
    served: Served, lang: str, words: str
) -> None:
    again, first = about(**KNOWN), about(day=18, **KNOWN)
    first_id, again_id, copy_id = await told(served.window, first, again, about(hour=22, **KNOWN))
    assert (await served.window.document(copy_id))["decision"]["outcome"] == "duplicate"
    browser = await served.sign_in("officer")
    pages = [await page(browser, id, lang) for id in (first_id, again_id, copy_id)]
    assert [words in text for text in pages] == [False, True, False]
    board = (await browser.get("/", params={"lang": lang})).text
    [row] = [each for each in board.split("<li class=") if f'id="r-{again_id}"' in each]
    assert (words in row, board.count(words)) == (True, 1)


async def test_what_the_network_joined_to_a_case_is_in_service_and_what_it_opened_is_not(served: Served) -> None:
    ids = await told(served.window, about(national_id=ONE), about(national_id=TWO, name="林大同", day=18))
    for id, whats in zip(ids, (("case_opened", "case_joined"), ("case_joined",)), strict=True):
        for what in whats:
            happened = {"id": what, "at": instant(), "what": what, "who": "network"}
            await served.window.documents.update_one({"_id": id}, {"$push": {"history": happened}})
    browser = await served.sign_in("officer")
    assert ["↻ 處遇中再通報" in await page(browser, id) for id in ids] == [False, True]


def case_event(kind: type[Event], version: int, **more: Any) -> Received[Event]:
    """What network tells of case-1; `report_id` and `reports` name them."""
    unit, at = f"{COUNTY}/protection", instant()
    fields = {"unit": unit, "lead": unit, "priority": 1, "received_at": at, "reason": "goals_met"}
    times = dict.fromkeys(("opened_at", "joined_at", "assessed_at", "closed_at", "reopened_at", "merged_at"), at)
    event = kind(case_id=CaseId("case-1"), version=version, county=COUNTY, **(fields | times | more))
    return Received(str(uuid4()), event, {}, RECORD)


async def test_in_service_ends_with_service_and_begins_again_with_the_case(served: Served) -> None:
    """113-9: closed, reported again the next day. The page says who closed it, and what came of it."""
    window, browser = served.window, await served.sign_in("officer")
    [first] = await told(window, about(day=10, **KNOWN))
    watched = instant() + timedelta(days=30)
    closed = case_event(CaseClosed, 3, reports=(first,), approved_by="李督導", watched_until=watched)
    await window.handlers.on_news(
        [
            case_event(CaseOpened, 1, report_id=first),
            case_event(CaseAssessed, 2, reports=(first,), opened=True, assessed_by="陳社工", reason=None),
            closed,
            closed,
        ]
    )
    shown = await page(browser, first)
    assert "處遇目標達成" in shown
    assert "李督導" in shown
    [second] = await told(window, about(day=20, **KNOWN))
    text = await page(browser, second)
    assert ("處遇中再通報" in text, "服務結束後再通報" in text) == (False, True)
    ended = kin(text).partition('class="ended"')[2].partition("</p>")[0]
    assert "李督導" in ended and "處遇目標達成" in ended, "the old closing stands beside the new report"
    await window.handlers.on_news(
        [
            case_event(CaseReopened, 4, report_id=second, closed_for="goals_met"),
            case_event(CaseJoined, 4, report_id=second),
            case_event(CaseClosed, 3, reports=(first,), approved_by="李督導", watched_until=watched),
        ]
    )
    text = await page(browser, second)
    assert "服務結束後再通報" in text
    assert "處遇中再通報" not in text
    [third] = await told(window, about(day=25, **KNOWN))
    assert "處遇中再通報" in await page(browser, third)
    whats = [each["what"] for each in (await window.document(first))["history"]]
    assert whats[2:] == ["case_opened", "case_assessed", "case_closed", "case_reopened"]
    answer = (await served.get(f"/v1/decisions/{first}")).json()
    assert (answer["service"]["state"], answer["service"]["unit"]) == ("reopened", f"{COUNTY}/protection")


async def test_after_a_handover_the_page_names_the_unit_that_answers_now(served: Served) -> None:
    window, browser = served.window, await served.sign_in("officer")
    [first] = await told(window, about(day=10, **KNOWN))
    old, new = f"{COUNTY}/protection", f"{COUNTY}/welfare_centre.puzi"
    hands = {"handover_id": "case-1.h", "unit": new, "from_unit": old, "taken_by": "林社工", "taken_at": instant()}
    accepted = {"report_id": first, "accepted_by": "陳社工", "accepted_at": instant()}
    taken_elsewhere = case_event(LeadTaken, 4, **hands | {"from_unit": f"{COUNTY}/police"})
    await window.handlers.on_news(
        [case_event(CaseOpened, 1, report_id=first), case_event(CaseAccepted, 2, **accepted), taken_elsewhere]
    )
    assert (await window.document(first))["accepted"]["unit"] == old
    await window.handlers.on_news([case_event(LeadTaken, 5, **hands)])
    now = (await window.document(first))["accepted"]
    assert (now["unit"], now["by"]) == (new, "林社工")
    assert "換手接案" in await page(browser, first)


async def test_a_case_that_was_not_opened_serves_nobody(served: Served) -> None:
    window, browser = served.window, await served.sign_in("officer")
    [first] = await told(window, about(day=10, **KNOWN))
    watched = instant() + timedelta(days=30)
    not_opened = case_event(
        CaseAssessed, 2, reports=(first,), opened=False, assessed_by="陳社工", reason="no_need", watched_until=watched
    )
    await window.handlers.on_news([case_event(CaseOpened, 1, report_id=first), not_opened])
    assert "不開案" in await page(browser, first)
    assert (await window.document(first))["service"]["watched_until"]
    [second] = await told(window, about(day=20, **KNOWN))
    assert "處遇中再通報" not in await page(browser, second)
    long_ago = instant() - timedelta(days=396)
    assert 'class="ended"' in kin(await page(browser, second))
    await window.documents.update_one({"_id": first}, {"$set": {"service.at": long_ago}})
    assert 'class="ended"' not in kin(await page(browser, second)), "it stands for as long as the county says"


async def test_a_report_that_was_merged_into_another_case_follows_that_one(served: Served) -> None:
    window = served.window
    [first] = await told(window, about(day=10, **KNOWN))
    opened, merged = case_event(CaseOpened, 1, report_id=first), case_event(
        CaseMerged, 5, merge_id="m1", other_case_id=CaseId("case-0"), reports=(first,))  # fmt: skip
    closed = case_event(CaseClosed, 6, reports=(first,), approved_by="李督導", watched_until=instant())
    moved = replace(opened, event=opened.event.model_copy(update={"case_id": "case-0"}))
    await window.handlers.on_news([moved, merged, closed])
    assert (await window.document(first))["service"]["state"] == "closed"


async def test_a_caseworker_reads_the_reasons_and_says_nothing(served: Served) -> None:
    _, second = await told(served.window, about(**KNOWN), about(day=18, **KNOWN))
    shown = kin(await page(await served.sign_in("caseworker"), second))
    assert "姓名相同" in shown
    assert "verdicts" not in shown


async def test_rows_that_matched_and_did_not_decide_are_told_apart(served: Served) -> None:
    [id] = await told(served.window, about())
    document = await served.window.document(id)
    also = [row["row"] for row in document["decision"]["because"] if not row["decided"]]
    assert also
    text = await page(await served.sign_in("officer"), id)
    for row in also:
        assert f'<li class="also"><code>{row}</code>' in text
    assert text.count("亦符合") == len(also)


# --- the other report by the name that people say ------------------------------------------------------------------


def named(text: str, id: str) -> list[str]:
    """What a page calls the report of this id, each time it names it."""
    return re.findall(rf'report={id}">([^<]*)</a>', text)


async def test_a_duplicate_names_its_original_by_serial_wherever_its_page_does(served: Served) -> None:
    first, copy = await told(served.window, about(**KNOWN), about(hour=22, **KNOWN))
    serial = (await served.window.document(first))["serial"]
    text = await page(await served.sign_in("officer"), copy)
    assert "重複於 <a" in text
    assert named(text, first) == [serial] * 3  # the decision, the reason, the candidates
    assert f">{first}<" not in text


async def test_a_line_of_the_history_names_the_other_report_by_serial(served: Served) -> None:
    first, second = await told(served.window, about(**KNOWN), about(day=18, **KNOWN))
    browser = await served.sign_in("officer")
    form = {"csrf": csrf(await browser.get("/")), "version": "1", "kind": "same_family", "reason": "姐妹"}
    await browser.post(f"/board/reports/{second}/verdicts/{first}", data=form)
    [history] = re.findall(r'<ol class="history">.*?</ol>', await page(browser, second), re.DOTALL)
    assert named(history, first) == [(await served.window.document(first))["serial"]]


async def test_of_another_countys_report_the_page_says_no_more_than_that_there_is_one(served: Served) -> None:
    first, second = await told(served.window, about(**KNOWN) | {"county": "chiayi-city"}, about(day=18, **KNOWN))
    relation = (await served.window.document(second))["decision"]["relation"]
    assert relation["of"] == first
    text = await page(await served.sign_in("officer"), second)
    assert "他縣市的通報" in text
    assert first not in text
    assert (await served.window.document(first))["serial"] not in text


@pytest.mark.parametrize("said", [str, str.lower, " {} ".format])
async def test_an_officer_links_a_duplicate_by_the_serial_as_it_was_read_out(served: Served, said: Any) -> None:
    first, other = await told(served.window, about(national_id=ONE), about(national_id=TWO, name="林大同", day=18))
    serial = "CYI-1151122-0041"
    await served.window.alter(first, {"serial": serial})
    browser = await served.sign_in("supervisor")
    form = {"csrf": csrf(await browser.get("/")), "version": "1", "outcome": "duplicate", "reason": "同一事件"}
    answer = await browser.post(f"/board/reports/{other}/decision", data=form | {"duplicate_of": said(serial)})
    assert answer.status_code == 303
    assert (await served.window.document(other))["decision"]["duplicate_of"] == first
