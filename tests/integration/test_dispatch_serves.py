"""Dispatch as a running service: Kafka in and out, its API, its board's door and stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from contracts.event import Envelope
from contracts.topics import DECISIONS, REPORTS

from tests.integration.dispatch_reports import COUNTY, accepted, consultation, day_now, instant
from tests.integration.dispatch_stage import Served, being_served, csrf
from tests.parts import Names, Parts
from tests.passwords import PASSWORD
from tests.serving import caller
from tests.waiting import until

pytestmark = pytest.mark.real


# --- Kafka in, Kafka out -------------------------------------------------------------------------------------------


async def test_a_report_from_kafka_becomes_a_decision_on_kafka(
    parts: Parts, names: Names, settings_env: dict[str, str]
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=parts.kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=parts.kafka, auto_offset_reset="earliest", group_id=None)
    async with being_served(settings_env, reads=True) as served:

        async def ready() -> bool:
            return (await served.http.get("/readyz")).is_success

        received = [await served.window.received(number) for number in range(30)]
        await until(ready)
        await asyncio.gather(producer.start(), consumer.start())
        consumer.subscribe([names.topics + DECISIONS.name])
        for each in received:
            one = Envelope.of(each.event, id=each.id, source="/test", time=instant(), trace={})
            headers = [(name, value.encode()) for name, value in one.headers().items()]
            await producer.send(names.topics + REPORTS.name, one.data, key=one.subject.encode(), headers=headers)
        await producer.flush()
        decided: dict[str, Any] = {}
        async with asyncio.timeout(60):
            while len(decided) < 30:
                record = await consumer.getone()
                decided[record.key.decode()] = json.loads(record.value)
        await asyncio.gather(producer.stop(), consumer.stop())
    assert set(decided) == {each.event.subject for each in received}
    assert {event["outcome"] for event in decided.values()} == {"protection"}


# --- the API -------------------------------------------------------------------------------------------------------


async def test_a_decision_is_shown_with_its_reasons_clocks_and_history(served: Served) -> None:
    [id] = await served.window.decided(1)
    await served.window.handlers.on_news([accepted(id)])
    shown = (await served.get(f"/v1/decisions/{id}", "caseworker")).json()
    assert (shown["status"], shown["outcome"], shown["version"]) == ("decided", "protection", 1)
    assert shown["accepted"]["by"] == "陳社工"
    assert {"id", "started_at", "due_at", "source", "verified"} <= set(shown["clocks"][0])
    assert [each["what"] for each in shown["history"]] == ["report_received", "decision_made", "case_accepted"]


async def test_a_decision_is_unknown_until_it_is_made_and_for_another_county(served: Served) -> None:
    [id] = await served.window.decided(1)
    answers = [await served.get("/v1/decisions/nothing"), await served.get(f"/v1/decisions/{id}", "elsewhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_an_analyst_sees_figures_and_no_report(served: Served) -> None:
    [id] = await served.window.decided(1)
    today = day_now()
    assert (await served.get(f"/v1/decisions/{id}", "analyst")).status_code == 403
    assert (await served.get("/v1/ledger", "analyst", county=COUNTY, day=today)).status_code == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/ledger", {"county": COUNTY}),
        ("/v1/ledger", {"county": COUNTY, "day": "yesterday"}),
        ("/v1/ledger", {"county": "No Such!", "day": "2026-11-22"}),
        ("/v1/statistics/outcomes", {"county": COUNTY, "from": "2026-11-22"}),
        ("/v1/statistics/outcomes", {"county": COUNTY, "from": "2026-11-22", "to": "2026-11-01"}),
        ("/v1/statistics/sources", {"county": COUNTY, "from": "2026-13-01", "to": "2026-11-01"}),
    ],
)
async def test_bad_parameters_are_told_as_a_problem(served: Served, path: str, query: dict[str, str]) -> None:
    answer = await served.get(path, **query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("path", ["/v1/ledger", "/v1/statistics/outcomes", "/v1/statistics/sources"])
async def test_another_countys_figures_are_refused(served: Served, path: str) -> None:
    query = {"county": COUNTY, "day": "2026-11-22", "from": "2026-11-01", "to": "2026-11-22"}
    assert (await served.get(path, "elsewhere", **query)).status_code == 403


@pytest.mark.parametrize("path", ["/v1/ledger", "/v1/clocks", "/v1/statistics/outcomes", "/v1/statistics/screening"])
async def test_a_county_that_does_not_exist_has_no_figures(served: Served, path: str) -> None:
    query = {"county": "chaiyi-county", "day": "2026-11-22", "from": "2026-11-01", "to": "2026-11-22"}
    answer = await served.get(path, "everywhere", **query)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_county")
    assert (await served.get(path, "everywhere", **query | {"county": COUNTY})).status_code == 200


async def test_statistics_count_reports_persons_and_shares(served: Served) -> None:
    window = served.window
    one, again = await window.received(1), await window.received(1, "hospital-1")
    needs = [await window.received(consultation(number)) for number in (2, 3, 4)]
    await window.handlers.on_reports([one, again, *needs])
    days = {"county": COUNTY, "from": day_now(), "to": day_now()}
    shown = (await served.get("/v1/statistics/outcomes", "analyst", **days)).json()
    adult = next(row for row in shown["rows"] if row["case_type"] == "adult_protection")
    assert (adult["reports"], adult["persons"], adult["duplicate"], adult["protection"]) == (2, 1, 1, 1)
    assert adult["shares"]["protection"] == 1.0
    assert (shown["total"]["reports"], shown["total"]["persons"], len(shown["rows"])) == (5, 4, 6)
    by_source = (await served.get("/v1/statistics/sources", "analyst", **days)).json()
    assert (by_source["total"]["police"], by_source["total"]["total"]) == (5, 5)


async def test_an_officer_decides_through_the_api(served: Served) -> None:
    [id] = await served.window.decided(1)
    headers = {"Authorization": f"Bearer {served.tokens['officer']}"}
    ruling = {"outcome": "protection", "reason": "after_call", "version": 1}
    answer = await served.http.post(f"/v1/decisions/{id}", json=ruling, headers=headers)
    assert (answer.status_code, answer.json()["decided_by"], answer.json()["version"]) == (200, "officer", 2)
    again = await served.http.post(f"/v1/decisions/{id}", json=ruling, headers=headers | {"Accept-Language": "zh-TW"})
    assert again.status_code == 409
    assert "請重新查看" in again.json()["detail"]


# --- the board -----------------------------------------------------------------------------------------------------


async def test_nobody_sees_the_board_without_signing_in(served: Served) -> None:
    [id] = await served.window.decided(1)
    page = await served.http.get("/")
    assert 'action="/sign-in"' in page.text
    assert id not in page.text
    for path in ("/board/rows", "/board/events"):
        assert (await served.http.get(path, params={"county": COUNTY})).status_code == 401
    assert (await served.http.get(f"/board/reports/{id}")).status_code == 401


async def test_a_page_may_not_be_kept_framed_or_scripted_from_outside(served: Served) -> None:
    browser = await served.sign_in()
    headers = (await browser.get("/")).headers
    assert headers["cache-control"] == "no-store"
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "<script>" not in (await browser.get("/")).text


async def test_the_cookie_is_kept_from_scripts_and_other_sites(served: Served) -> None:
    answer = await served.http.post("/sign-in", data={"username": "officer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_guessing_a_password_is_stopped(served: Served) -> None:
    tries = [await served.http.post("/sign-in", data={"username": "officer", "password": f"x{n}"}) for n in range(6)]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]


async def test_a_form_of_another_site_or_without_its_token_is_refused(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in("supervisor")
    form = {"outcome": "welfare_centre", "reason": "after_call", "version": "1", "csrf": "guess"}
    refused = await browser.post(f"/board/reports/{id}/decision", data=form)
    token = csrf(await browser.get("/"))
    other = await browser.post(
        f"/board/reports/{id}/decision", data=form | {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (refused.status_code, other.status_code) == (403, 403)
    assert (await served.window.document(id))["decision"]["version"] == 1


async def test_a_supervisor_decides_on_the_board(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in("supervisor")
    page = await browser.get("/", params={"report": id})
    form = {"outcome": "welfare_centre", "reason": "電話確認", "version": "1", "csrf": csrf(page)}
    answer = await browser.post(f"/board/reports/{id}/decision", data=form, headers={"X-Fragment": "1"})
    assert answer.status_code == 200
    assert "電話確認" in answer.text
    assert (await served.window.document(id))["decision"]["outcome"] == "welfare_centre"


async def test_signing_out_ends_the_session_on_the_server(served: Served) -> None:
    browser = await served.sign_in()
    kept = dict(browser.cookies)
    await browser.post("/sign-out", data={"csrf": csrf(await browser.get("/"))})
    stolen = caller(served.url, cookies=kept)
    assert (await stolen.get("/board/rows", params={"county": COUNTY})).status_code == 401


async def test_an_officer_of_another_county_sees_none_of_it(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in("elsewhere")
    assert id not in (await browser.get("/")).text
    assert (await browser.get(f"/board/reports/{id}")).status_code == 404
    assert (await browser.get("/board/rows", params={"county": COUNTY})).status_code == 403
    assert (await browser.get("/board/events", params={"county": COUNTY})).status_code == 403


async def test_a_report_covers_its_people_and_records_the_look(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in()
    text = (await browser.get(f"/board/reports/{id}")).text
    assert "林小1" not in text
    assert "林○○" in text
    looks = served.window.reports._reports.database["looks"]
    assert await looks.count_documents({"report_id": id, "who": "officer"}) == 1


TOLD = '<p class="narrative"'


async def test_who_does_not_decide_asks_for_what_is_told_and_each_time_is_recorded(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser, officer = await served.sign_in("caseworker"), await served.sign_in()
    page = f"/board/reports/{id}"
    assert TOLD in (await officer.get(page)).text
    before = (await browser.get(page)).text
    assert TOLD not in before
    assert "顯示通報內容" in before
    asked = await browser.post(f"{page}/narrative", data={"csrf": csrf(await browser.get("/"))})
    assert TOLD in asked.text
    assert "林小1" not in asked.text
    assert TOLD in (await browser.get(page)).text
    looks = served.window.reports._reports.database["looks"]
    assert await looks.count_documents({"report_id": id, "who": "caseworker", "narrative": True}) == 1
    assert "通報內容" in (await (await served.sign_in("supervisor")).get("/looks", params={"county": COUNTY})).text


# --- the stream ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def stream(browser: httpx.AsyncClient, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    async with browser.stream("GET", "/board/events", params={"county": COUNTY}, headers=headers) as answer:
        assert answer.status_code == 200
        told = events(answer)
        if not headers:
            assert (await anext(told))["event"] == "reset", "from here on it listens"
        yield told


async def events(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line and event:
            yield event
            event = {}
        elif name in ("id", "event", "data"):
            event[name] = event.get(name, "") + value


async def next_rows(told: AsyncIterator[dict[str, str]]) -> dict[str, str]:
    async with asyncio.timeout(60):
        async for event in told:
            if event["event"] == "rows":
                return event
    raise AssertionError("the stream ended")


async def test_a_row_written_by_another_replica_is_told(served: Served) -> None:
    browser = await served.sign_in()
    async with stream(browser) as told:
        for number in range(5):
            [id] = await served.window.decided(100 + number)
            assert id in (await next_rows(told))["data"]


async def test_a_board_that_comes_back_hears_what_it_missed(served: Served) -> None:
    browser = await served.sign_in()
    async with stream(browser) as another:
        async with stream(browser) as told:
            await served.window.decided(1)
            last = (await next_rows(told))["id"]
        missed = await served.window.decided(2)
        missed += await served.window.decided(3)
        await hear(another, missed)
    async with stream(browser, **{"Last-Event-ID": last}) as told:
        await hear(told, missed)


async def hear(told: AsyncIterator[dict[str, str]], ids: list[str]) -> None:
    heard = ""
    while not all(id in heard for id in ids):
        heard += (await next_rows(told))["data"]


async def test_a_board_that_was_away_too_long_is_told_to_look_anew(served: Served) -> None:
    browser = await served.sign_in()
    async with stream(browser, **{"Last-Event-ID": "0"}) as told:
        assert (await anext(told))["event"] == "reset"


async def test_an_analyst_hears_counters_and_no_rows(served: Served) -> None:
    browser = await served.sign_in("analyst")
    async with stream(browser) as told:
        await served.window.decided(1)
        async with asyncio.timeout(60):
            heard = [(await anext(told))["event"] for _ in range(4)]
    assert "rows" not in heard
    assert "counters" in heard


async def test_an_outbox_that_empties_is_no_change_to_tell(served: Served) -> None:
    browser = await served.sign_in()
    async with stream(browser) as told:
        [id] = await served.window.decided(1)
        await next_rows(told)
        await served.window.reports.outbox.mark()
        [other] = await served.window.decided(2)
        following = (await next_rows(told))["data"]
        assert (id in following, other in following) == (False, True)
    assert (await served.window.document(id))["outbox"] == []


async def test_a_stream_ends_with_its_session(served: Served) -> None:
    browser = await served.sign_in()
    async with stream(browser) as told:
        await browser.post("/sign-out", data={"csrf": csrf(await browser.get("/"))})
        async with asyncio.timeout(60):
            while await anext(told, None):
                pass
