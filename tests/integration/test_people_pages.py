"""Who is signed in and who opened what: what an administrator ends, and what nobody learns from these pages."""

import re

import httpx
import pytest
from structlog.testing import capture_logs

from tests.integration.dispatch_reports import COUNTY
from tests.integration.dispatch_stage import Served, csrf
from tests.serving import caller

pytestmark = pytest.mark.real


async def page_of(served: Served, username: str, path: str) -> tuple[httpx.AsyncClient, httpx.Response]:
    browser = await served.sign_in(username)
    return browser, await browser.get(path)


def session_of(page: httpx.Response, username: str) -> str:
    row = next(each for each in page.text.split("<tr>") if f'"hint">{username}<' in each)
    found = re.search(r'name="session" value="([^"]+)"', row)
    assert found
    return found[1]


async def test_an_administrator_ends_a_session_and_its_browser_is_out(served: Served) -> None:
    officer = await served.sign_in("officer")
    browser, page = await page_of(served, "administrator", "/people")
    form = {"csrf": csrf(page), "session": session_of(page, "officer")}
    assert (await browser.post("/people", data=form)).status_code == 303
    assert (await officer.get("/board/rows", params={"county": COUNTY})).status_code == 401
    assert "officer 王" not in (await browser.get("/people")).text


async def test_an_administrator_neither_sees_nor_ends_a_session_of_another_county(served: Served) -> None:
    stranger = await served.sign_in("elsewhere")
    browser, page = await page_of(served, "administrator", "/people")
    assert "elsewhere" not in page.text
    database = served.window.reports._reports.database
    ids = [each["_id"] async for each in database["sessions"].find({"username": "elsewhere"})]
    answer = await browser.post("/people", data={"csrf": csrf(page), "session": ids[0]})
    assert answer.status_code == 404
    assert (await stranger.get("/")).status_code == 200


async def test_every_look_is_told_with_ids_and_nobodys_name(served: Served) -> None:
    [id] = await served.window.decided(1)
    officer = await served.sign_in("officer")
    panel = await officer.get(f"/board/reports/{id}")
    await officer.post(f"/board/reports/{id}/people/0", data={"csrf": csrf(panel)})
    _, page = await page_of(served, "supervisor", "/looks")
    assert page.text.count(f"<code>{id}</code>") >= 2
    assert "officer 王" in page.text and "第 1 人" in page.text
    assert "林" not in page.text
    assert id not in (await (await served.sign_in("supervisor")).get("/looks", params={"who": "nobody"})).text


async def test_older_looks_are_a_link_away(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await served.window.decided(1, 2, 3)
    officer = await served.sign_in("officer")
    for id in ids:
        await officer.get(f"/board/reports/{id}")
    monkeypatch.setattr("dispatch.board.store.MOST_SHOWN", 1)
    browser, path, found = await served.sign_in("supervisor"), "/looks", list[str]()
    while path:
        assert len(found) <= len(ids), path
        text = (await browser.get(path)).text
        found += [id for id in ids if f"<code>{id}</code>" in text]
        link = re.search(r'href="(/looks\?[^"]*after=[^"&]+)"', text)
        path = link[1].replace("&amp;", "&") if link else ""
    assert found == [*reversed(ids)]


async def test_looks_of_another_county_are_not_told(served: Served) -> None:
    [id] = await served.window.decided(1)
    await (await served.sign_in("officer")).get(f"/board/reports/{id}")
    _, page = await page_of(served, "elsewhere", "/looks")
    assert page.status_code == 200
    assert id not in page.text


async def test_a_liaison_sees_what_senders_sent_and_nobodys_report(served: Served) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in("liaison")
    page = await browser.get("/", follow_redirects=True)
    assert page.url.path == "/senders"
    assert re.search(r"警政</th><td class=\"num\">1</td>", page.text)
    assert id not in page.text and "林" not in page.text.replace("林聯繫", "")


@pytest.mark.parametrize(("role", "home"), [("administrator", "/people"), ("analyst", "/")])
async def test_everybody_begins_at_what_is_theirs(served: Served, role: str, home: str) -> None:
    browser = await served.sign_in(role)
    page = await browser.get("/", follow_redirects=True)
    assert (page.status_code, page.url.path) == (200, home)


async def test_who_comes_in_and_who_is_refused_is_logged_without_a_name(served: Served) -> None:
    with capture_logs() as logs:
        await served.sign_in("officer")
        async with caller(served.url) as stranger:
            wrong = {"username": "officer", "password": "a guess"}
            assert (await stranger.post("/sign-in", data=wrong)).status_code == 401
    told = [each for each in logs if each["event"] in {"signed_in", "sign_in_refused"}]
    assert [(each["event"], each["method"]) for each in told] == [
        ("signed_in", "password"),
        ("sign_in_refused", "password"),
    ]
    assert "officer" not in str(told)
