"""Whatever a person types is text on every page and in every file: no markup, no formula, no turned line."""

import base64
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from kit import mongo
from kit.sealed import KeyVault

from tests.integration.dispatch_reports import COUNTY, TODAY, body
from tests.integration.dispatch_stage import Window, csrf, make_window, people, running, told
from tests.integration.network_desk import Person, at_desk, clock
from tests.integration.network_life import CHILD, FAMILY
from tests.integration.network_stage import PROTECTION, decided, stage
from tests.integration.tables_stage import text
from tests.integration.what_is_typed import MARK, TYPED, looked_at, runs
from tests.passwords import PASSWORD
from tests.serving import caller

pytestmark = pytest.mark.real

NAMED = f"=<b data-typed=1>{MARK}</b>"
"""For a field that takes printable signs alone."""
LATER = "2030-01-01T09:00"
DAYS = f"county={COUNTY}&from={TODAY}&to={TODAY}"


def typed_body(number: int) -> dict[str, Any]:
    """A report with the text in every place that takes one."""
    sent = body(number)
    place = {"county": COUNTY, "township": TYPED[:40], "village": TYPED[:40], "address": TYPED}
    subject = sent["people"][0] | {"name": TYPED, "residence": place, "phones": [TYPED[:30]], "national_id": TYPED[:20]}
    event = sent["event"] | {"place": place, "narrative": f"林小{number}遭勒頸。{TYPED}", "kinds": [TYPED[:60]]}
    reporter = {"name": TYPED, "unit": TYPED, "phone": TYPED[:30], "mandated": True}
    return sent | {"event": event, "people": [subject], "reporter": reporter}


def of_a_child() -> dict[str, Any]:
    """Of another person, and of a kind that the window visits before it decides."""
    sent = typed_body(2)
    subject = sent["people"][0] | {"birth_date": "2018-05-01", "national_id": None}
    return sent | {"case_type": "child_protection", "people": [subject]}


@pytest.fixture
async def window(settings_env: dict[str, str]) -> AsyncIterator[Window]:
    client = mongo.connect(settings_env["mongo_url"])
    yield make_window(client, settings_env)
    client.close()


def officers() -> dict[str, str]:
    listed = json.loads(people()["officers"])
    return {"officers": json.dumps([each | {"name": f"{TYPED[:150]}{each['username']}"} for each in listed])}


async def signed_in(url: str, username: str) -> httpx.AsyncClient:
    browser = caller(url, cookies={"lang": "en"})
    assert (await browser.post("/sign-in", data={"username": username, "password": PASSWORD})).status_code == 303
    return browser


async def send(browser: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    token = csrf(await browser.get("/handover", params={"county": COUNTY}))
    answer = await browser.post(path, data=form | {"csrf": token}, follow_redirects=True)
    assert answer.status_code < 400, f"{path}: {answer.status_code} {answer.text[-300:]}"
    return answer


async def acts(browser: httpx.AsyncClient, id: str, act: str, **form: str) -> None:
    """One act on a report as it is now."""
    panel = await browser.get(f"/board/reports/{id}")
    version = re.findall(r'name="version" value="(\d+)"', panel.text)
    await send(browser, f"/board/reports/{id}/{act}", **form, version=version[0] if version else "1")


async def typed_at_the_window(browser: httpx.AsyncClient, first: str, second: str) -> str:
    """The text in every form of the board and of tables; the path of a draft."""
    await acts(browser, first, "people/0")
    await acts(browser, first, "narrative")
    await acts(browser, first, "review", reason=TYPED)
    await acts(browser, first, "ask", reason=TYPED)
    await acts(browser, first, "answered", reason=TYPED)
    await acts(browser, first, f"verdicts/{second}", reason=TYPED, kind="not_same")
    await acts(browser, second, "review", reason=TYPED)
    await acts(browser, second, "visit", investigator=TYPED[:80], reason=TYPED)
    await send(browser, f"/handover?county={COUNTY}", words=TYPED, key="0" * 32)
    draft = (await send(browser, f"/tables/drafts?county={COUNTY}", day="2021-01-01", key="0" * 32)).url.path
    said = json.dumps(TYPED, ensure_ascii=True)
    written = re.sub(r"(?m)^author:.*$", lambda _: f"author: {said}", text(("曾遭勒頸，致命風險高", said)))
    await send(browser, f"{draft}/save", revision="1", text=written)
    return draft


PAGES = (
    "/", "/board/rows?county={county}&group=waiting", "/board/reports/{first}", "/board/reports/{second}", "/handover",
    "/analysis", "/crosstab?rows=case_type&columns=outcome", "/report", "/senders", "/looks", "/tables", "{draft}",
    "/tables/versions/2021-01-01", "/analysis/reports?case_type=adult_protection&first={day}&last={day}",
)  # fmt: skip
FILES = ("/figures/outcomes.csv", "/figures/outcomes.xlsx", "/figures/trend.csv", "/figures/crosstab.xlsx")


async def test_what_is_typed_at_the_window_is_text_on_every_page(window: Window, settings_env: dict[str, str]) -> None:
    async with running(settings_env | officers()) as url:
        first, second = await told(window, typed_body(1), of_a_child())
        supervisor = await signed_in(url, "supervisor")
        draft = await typed_at_the_window(supervisor, first, second)
        shown = {}
        for path in PAGES:
            asked = path.format(first=first, second=second, draft=draft, county=COUNTY, day=TODAY)
            page = await supervisor.get(asked, params=None if "?" in asked else {"county": COUNTY})
            assert page.status_code == 200, f"{asked}: {page.status_code}"
            shown[path] = looked_at(page.text)
        for path in FILES:
            file = await supervisor.get(f"{path}?{DAYS}&rows=township&columns=outcome")
            assert file.status_code == 200, path
            assert runs(file) == [], path
        administrator = await signed_in(url, "administrator")
        shown["/people"] = looked_at((await administrator.get("/people", params={"county": COUNTY})).text)
    assert {path: each.faults for path, each in shown.items() if each.faults} == {}
    silent = {path for path, each in shown.items() if not each.times}
    assert silent == {"/board/rows?county={county}&group=waiting"}, "the text reaches every page, if only as a name"


DESK: tuple[tuple[str, dict[str, Any]], ...] = (
    ("acceptances", {}),
    ("assessments", {"opened": "yes", "needs": ["child_development"], "service_mode": "", "reason": ""}),
    ("contacts", {"kind": "visit", "reached": "yes", "seen": [CHILD], "text": TYPED, "note": TYPED}),
    ("tasks", {"unit": PROTECTION, "what": "visit", "person": NAMED, "note": TYPED}),
    ("plans", {"goals": ["child_safe"], "words": TYPED, "unit": PROTECTION, "what": "visit", "due_at": LATER}),
    ("handovers", {"to": PROTECTION, "person": NAMED}),
    ("closings", {"return_plan": TYPED, "words": TYPED}),
)
"""Every form of a case that takes words, or stands before one that does."""


async def typed_at_the_desk(worker: Person, case: str) -> dict[str, str]:
    """The text in every form of a case; what each form was answered that was not done."""
    refused = {}
    for act, typed in DESK:
        more = {"at": clock(1)} if act == "contacts" else {}
        page = await worker.does(case, f"{case}/{act}", **typed, **more)
        if page.path != case:  # not moved on
            refused[act] = page.text.partition('role="alert"')[2][:400]
    return refused


async def test_what_is_typed_at_a_desk_is_text_on_every_page(settings_env: dict[str, str]) -> None:
    client = mongo.connect(settings_env["mongo_url"])
    keys = mongo.database(client, settings_env["database_prefix"] + "keyvault")["keys"]
    vault = KeyVault(keys, base64.b64decode(settings_env["master_key"]))
    async with stage(settings_env) as net, at_desk(net, "supervisor") as worker:
        key = vault.new_key("r1", "report")
        await vault.keep([key])
        sealed = {"report": key.seal({f"people/{n}/name": TYPED for n in range(3)})}
        await net.decide(decided("r1", family=["a"], people=FAMILY, sealed=sealed))
        case = f"/cases/{(await net.case_of('r1'))['case_id']}"
        await net.decide(decided("r2", family=["b"]))
        other = (await net.case_of("r2"))["case_id"]
        await net.did(f"/v1/cases/{other}/acceptances", {"report_id": "r2", "accepted_by": NAMED}, PROTECTION)
        refused = await typed_at_the_desk(worker, case)
        assert refused.keys() <= {"closings"}, refused
        pages = await _pages(worker, case)
        file = await worker.http.get("/cases/export")
    client.close()
    assert {path: each.faults for path, each in pages.items() if each.faults} == {}
    assert {path for path, each in pages.items() if each.times} >= {
        case,
        "uncovered",
        "load",
        "words of the plan",
        "/friday",
    }
    assert runs(file) == []
    assert NAMED in file.text


async def _pages(worker: Person, case: str) -> dict[str, Any]:
    paths = ["/today", "/cases", case, f"{case}/plan", "/friday", "/friday/came_back", "/looks", "/cases/search"]
    opened = {path: await worker.opens(path) for path in paths}
    assert {page.status for page in opened.values()} == {200}
    shown = {path: looked_at(page.text) for path, page in opened.items()}
    uncovered = await worker.does(case, f"{case}/looks")
    load = await worker.http.get("/caseloads", params={"unit": PROTECTION, "person": NAMED})
    plan = await worker.does(f"{case}/plan", f"{case}/plan")
    answers = {"uncovered": uncovered.text, "load": load.text, "words of the plan": plan.text}
    return shown | {name: looked_at(each) for name, each in answers.items()}
