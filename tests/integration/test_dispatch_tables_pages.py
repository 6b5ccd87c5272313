"""The pages of decision tables as they are served: draft, check, replay, a second person, and who is refused."""

import asyncio
import csv
import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from dispatch import tables_cli
from dispatch.app import create_app
from dispatch.publishing import store
from dispatch.settings import Settings
from kit import mongo
from kit.inbox import NotYet
from openpyxl import load_workbook
from rules.periods import latest
from web.callers import digest

from tests.integration.dispatch_reports import COUNTY, TODAY, body, consultation, instant
from tests.integration.dispatch_stage import csrf, make_window, running
from tests.integration.tables_stage import supervisors, text
from tests.parts import Parts
from tests.passwords import PASSWORD
from tests.serving import caller

pytestmark = pytest.mark.real


@pytest.fixture
async def url(parts: Parts, settings_env: dict[str, str]) -> AsyncIterator[str]:
    async with running(settings_env | supervisors()) as served:
        yield served


async def browser_of(url: str, username: str) -> httpx.AsyncClient:
    browser = caller(url, cookies={"lang": "en"})
    answer = await browser.post("/sign-in", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


async def send(browser: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    token = csrf(await browser.get("/tables", params={"county": COUNTY}))
    return await browser.post(path, data=form | {"csrf": token}, follow_redirects=True)


async def started(browser: httpx.AsyncClient) -> str:
    answer = await send(browser, f"/tables/drafts?county={COUNTY}", day="2021-01-01")
    assert answer.status_code == 200
    return answer.url.path


async def tried_out(browser: httpx.AsyncClient, path: str) -> None:
    days = {"first": TODAY.isoformat(), "last": TODAY.isoformat()}
    await send(browser, f"{path}/replay", revision="1", **days)
    async with asyncio.timeout(60):
        while "data-going" in (await browser.get(f"{path}/replay")).text:
            await asyncio.sleep(0.1)


async def test_a_table_goes_from_draft_to_publication_on_the_page(url: str) -> None:
    first, second = await browser_of(url, "supervisor"), await browser_of(url, "second")
    path = await started(first)
    await tried_out(first, path)
    asked = await send(first, f"{path}/ask", revision="1", words="較早介入")
    assert "Another supervisor must approve" in asked.text
    own = await send(first, f"{path}/approve", revision="1", seen="0")
    assert own.status_code == 403
    looked = await second.get(path)
    for told in ("It passes", "decide alike", "Decided by a table", "較早介入", 'id="approve"'):
        assert told in looked.text
    done = await send(second, f"{path}/approve", revision="1", seen="0")
    assert done.status_code == 200
    listed = (await first.get("/tables")).text
    assert "coming" in listed
    assert "林督導" in listed


async def test_what_is_pressed_twice_is_made_once(url: str) -> None:
    first, second = await browser_of(url, "supervisor"), await browser_of(url, "second")
    keys: dict[str, str] = {}
    for path, made in (("/tables/drafts", r"/tables/drafts/\w+"), ("/handover", r"data-note=\"\w+\"")):
        page = "/tables" if path == "/tables/drafts" else path
        keys[path] = re.findall(r'name="key" value="(\w+)"', (await first.get(page, params={"county": COUNTY})).text)[0]
        form = {"day": "2021-01-01", "words": "林家夜裡再看一次", "key": keys[path]}
        for _ in range(2):
            assert (await send(first, f"{path}?county={COUNTY}", **form)).status_code == 200
        listed = (await first.get(page, params={"county": COUNTY})).text
        assert len(set(re.findall(made, listed)) - {"/tables/drafts/new"}) == 1
        await send(second, f"{path}?county={COUNTY}", **form)
        listed = (await first.get(page, params={"county": COUNTY})).text
        assert len(set(re.findall(made, listed))) == 2, "a key is of who sent it"
    await asyncio.gather(*(send(first, f"/handover?county={COUNTY}", words="", key="at once") for _ in range(5)))
    assert (await first.get("/handover", params={"county": COUNTY})).text.count("data-note=") == 3


async def test_older_drafts_are_a_link_away_whichever_is_written_on_meanwhile(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_DRAFTS", 1)
    first = await browser_of(url, "supervisor")
    paths = [await started(first) for _ in range(3)]
    seen, link = list[str](), f"/tables?county={COUNTY}"
    while link:
        page = (await first.get(unescape(link))).text
        seen += [path for path in paths if f'"{path}"' in page]
        [link] = re.findall(r'href="(/tables\?[^"]*)">Older ones<', page) or [""]
        if len(seen) == 2:
            await send(first, f"{seen[-1]}/save", revision="1", text=text())
    assert seen == [*reversed(paths)]


async def test_a_wrong_text_is_kept_and_its_lines_are_named(url: str) -> None:
    first = await browser_of(url, "supervisor")
    path = await started(first)
    wrong = text(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"), ("priority: 1", "priority: 9"))
    saved = await send(first, f"{path}/save", revision="1", text=wrong.replace("\n", "\r\n"))
    line = wrong.splitlines().index(next(each for each in wrong.splitlines() if "priority: 9" in each)) + 1
    assert f'data-line="{line}"' in saved.text
    assert "whole number from 1" in saved.text
    assert "priority: 9" in saved.text
    refused = await send(first, f"{path}/ask", revision="2")
    assert refused.status_code == 422
    stale = await send(first, f"{path}/save", revision="1", text="county: mine")
    assert stale.status_code == 409
    assert "county: mine</textarea>" in stale.text
    assert "priority: 9" in stale.text


async def test_officers_read_and_others_are_refused(url: str) -> None:
    path = await started(await browser_of(url, "supervisor"))
    officer = await browser_of(url, "officer")
    assert (await officer.get(path)).status_code == 200
    assert (await officer.get(f"/tables/versions/2021-01-01?county={COUNTY}")).status_code == 200
    assert (await send(officer, f"{path}/save", revision="1", text="x")).status_code == 403
    assert (await officer.get("/tables?county=chiayi-city")).status_code == 403
    assert (await (await browser_of(url, "elsewhere")).get(path)).status_code == 404
    assert (await (await browser_of(url, "analyst")).get("/tables")).status_code == 403


# --- the cross-tabulation ------------------------------------------------------------------------------------------


@pytest.fixture
async def counted(parts: Parts, settings_env: dict[str, str]) -> AsyncIterator[str]:
    """A county with forty consultations and three reports of protection, one of them from a township like a formula."""
    client = mongo.connect(parts.mongo)
    window = make_window(client, settings_env)
    await window.reports.prepare()
    formula = body(3)
    formula["event"]["place"]["township"] = "=HYPERLINK(1)"
    needs = [await window.received(consultation(number)) for number in range(100, 140)]
    await window.handlers.on_reports([*needs, await window.received(1), await window.received(2)])
    await window.handlers.on_reports([await window.received(formula)])
    async with running(settings_env | supervisors()) as served:
        yield served
    client.close()


def plain(cell: object) -> object:
    """A number as a number, however it was written."""
    text = "" if cell is None else str(cell)
    return float(text) if text.replace(".", "", 1).isdigit() else text


async def test_small_counts_are_covered_on_the_page_and_in_the_files(
    counted: str, parts: Parts, settings_env: dict[str, str]
) -> None:
    client = mongo.connect(parts.mongo)
    reports = mongo.database(client, settings_env["database_prefix"] + "dispatch")["reports"]
    await reports.update_many({}, {"$set": {"day": latest(TODAY).last.isoformat()}})
    client.close()
    analyst = await browser_of(counted, "analyst")
    three = {"county": COUNTY, "rows": "case_type", "columns": "outcome", "by": "source_unit"}
    page = await analyst.get("/crosstab", params=three)
    assert page.status_code == 200
    assert 'class="covered"' in page.text
    asked = {"county": COUNTY, "rows": "township", "columns": ""}
    shown = (await analyst.get("/figures/crosstab.csv", params=asked)).text.removeprefix("\ufeff")
    assert "HYPERLINK" not in shown
    assert [line.split(",")[-1] for line in shown.split()[-3:]].count("*") >= 2
    free = asked | {"first": "2026-01-01", "last": "2026-03-30"}
    for name in ("crosstab", "townships"):
        assert (await analyst.get(f"/figures/{name}.csv", params=free)).status_code == 422, name
    supervisor = await browser_of(counted, "supervisor")
    true = (await supervisor.get("/crosstab", params=asked | {"rows": "outcome"})).text
    assert 'class="covered"' not in true, "who may open each report is told what is true"


async def test_the_published_tables_are_saved_as_csv_and_xlsx_with_the_same_figures(counted: str) -> None:
    officer = await browser_of(counted, "caseworker")
    officer.cookies.set("lang", "zh")
    for name in ("outcomes", "sources"):
        csv_file = await officer.get(f"/figures/{name}.csv", params={"county": COUNTY})
        lines = list(csv.reader(StringIO(csv_file.text.removeprefix("\ufeff"))))
        book = load_workbook(BytesIO((await officer.get(f"/figures/{name}.xlsx", params={"county": COUNTY})).content))
        cells = [[plain(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
        assert cells == [[plain(cell) for cell in line] for line in lines]
        assert lines[0][:2] == ["案件類型", "件數 reports" if name == "outcomes" else "警政 police"]
        assert lines[5][0] == "成人諮詢 consultation_adult"
        assert "40" in lines[5]
    assert (await officer.get("/figures/crosstab.csv", params={"county": COUNTY, "rows": "hour"})).status_code == 403
    assert (await officer.get("/figures/outcomes.csv", params={"county": "chiayi-city"})).status_code == 403


async def test_a_dimension_chosen_twice_is_told_on_the_page(counted: str) -> None:
    analyst = await browser_of(counted, "analyst")
    page = await analyst.get("/crosstab", params={"rows": "hour", "columns": "hour"})
    assert page.status_code == 422
    assert "Choose different dimensions." in page.text


async def test_a_version_that_this_release_cannot_read_keeps_it_from_starting(
    parts: Parts, settings_env: dict[str, str]
) -> None:
    """Else every report of every county would go to the dead letters, one by one."""
    client = mongo.connect(parts.mongo)
    versions = mongo.database(client, settings_env["database_prefix"] + "dispatch")["table_versions"]
    broken = text().replace("tipvda: {at_least: 6}", "tool_of_tomorrow: {at_least: 6}")
    version = {"county": COUNTY, "in_force_from": TODAY.isoformat(), "text": broken, "approved": {"at": instant()}}
    await versions.insert_one({"_id": f"{COUNTY}:1"} | version)
    client.close()
    app = create_app(Settings.model_validate(settings_env | supervisors()))
    with pytest.raises(NotYet, match="newer than this release"):
        async with app.router.lifespan_context(app):
            pytest.fail("it serves")


# --- machines ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def machines(settings_env: dict[str, str]) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Two supervisors' programs, an officer's, and a supervisor's of another county."""
    tokens = {name: secrets.token_hex(16) for name in ("supervisor 王", "林督導", "officer", "elsewhere")}
    callers = [
        {"name": name, "role": "officer" if name == "officer" else "supervisor", "token_sha256": digest(token),
         "counties": ["chiayi-city" if name == "elsewhere" else COUNTY]}
        for name, token in tokens.items()
    ]  # fmt: skip
    env = settings_env | supervisors() | {"callers": json.dumps(callers)}
    async with running(env) as url, AsyncExitStack() as open_:
        clients = {name: caller(url, headers={"Authorization": f"Bearer {token}"}) for name, token in tokens.items()}
        for client in clients.values():
            await open_.enter_async_context(client)
        yield clients


async def test_programs_need_a_second_supervisor_too(machines: dict[str, httpx.AsyncClient]) -> None:
    first, second = machines["supervisor 王"], machines["林督導"]
    upside_down = {"county": COUNTY, "text": text(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"))}
    wrong = await first.post("/v1/table-drafts", json=upside_down)
    assert (wrong.status_code, wrong.json()["passes"], wrong.json()["faults"][0]["rows"]) == (201, False, ["T02"])
    new, once = {"county": COUNTY, "text": text()}, {"Idempotency-Key": "draft-1"}
    draft, again = [(await first.post("/v1/table-drafts", json=new, headers=once)).json() for _ in range(2)]
    assert again == draft
    assert (await first.post("/v1/table-drafts", json=upside_down, headers=once)).status_code == 409
    path, act = f"/v1/table-drafts/{draft['id']}", {"revision": 1, "seen": 0}
    assert (await first.post(f"{path}/acts", json=act | {"act": "ask"})).status_code == 422
    days = {"first": TODAY.isoformat(), "last": TODAY.isoformat()}
    assert (await first.post(f"{path}/replays", json=days)).status_code == 202
    async with asyncio.timeout(60):
        while (await first.get(path)).json()["replay"]["state"] == "running":
            await asyncio.sleep(0.1)
    assert (await first.post(f"{path}/acts", json=act | {"act": "ask"})).json()["state"] == "asked"
    assert (await first.post(f"{path}/acts", json=act | {"act": "approve"})).status_code == 403
    assert (await machines["officer"].post(f"{path}/acts", json=act | {"act": "approve"})).status_code == 403
    assert (await machines["elsewhere"].post(f"{path}/acts", json=act | {"act": "approve"})).status_code == 404
    person = await browser_of(str(first.base_url), "supervisor")
    assert (await send(person, f"/tables/drafts/{draft['id']}/approve", revision="1", seen="0")).status_code == 403
    assert (await second.post(f"{path}/acts", json=act | {"act": "approve"})).json()["state"] == "published"
    *_, newest = (await machines["officer"].get("/v1/tables", params={"county": COUNTY})).json()
    assert (newest["approved_by"], newest["writers"]) == ("林督導", ["supervisor 王"])
    saved = await second.get(f"/v1/tables/{newest['in_force_from']}", params={"county": COUNTY})
    assert saved.text == text()
    assert (await machines["elsewhere"].get("/v1/tables", params={"county": COUNTY})).status_code == 403


def cli(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = tables_cli.main([str(each) for each in arguments])
    return code, capsys.readouterr().out


async def test_the_terminal_proposes_and_another_supervisor_approves(
    machines: dict[str, httpx.AsyncClient], tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = machines["supervisor 王"], machines["林督導"]
    period = ("--county", COUNTY, "--from", TODAY, "--to", TODAY)
    right, wrong = tmp_path / "right.yaml", tmp_path / "wrong.yaml"
    right.write_text(text(), "utf-8")
    turned = text(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"))
    line = turned[: turned.index("id: T02")].count("\n") + 1
    wrong.write_text(turned, "utf-8")

    async def run(by: httpx.AsyncClient, *arguments: object) -> tuple[int, str]:
        monkeypatch.setenv("DISPATCH_URL", str(by.base_url))
        monkeypatch.setenv("DISPATCH_TOKEN", by.headers["Authorization"].removeprefix("Bearer "))
        return await asyncio.to_thread(cli, capsys, *arguments)

    code, out = await run(first, "propose", wrong, *period)
    assert (code, "T02" in out, f"第 {line} 行" in out) == (1, True, True)
    code, out = await run(first, "propose", right, *period)
    assert code == 0
    draft = out.split()[-1]
    assert "另一位督導" in (await run(first, "approve", draft))[1]
    code, out = await run(second, "approve", draft)
    assert (code, f"{COUNTY}:1" in out) == (0, True)
