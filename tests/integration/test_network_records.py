"""What counties publish beside cases, played through the API: activities, coverage, posts, training, indicators."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from pypdf import PdfReader
from web.typesetting import FONTS

from tests.integration.network_desk import at_desk
from tests.integration.network_recording import KEEPER, OURS, PRINTED, covered, record, recording, youth
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, Stage, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    """The API of records on a real database alone: nothing of it is told to Kafka."""
    async with recording(settings_env) as found:
        yield found


@pytest.fixture
async def whole(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def counted(net: Stage, of: str, **query: Any) -> dict[str, Any]:
    answer = await net.get(f"/v1/statistics/{of}", "analyst", county=COUNTY, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_sessions_add_up_by_organiser_by_funds_and_by_form(net: Stage) -> None:
    await youth(net, 2020)
    await youth(net, 2021)
    of_2020, of_2021 = [await counted(net, "activities", year=year, kind="youth_service") for year in (2020, 2021)]
    assert (of_2020["single"], of_2020["series"], of_2020["in_series"]) == (3, 6, 27)
    assert {name: each["sessions"] for name, each in of_2020["by"]["organiser"].items()} == {
        "centres": 16, "empowerment": 14,
    }  # fmt: skip
    equations = of_2021["equations"]
    assert equations["organiser"] == "132 = 22 + 12 + 18 + 80"
    assert equations["funds"] == "132 = 10 + 12 + 110"
    assert equations["series"] == "132 = 2 + 130" and of_2021["series"] == 10

    education = PRINTED["chiayi_city_2022"]
    half = {"sessions": education["sessions"] - 100, "people": education["people"] - 2900}
    for each in ({"sessions": 100, "people": 2900}, half):
        await record(net, CENTRE, of="activity", kind="parent_education", day="2022-04-01", **each)
    wrong = await record(net, CENTRE, of="activity", kind="parent_education", day="2022-04-02", people=3)
    await net.did(f"/v1/records/{wrong['record_id']}/withdrawal", {"reason": "mistake"}, CENTRE)
    found = await counted(net, "activities", year=2022)
    assert (found["sessions"], found["people"]) == (165, 4802)
    for year, heads in PRINTED["changhua_2023"]["visits"].items():
        for people in heads:
            await record(net, CENTRE, of="activity", kind="exchange_visit", day=f"{year}-02-20", people=people)
    visits = [await counted(net, "activities", year=year, kind="exchange_visit") for year in (2020, 2021, 2023)]
    assert [(each["sessions"], each["people"]) for each in visits] == [(1, 23), (3, 60), (1, 50)]


async def test_17_of_18_townships_name_alishan_and_47_of_362_communities_are_below_15_percent(net: Stage) -> None:
    await covered(net)
    found = await counted(net, "coverage", year=2021)
    sites = {each["site"]: each for each in found["sites"]}
    support, prevention = sites["community_support"], sites["violence_prevention"]
    assert (support["covered"], support["of_townships"], support["lacking"]) == (17, 18, ["阿里山鄉"])
    assert (prevention["covered"], prevention["communities"], prevention["of_communities"]) == (12, 47, 362)
    assert [each["amount"] for each in found["grants"]] == [1280000]
    asked = await counted(net, "coverage", year=2022)
    assert [(each["state"], each["amount"]) for each in asked["grants"]] == [("asked", 1800000)]

    values = {each["indicator"]: each for each in (await counted(net, "indicators", year=2021))["indicators"]}
    below = values["prevention_communities"]
    assert (f"{below['value']:.1%}", below["target"], below["is_met"]) == ("13.0%", 0.15, False)
    assert f"{values['community_support_townships']['value']:.0%}" == "94%"

    again = {"of": "coverage", "site": "community_support", "year": 2021, "township": "阿里山鄉", "sites": 1}
    [missing] = [
        each for each in (await net.get("/v1/records", KEEPER, of="coverage", year=2021)).json()["records"]
        if each["what"]["township"] == "阿里山鄉" and each["what"]["site"] == "community_support"
    ]  # fmt: skip
    path = f"/v1/records/{missing['record_id']}/correction"
    both = await asyncio.gather(*(net.post(path, {"what": again}, KEEPER) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [201, 409], "it is corrected once"
    after = {each["site"]: each for each in (await counted(net, "coverage", year=2021))["sites"]}
    assert (after["community_support"]["covered"], after["community_support"]["lacking"]) == (18, [])
    old = (await net.get(f"/v1/records/{missing['record_id']}", KEEPER)).json()
    assert old["holds"] is False and old["replaced_by"], "what was said before is kept"


async def test_posts_are_counted_by_unit_and_a_unit_of_1_and_3_is_shown_short(net: Stage) -> None:
    window, city = f"{COUNTY}/window", PRINTED["changhua_2023"]["posts"]
    await record(net, of="posts", group="all", role="worker", month="2023-06", posts=city[0], filled=city[1])
    whole = await counted(net, "posts", month="2023-06")
    assert (whole["filled"], whole["posts"], f"{whole['share']:.1%}") == (226, 257, "87.9%")
    await record(net, of="posts", group="all", role="worker", month="2021-09", posts=85, filled=74)
    for year, more in OURS["posts"]["plan"].items():
        await record(net, of="growth", group="all", year=year, more=more)
    for role, have, of in (("supervisor", 1, 1), ("worker", 3, 4)):
        await record(net, of="posts", group=window, role=role, month="2021-09", posts=of, filled=have)
    found = await counted(net, "posts", month="2021-12")
    units = {each["group"]: each for each in found["units"]}
    assert units[window]["roles"] == {"supervisor": [1, 1], "worker": [4, 3]} and units[window]["is_short"]
    assert found["planned"][-1]["posts"] == 85 + 7 + 5 + 3 + 4 + units[window]["posts"]
    assert f"{units['all']['share']:.0%}" == "87%"


async def test_of_12_new_workers_and_10_seats_two_are_named_as_waiting(net: Stage) -> None:
    began = datetime.now(UTC).date()
    await record(net, of="session", course="level_1", day=str(began + timedelta(days=40)), places=10)
    for number in range(12):
        await record(net, CENTRE, of="need", course="level_1", name=f"新進 {number:02}", started=str(began))
    mine = (await net.get("/v1/statistics/training", CENTRE, county=COUNTY)).json()
    assert (mine["seated"], mine["waiting"]) == (10, 2)
    waiting = [each for each in mine["people"] if each["waits"]]
    assert [each["name"] for each in waiting] == ["新進 10", "新進 11"] and all(each["due"] for each in waiting)
    for role in ("analyst", POLICE):
        theirs = (await net.get("/v1/statistics/training", role, county=COUNTY)).json()
        assert theirs["waiting"] == 2 and {each["name"] for each in theirs["people"]} == {None}, role
    [first] = (await net.get("/v1/records", CENTRE, of="need", limit=1)).json()["records"]
    taken = first["what"] | {"taken": str(began)}
    await net.did(f"/v1/records/{first['record_id']}/correction", {"what": taken}, CENTRE)
    assert (await counted(net, "training"))["waiting"] == 1


async def test_three_indicators_are_above_their_target_and_one_below_and_say_who_typed_them(net: Stage) -> None:
    typed = PRINTED["kaohsiung_2023"] | {"development_accounts_paid": OURS["paid"]}
    unread = await net.post("/v1/records", {"county": COUNTY, "what": {
        "of": "typed", "indicator": "parent_activities", "year": 2021, "value": 0.3}}, KEEPER)  # fmt: skip
    assert unread.status_code == 422 and "source" in unread.text
    for indicator, value in typed.items():
        await record(net, source="briefing", of="typed", indicator=indicator, year=2021, value=value)
    await record(net, source="ris.gov.tw", of="population", **OURS["population"])
    found = await counted(net, "indicators", year=2021)
    values = {each["indicator"]: each for each in found["indicators"]}
    assert {name: values[name]["is_met"] for name in typed} == {
        "counselling_opening": True, "exploitation_lessons": True, "parent_activities": True,
        "development_accounts_paid": False,
    }  # fmt: skip
    assert f"{values['counselling_opening']['value']:.2%}" == "99.11%"
    one = values["development_accounts_paid"]
    assert (one["typed_by"], one["read_in"], one["value"]) == ("supervisor", "briefing", 0.841) and one["typed_at"]
    assert found["people"] == 496440
    bad = OURS["population"] | {"male": 1}
    refused = await net.post("/v1/records", {"county": COUNTY, "what": {"of": "population", **bad}}, KEEPER)
    assert refused.status_code == 422


async def test_each_unit_records_its_own_and_a_keeper_what_the_county_has(net: Stage) -> None:
    grant = {"of": "grant", "purpose": "shelter", "body": "a", "year": 2021, "amount": 1, "state": "asked"}
    post = {"county": COUNTY, "what": grant}
    assert (await net.post("/v1/records", post, CENTRE)).status_code == 403
    assert (await net.post("/v1/records", post, "keeper")).status_code == 201
    mine = await record(net, CENTRE, of="activity", kind="other", day="2021-01-01")
    assert mine["unit"] == CENTRE
    assert (await net.get(f"/v1/records/{mine['record_id']}", POLICE)).status_code == 404
    theirs = {"county": COUNTY, "unit": POLICE, "what": {"of": "activity", "kind": "other", "day": "2021-01-01"}}
    assert (await net.post("/v1/records", theirs, CENTRE)).status_code == 403
    elsewhere = theirs["what"] | {"township": "東區"}  # type: ignore[operator]
    assert (await net.post("/v1/records", {"county": COUNTY, "what": elsewhere}, CENTRE)).status_code == 422
    same = [(await net.post("/v1/records", post, "keeper", key="k")).json()["record_id"] for _ in range(2)]
    assert same[0] == same[1]
    other = post | {"what": grant | {"amount": 2}}
    assert (await net.post("/v1/records", other, "keeper", key="k")).status_code == 409


async def test_who_reads_on_in_the_records_of_a_year_and_a_kind_reads_on_in_those(
    whole: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("network.activities.pages.MOST", 1)
    wanted = {"of": "activity", "kind": "coffee_visit", "organiser": "甲 & 乙"}
    others = [{"day": "2022-10-01"}, {"kind": "youth_service"}, {"organiser": "丙"}]
    for each in ({}, *others, {}, *others, {}):
        what = wanted | {"day": "2021-10-01", "people": 3} | each
        await record(whole, CENTRE, **what)
    async with at_desk(whole, "supervisor") as person:
        seen, path = list[str](), "/records?" + urlencode(wanted | {"year": "2021"})
        while path:
            page = (await person.opens(path)).text
            seen += re.findall(r'<tr id="r-([^"]+)"', page)
            path = unescape(page.partition('rel="next" href="')[2].partition('"')[0])
    what = [(await whole.get(f"/v1/records/{id}", CENTRE)).json()["what"] for id in seen]
    assert [each | wanted | {"day": "2021-10-01"} for each in what] == what and len(set(seen)) == 3


async def test_the_yearly_sheet_says_the_same_as_page_pdf_and_file(whole: Stage) -> None:
    net = whole
    await youth(net, 2021)
    await covered(net)
    for indicator, value in (("counselling_opening", 0.9911), ("development_accounts_paid", OURS["paid"])):
        await record(net, source="briefing", of="typed", indicator=indicator, year=2021, value=value)
    async with at_desk(net, "supervisor") as person:
        fields = {"kind": "coffee_visit", "day": "2021-10-01", "people": "17"}
        page = await person.does(f"/records?county={COUNTY}", "/records", {"of": "activity"}, **fields)
        assert page.path == "/records" and "A cup of coffee" in page.text
        page = await person.does(f"/records?county={COUNTY}", "/records", {"of": "activity"}, day="2021-10-01")
        assert page.status == 422, "without its kind it is no activity"
        sheet = await person.opens(f"/yearly?county={COUNTY}&year=2021")
        coverage = sheet.part("coverage")
        for shown in ("17 / 18", "阿里山鄉", "47 / 362"):
            assert shown in coverage
        rows = sheet.part("indicators").split("<tr")[1:]
        for value, target, said in (("13.0 %", "15 %", "below it"), ("99.11 %", "85 %", "reached"),
                                    ("84.1 %", "85 %", "below it")):  # fmt: skip
            [row] = [row for row in rows if value in row]
            assert target in row and said in row, value
        assert "133 = 132 + 1" in sheet.part("by_kind")
        answer = await person.http.get(f"/yearly.xlsx?county={COUNTY}&year=2021")
        book = openpyxl.load_workbook(BytesIO(answer.content)).active
        lines = [[value for value in line if value is not None] for line in book.iter_rows(values_only=True)]
        assert ["Youth service", 132, "—"] in lines and any("阿里山鄉" in line for line in lines)
        if FONTS.is_dir():
            answer = await person.http.get(f"/yearly.pdf?county={COUNTY}&year=2021")
            pages = PdfReader(BytesIO(answer.content)).pages
            text = "".join("".join(each.extract_text() for each in pages).split())
            assert "17/18" in text and "阿里山鄉" in text
            links = [note.get_object() for each in pages for note in each.get("/Annots", ())]
            assert any("of=coverage" in str(link.get("/A")) for link in links)
