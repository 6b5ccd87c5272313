"""The deck for the ministry's review: one click, each number with the page that answers it, nothing small in a file."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from pypdf import PdfReader
from rules.periods import latest
from rules.spans import TAIPEI
from web.typesetting import FONTS

from tests.integration.network_desk import Page, Person, at_desk
from tests.integration.network_life import ahead
from tests.integration.network_meeting import SIX, come, decide, planned, topic
from tests.integration.network_recording import covered, youth
from tests.integration.network_rosters import came, listed
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real
QUARTER = latest(datetime.now(TAIPEI).date())
THEN = datetime.combine(QUARTER.first + timedelta(days=9), time(12), TAIPEI)
SPAN = f"{QUARTER.first}/{QUARTER.last}"
RARE, COMMON = "阿里山鄉", "民雄鄉"
NUMBER = re.compile(r'<td class="num">(.*?)</td>', re.S)


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    """Three families of Alishan, nine of Minxiong, five reports from hospitals to which no unit was sent."""
    async with stage(settings_env | {"public_dispatch_url": "https://dispatch.example"}) as found:
        times = {"received_at": THEN, "decided_at": THEN}
        served = [decided(f"r{at}", township=RARE if at < 3 else COMMON, **times) for at in range(12)]
        mild = [decided(f"m{at}", "no_dispatch", source_unit="medical", **times) for at in range(5)]
        await found.decide(*served, *mild)
        for each in served:
            await found.case_of(each.report_id)
        await found.database["cases"].update_many({}, {"$set": {"opened_at": THEN}})
        yield found


def numbers(page: Page, section: str, row: str) -> list[str]:
    """What stands in the cells of a table's row, without what leads there."""
    line = page.part(section).partition(f'<th scope="row">{row}</th>')[2].partition("</tr>")[0]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in NUMBER.findall(line)]


async def test_each_number_of_the_deck_leads_to_the_page_that_answers_it(net: Stage) -> None:
    async with at_desk(net, "supervisor") as person:
        deck = await person.opens(f"/review?county={COUNTY}&span={SPAN}")
        assert deck.status == 200, deck.text
        assert numbers(deck, "review_reports", "Child protection")[:1] == ["17"]
        assert numbers(deck, "review_sources", "Total") == ["12", "5", "0", "0", "0", "0", "0", "0", "0", "17"]
        assert numbers(deck, "township-need", RARE)[-1:] == ["3"], "who may open every case is told what is true"
        rates = (await net.get("/v1/statistics/rates", county=COUNTY, **_days())).json()["rates"]
        assert [each["received"] for each in rates] == [17]
        cells = [cell for part in deck.text.split("<section")[1:] for cell in NUMBER.findall(part)]
        silent = [cell for cell in cells if re.search(r"\d", cell) and "href=" not in cell]
        assert cells and silent == [], "every number leads somewhere"
        await _answers(person, deck, "township-need", RARE, "3")


def _days() -> dict[str, str]:
    return {"from": str(QUARTER.first), "to": str(QUARTER.last)}


async def _answers(person: Person, deck: Page, section: str, row: str, count: str) -> None:
    """Goes where the last number of a row leads, and finds it there."""
    line = deck.part(section).partition(f'<th scope="row">{row}</th>')[2].partition("</tr>")[0]
    href = unescape(re.findall(r'href="([^"]+)"', line)[-1])
    assert f"first={QUARTER.first}" in href and f"last={QUARTER.last}" in href
    page = await person.opens(href)
    assert page.status == 200
    line = page.part("table").partition(f'<th scope="row">{row}</th>')[2].partition("</tr>")[0]
    assert re.sub(r"<[^>]+>", "", NUMBER.findall(line)[-1]).strip() == count


async def test_a_file_of_the_deck_tells_no_township_of_three_and_says_the_same_as_a_pdf(net: Stage) -> None:
    async with at_desk(net, "supervisor") as person:
        answer = await person.http.get(f"/review.xlsx?county={COUNTY}&span={SPAN}")
        assert answer.status_code == 200
        book = openpyxl.load_workbook(BytesIO(answer.content)).active
        lines = [[value for value in line if value is not None] for line in book.iter_rows(values_only=True)]
        assert not any(RARE in map(str, line) for line in lines)
        assert any(str(line[0]) == COMMON and line[-1] in (5, "*") for line in lines if line), lines
        assert any(line[:2] == ["Child protection", 17] for line in lines), "what a county prints is told as it is"
        if FONTS.is_dir():
            answer = await person.http.get(f"/review.pdf?county={COUNTY}&span={SPAN}")
            pages = PdfReader(BytesIO(answer.content)).pages
            assert all(each.mediabox.width > each.mediabox.height for each in pages) and len(pages) > 4
            text = "".join("".join(each.extract_text() for each in pages).split())
            assert RARE not in text and COMMON in text and "Steps" not in text
            links = [str(note.get_object().get("/A")) for each in pages for note in each.get("/Annots", ())]
            assert any("/figures/crosstab" in each for each in links)
        almost = f"{QUARTER.first}/{QUARTER.last - timedelta(1)}"
        assert (await person.http.get(f"/review.pdf?county={COUNTY}&span={almost}")).status_code == 422
        backwards = await person.http.get(f"/review?county={COUNTY}&span={QUARTER.last}/{QUARTER.first}")
        assert backwards.status_code == 422
        assert (await person.http.get(f"/review?county={COUNTY}&span=soon")).status_code == 422


async def test_a_supervisor_of_one_unit_sees_the_deck_as_analysts_are_told_it(net: Stage) -> None:
    async with at_desk(net, f"supervisor of {PROTECTION}") as person:
        deck = await person.opens(f"/review?county={COUNTY}&span={SPAN}")
        assert deck.status == 200 and RARE not in deck.text and "*" in deck.part("township-need")
        assert (await person.opens("/review?county=tainan-city")).status == 403


async def test_a_file_of_a_county_that_does_not_exist_has_a_name_that_a_header_holds(net: Stage) -> None:
    """Whoever sees every county may write anything for one."""
    async with at_desk(net, "everywhere") as person:
        for path in ("/review.csv", "/review.pdf", "/yearly.csv"):
            if path == "/review.pdf" and not FONTS.is_dir():
                continue
            answer = await person.http.get(path, params={"county": '嘉義"; x=y'})
            assert answer.status_code == 200, path
            assert re.fullmatch(r'\w+; filename="[\w.-]+"', answer.headers["content-disposition"], re.ASCII)


async def test_the_deck_counts_meetings_and_lists_and_leads_to_what_they_are_made_of(net: Stage) -> None:
    theirs = {"units": [POLICE, LABOUR], "host": POLICE, "chair": POLICE}
    first, other = await planned(net, ahead(1)), await planned(net, ahead(2), **theirs)
    item = await topic(net, first)
    await come(net, first, SIX[:4])
    await decide(net, first, item, POLICE, ahead(20))
    await net.database["meetings"].update_many({}, {"$set": {"at": THEN}})
    rows = [listed(f"a{n}", f"nb:{n}", roster="under_six", received_at=THEN) for n in range(7)]
    rows += [listed(f"b{n}", f"nb:b{n}", received_at=THEN, entry={"township": RARE}) for n in range(2)]
    await came(net, *rows, listed("old", "nb:old", received_at=THEN - timedelta(days=200)))
    async with at_desk(net, "supervisor") as person:
        deck = await person.opens(f"/review?county={COUNTY}&span={SPAN}")
        [met, *_] = [numbers(deck, "review_meetings", row) for row in ("Total",)]
        assert (met[:4], "4 / 6" in met[4]) == (["2", "1", "0", "0"], True)
        assert numbers(deck, "review_decisions", "Total")[-1] == "1"
        assert numbers(deck, "review_rosters", "Children under six")[-1] == "7"
        assert numbers(deck, "review_rosters", "Total")[-1] == "9", "rows of these days alone"
        cells = [cell for part in deck.text.split("<section")[1:] for cell in NUMBER.findall(part)]
        assert [cell for cell in cells if re.search(r"\d", cell) and "href=" not in cell] == []
        meetings = await person.opens(_last_link(deck, "review_meetings"))
        assert first in meetings.text and other in meetings.text
        lists = await person.opens(_last_link(deck, "review_rosters"))
        assert [numbers(lists, "review_townships", each)[-1] for each in (RARE, COMMON, "Total")] == ["2", "7", "9"]
        assert (await person.opens(_last_link(lists, "review_townships"))).status == 200
    async with at_desk(net, f"supervisor of {PROTECTION}") as person:
        deck = await person.opens(f"/review?county={COUNTY}&span={SPAN}")
        assert numbers(deck, "review_meetings", "Total")[:2] == ["2", "1"], "how often people met is no secret"
        assert "*" in deck.part("review_rosters") and "7" not in numbers(deck, "review_rosters", "Children under six")
        lists = await person.opens(_last_link(deck, "review_rosters"))
        assert lists.status == 200 and RARE not in lists.text
        meetings = await person.opens(_last_link(deck, "review_meetings"))
        assert first in meetings.text
        assert other not in meetings.text, "a meeting in which their unit has no part"


def _last_link(page: Page, section: str) -> str:
    return unescape(re.findall(r'href="([^"]+)"', page.part(section))[-1])


async def test_the_deck_holds_the_records_of_its_year(net: Stage) -> None:
    await youth(net, 2021)
    await covered(net)
    async with at_desk(net, "supervisor") as person:
        deck = await person.opens(f"/review?county={COUNTY}&span=2021-01-01/2021-12-31")
        assert "17 / 18" in deck.part("coverage") and RARE in deck.part("coverage")
        assert "132 = 22 + 12 + 18 + 80" in deck.part("by_organiser")
        assert "132 = 10 + 12 + 110" in deck.part("by_funds") and "132 = 2 + 130" in deck.part("by_funds")
        assert "47 / 362" in deck.part("indicators") and "below it" in deck.part("indicators")
        assert [cell for cell in NUMBER.findall(deck.text) if _is_silent(cell)] == []


def _is_silent(cell: str) -> bool:
    """A count or a share of counts that leads nowhere; a target is a rule, and who typed what is no number."""
    text = re.sub(r"<small>.*?</small>", "", cell).strip()
    return "href=" not in cell and bool(re.fullmatch(r"[\d,./ ]+( %)?", text)) and "15 %" not in text
