"""Analysis and the monthly report as they are served: the figures of the county, small ones hidden from analysts."""

import asyncio
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from rules.periods import latest
from rules.rises import WEEK, monday
from web import typesetting

from tests.integration.dispatch_reports import COUNTY, LAST_WEEK, TODAY, consultation
from tests.integration.dispatch_stage import Served

pytestmark = pytest.mark.real
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def table(page: httpx.Response, id: str) -> dict[str, list[str]]:
    """The rows of a table of a page, by their keys, as people read them."""
    assert page.status_code == 200, page.text
    body = page.text.split(f'id="{id}"', 1)[1].split("</table>", 1)[0]
    rows = re.findall(r'<tr data-key="(.*?)".*?>(.*?)</tr>', body, re.DOTALL)
    return {key: [_plain(cell) for cell in CELL.findall(cells)] for key, cells in rows}


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


async def told(served: Served, days: Iterable[tuple[date, int]], **facts: Any) -> None:
    """So many reports on these days, like one that was decided."""
    [id] = await served.window.decided(secrets.randbelow(100_000) + 1000)
    like, reports = await served.window.document(id), served.window.reports._reports
    await reports.delete_one({"_id": id})
    made = [like | facts | {"_id": secrets.token_hex(8), "day": day.isoformat(), "person": secrets.token_hex(8)}
            for day, many in days for _ in range(many)]  # fmt: skip
    await reports.insert_many(made)


async def test_the_pages_count_what_was_decided_and_the_map_names_its_townships(served: Served) -> None:
    await served.window.handlers.on_reports([await served.window.received(consultation(21))])
    await told(served, [(TODAY, 7)], township="民雄鄉")
    await told(served, [(TODAY, 2)], township="布袋鎮")
    page = await (await served.sign_in("supervisor")).get("/analysis", params={"county": COUNTY, "lang": "en"})
    assert table(page, "by_outcome")["total"][1] == "10"
    assert table(page, "townships")["民雄鄉"][-1] == "7"
    assert table(page, "townships")["布袋鎮"][-1] == "3", "two, and the consultation"
    assert table(page, "trend")["total"][-1] == "10"


async def test_the_tables_can_be_taken_along_as_files(served: Served) -> None:
    await told(served, [(TODAY, 7)])
    browser = await served.sign_in("supervisor")
    links = re.findall(r'href="(/figures/[^"]+)"', (await browser.get("/analysis", params={"days": 7})).text)
    assert {link.split("?")[0] for link in links} == {
        f"/figures/{name}.{kind}" for name in ("outcomes", "sources", "trend", "townships") for kind in ("csv", "xlsx")
    }
    files = [await browser.get(unescape(link)) for link in links]
    assert {file.status_code for file in files} == {200}
    assert ",7" in files[0].text


async def test_an_analyst_sees_no_count_under_five_and_names_no_rare_township(served: Served) -> None:
    quarter = latest(TODAY)
    await told(served, [(quarter.last, 47)], township="民雄鄉")
    await told(served, [(quarter.last, 2)], township="布袋鎮")
    asking = {"county": COUNTY, "township": "民雄鄉", "first": f"{quarter.first}", "last": f"{quarter.last}"}
    analyst = await served.sign_in("analyst")
    page = await analyst.get("/analysis", params=asking)
    assert f'value="{quarter.first}"' in page.text, "whatever was asked for, a whole quarter is told"
    shown = {id: table(page, id) for id in ("by_outcome", "by_source", "townships", "villages", "trend", "rises")}
    assert "布袋鎮" not in page.text
    for name in ("outcomes", "sources", "trend", "townships"):
        file = (await analyst.get(f"/figures/{name}.csv", params=asking)).text
        assert not re.search(r",[1-4](?=[,\r])", file), name
        assert "45" in file and "49" not in file and "布袋鎮" not in file
    small = [(id, key, cell) for id, rows in shown.items() for key, row in rows.items()
             for cell in row[1:] if re.fullmatch(r"[1-4]", cell)]  # fmt: skip
    assert small == []
    assert not re.search(r'data-n="[1-4]"', page.text)


async def test_a_time_without_sense_is_refused_in_words(served: Served) -> None:
    browser = await served.sign_in("supervisor")
    for asked in ({"from": TODAY + timedelta(days=2)}, {"to": date.min}, {"days": 0}, {"by": "year"}):
        answer = await browser.get("/analysis", params={name: str(value) for name, value in asked.items()})
        assert answer.status_code == 422, asked
    assert (await browser.get("/report", params={"month": "2026-13"})).status_code == 422


async def test_a_planted_rise_is_named_with_what_was_expected(served: Served) -> None:
    weeks = [(LAST_WEEK - WEEK * back, 3) for back in range(1, 30)]
    await told(served, [*weeks, (LAST_WEEK, 3)], township="民雄鄉", case_type="child_protection")
    await told(served, [*weeks, (LAST_WEEK + timedelta(days=6), 19)], township="布袋鎮", case_type="child_protection")
    page = await (await served.sign_in("supervisor")).get("/analysis", params={"county": COUNTY, "lang": "en"})
    linked, kind, week, observed, expected, bound, chance, reading = table(page, "rises")["rise"]
    area = linked.removesuffix(" the reports behind it")
    assert (area, kind, week, observed) == ("布袋鎮", "Child", LAST_WEEK.isoformat(), "19") or area == "Chiayi County"
    assert re.search(r'data-key="rise".*?布袋鎮', page.text, re.DOTALL)
    assert float(expected) < int(bound) < int(observed)
    assert chance == "< 0.0001"
    assert reading == "▲ Unusual rise"
    assert not re.search(r'data-key="(rise|watch)"[^>]*><th scope="row"><a[^>]*>民雄鄉', page.text)


async def test_a_rise_leads_to_the_reports_behind_it_and_says_about_how_many_people_they_are(served: Served) -> None:
    weeks = [(LAST_WEEK - WEEK * back, 3) for back in range(1, 30)]
    await told(served, [*weeks, (LAST_WEEK, 11)], township="布袋鎮", case_type="child_protection")
    one = {"township": "布袋鎮", "case_type": "child_protection", "day": LAST_WEEK.isoformat()}
    reports = served.window.reports._reports
    alike = [each["_id"] async for each in reports.find(one).limit(4)]
    await reports.update_many({"_id": {"$in": alike}}, {"$set": {"person": "p", "source_unit": "education"}})
    browser = await served.sign_in("officer")
    page = (await browser.get("/analysis", params={"county": COUNTY, "lang": "en"})).text
    links = [unescape(each) for each in re.findall(r'href="(/analysis/reports[^"]+)"', page)]
    behind = (await browser.get(next(each for each in links if "area=%E5%B8%83" in each))).text
    assert "Reports: 11, about people: 8." in behind
    assert "4 about one person" in behind
    assert re.search(r"Education <b[^>]*>4</b>", behind)
    assert len(re.findall(r'href="/\?county=[^"]+report=', behind)) == 11
    nobody = {"case_type": "consultation_adult", "first": "2026-01-01", "last": "2026-01-07", "lang": "en"}
    assert "No report of this kind" in (await browser.get("/analysis/reports", params=nobody)).text
    assert (await browser.get("/analysis/reports", params=nobody | {"last": "2026-02-07"})).status_code == 422


async def test_who_may_not_read_reports_is_led_to_the_cross_table_of_the_last_quarter(served: Served) -> None:
    then = monday(latest(TODAY).last) - WEEK
    weeks = [(then - WEEK * back, 3) for back in range(1, 30)]
    await told(served, [*weeks, (then, 19)], township="布袋鎮", case_type="child_protection")
    analyst = await served.sign_in("analyst")
    page = (await analyst.get("/analysis", params={"county": COUNTY})).text
    links = [unescape(each) for each in re.findall(r'href="(/[^"]+area=[^"]+)"', page)]
    assert links
    assert all(each.startswith("/crosstab?") for each in links)
    opened = (await analyst.get(links[0])).text
    assert f'name="first" value="{latest(TODAY).first}"' in opened, "a week is told to nobody who may not open it"


# --- the monthly report --------------------------------------------------------------------------------------------


async def a_month(served: Served) -> str:
    """Last month with something of everything; its name."""
    last = TODAY.replace(day=1) - timedelta(days=1)
    await told(served, [(last, 11), (last.replace(day=1), 1234)], township="民雄鄉")
    await told(served, [(last, 6)], case_type="child_protection", source_unit="education")
    return last.isoformat()[:7]


def said(body: bytes) -> str:
    """The text of a PDF without its line breaks, which fall where a column is narrow."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages))


@pytest.mark.usefixtures("vendored")
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_pdf_says_what_the_page_says(served: Served, lang: str) -> None:
    asking, browser = {"county": COUNTY, "month": await a_month(served), "lang": lang}, await served.sign_in("officer")
    page = await browser.get("/report", params=asking)
    answer = await browser.get("/report.pdf", params=asking)
    assert answer.headers["content-type"] == "application/pdf"
    text = said(answer.content)
    for id in ("by_outcome", "by_source", "clocks_kept", "transfers", "duplicates", "weeks", "months"):
        for key, row in table(page, id).items():
            assert re.sub(r"\s+", "", "".join(row)) in text, (id, key, row)
    assert table(page, "by_outcome")["total"][1] == "1,251"
    assert table(page, "by_outcome")["child_protection"][1] == "6"
    assert ("月報" if lang == "zh" else "Monthlyreport") in text


async def test_the_month_says_which_clocks_were_kept(served: Served) -> None:
    early = datetime.now(UTC) - timedelta(days=3)
    await served.window.decided(5)
    await served.window.reports._reports.update_many({}, {"$set": {"stage": "accepted", "accepted": {"at": early}}})
    await served.window.decided(6)
    page = await (await served.sign_in("officer")).get("/report", params={"month": TODAY.isoformat()[:7]})
    kept = table(page, "clocks_kept")
    assert kept["dispatch"][1:] == ["2 100.0 %", "0", "0", "2"]
    assert kept["unit.accept"][1:] == ["1 50.0 %", "0", "1", "2"]
    sooner = {"$mergeObjects": ["$$this", {"due_at": early - timedelta(days=1)}]}
    clocks = {"$map": {"input": "$decision.clocks", "in": sooner}}
    await served.window.reports._reports.update_many({}, [{"$set": {"decision.clocks": clocks}}])
    late = await (await served.sign_in("officer")).get("/report", params={"month": TODAY.isoformat()[:7]})
    assert table(late, "clocks_kept")["unit.accept"][1:] == ["0", "2", "0", "2"]


async def test_without_the_font_the_pdf_says_what_to_do(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(typesetting, "FONTS", tmp_path / "none")
    answer = await (await served.sign_in("officer")).get("/report.pdf")
    assert answer.status_code == 503
    assert "make setup" in answer.json()["detail"]


@pytest.mark.usefixtures("vendored")
async def test_pages_are_answered_while_a_pdf_is_set(served: Served) -> None:
    browser = await served.sign_in("officer")
    setting = asyncio.gather(*(browser.get("/report.pdf") for _ in range(4)))
    assert (await browser.get("/healthz")).status_code == 200
    assert {each.status_code for each in await setting} == {200}
