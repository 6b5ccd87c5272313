"""A person is looked for by name and birth date, or by number: what the searcher may see, and a look on record."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from contracts.people import Person, Role
from contracts.reports import Report
from kit.sealed import BlindIndexes
from rules.people import keys_of, named_in

from tests.integration.network_desk import Page, at_desk
from tests.integration.network_stage import CENTRE, COUNTY, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

NUMBER = "A128394702"
CHILD = Person(role=Role.SUBJECT, name="林小美", national_id=NUMBER, birth_date=date(2019, 3, 12))
TEACHER = Person(role=Role.WITNESS, name="王淑芬", birth_date=date(1980, 5, 1))
NAMED: dict[str, Any] = {"name": "林 小美", "birth_date": "2019-03-12"}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        index = BlindIndexes(base64.b64decode(settings_env["blind_index_key"])).of
        form = Report.model_construct(people=(CHILD, TEACHER))  # type: ignore[call-arg]
        family = sorted(keys_of(form, index).family)
        people = named_in(form, "r1", index)
        await running.decide(decided("r1", family=family, people=people))
        there = {"county": "tainan-city", "unit": "tainan-city/protection"}
        await running.decide(decided("r9", family=family, people=people, **there))
        await running.case_of("r1")
        await running.case_of("r9", "tainan")
        yield running


async def looks(net: Stage, role: str = "supervisor") -> list[dict[str, Any]]:
    return list((await net.get("/v1/looks", role)).json()["looks"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"national_id": " a128-394702"}, 1),
        (NAMED, 1),
        ({"name": "林小美", "birth_date": "1080312"}, 1),
        ({"name": "王淑芬", "birth_date": "1980-05-01"}, 1),
        ({"name": "林小美", "birth_date": "2018-03-12"}, 0),
        ({"national_id": "Q222222220"}, 0),
    ],
)
async def test_a_person_is_found_by_number_or_by_name_and_birth_date(
    net: Stage, asked: dict[str, str], found: int
) -> None:
    cases = (await net.did("/v1/cases/searches", asked, PROTECTION))["cases"]
    assert [case["county"] for case in cases] == [COUNTY] * found
    [look] = await looks(net)
    assert (look["what"], look["by"], look["case_id"]) == (
        "search", f"worker of {PROTECTION}", cases[0]["case_id"] if found else "",
    )  # fmt: skip


async def test_who_may_not_see_a_case_learns_nothing_of_it(net: Stage) -> None:
    assert (await net.did("/v1/cases/searches", NAMED, CENTRE)) == {"cases": [], "next": None}
    assert [look["case_id"] for look in await looks(net)] == [""]
    assert [look["by"] for look in await looks(net, f"supervisor of {CENTRE}")] == [f"worker of {CENTRE}"]
    assert await looks(net, f"supervisor of {PROTECTION}") == []
    [case] = (await net.did("/v1/cases/searches", NAMED, "tainan"))["cases"]
    assert case["county"] == "tainan-city"


async def test_who_asks_for_many_in_vain_is_seen_and_nobody_is_named(net: Stage) -> None:
    for year in (2011, 2012, 2012):
        await net.did("/v1/cases/searches", NAMED | {"birth_date": f"{year}-03-12"}, PROTECTION)
    await net.did("/v1/cases/searches", NAMED, PROTECTION)
    found, *in_vain = await looks(net)
    assert found["case_id"] and found["sought"] not in {each["sought"] for each in in_vain}
    assert [len({each["sought"] for each in in_vain}), len(in_vain)] == [2, 3], "one person asked for twice is one"
    case = str(await net.database["cases"].find_one({}))
    assert not [each for each in in_vain if each["sought"] in case], "no case is found by what a look keeps"
    async with at_desk(net, "supervisor") as supervisor:
        page = await supervisor.opens("/looks")
        assert page.text.count("asked for 2 different people in vain within 30 days") == 3
        assert in_vain[0]["sought"][-8:] in page.text


async def test_what_is_found_beyond_a_page_is_a_press_away(net: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await net.database["cases"].find_one({"county": COUNTY})
    assert stored
    await net.database["cases"].insert_many([{**stored, "_id": f"{stored['_id']}-{n}"} for n in range(4)])
    monkeypatch.setattr("network.cases.searching.MOST", 2)
    monkeypatch.setattr("network.cases.pages.MOST", 2)
    found: list[str] = []
    after: dict[str, str] | None = {}
    while after is not None:
        answer = await net.did("/v1/cases/searches", NAMED | after, PROTECTION)
        found += [case["case_id"] for case in answer["cases"]]
        after = {"after": answer["next"]} if answer["next"] else None
    assert len(found) == len(set(found)) == 5
    async with at_desk(net, PROTECTION) as worker:
        page = await worker.does("/cases", "/cases/search", **NAMED)
        seen: set[str] = set()
        for _ in range(3):
            seen |= {id for id in found if f'"/cases/{id}"' in page.text}
            if more := page.forms("/cases/search")[1:]:
                answered = await worker.http.post("/cases/search", data=dict(more[0].filled({})))
                page = Page(answered.status_code, answered.url.path, answered.text)
        assert seen == set(found)
        path, seen = f"/cases?serial={str(stored['_id'])[:8]}", set()
        while path:
            text = (await worker.opens(path)).text
            seen |= {id for id in found if f'"/cases/{id}"' in text}
            path = next(iter(re.findall(r'"(/cases\?[^"]*after=[^"]+)"', text)), "").replace("&amp;", "&")
        assert seen == set(found)


async def test_half_a_person_is_not_looked_for(net: Stage) -> None:
    for asked in ({}, {"name": "林小美"}, {"birth_date": "2019-03-12"}, {"national_id": "A123456780"}):
        answer = await net.post("/v1/cases/searches", asked, PROTECTION)
        assert answer.status_code == 422, asked
        assert "A123456780" not in answer.text
    assert await looks(net) == []


async def test_a_page_finds_a_person_and_no_address_says_whom(net: Stage) -> None:
    async with at_desk(net, PROTECTION) as worker, at_desk(net, CENTRE) as other:
        page = await worker.does("/cases", "/cases/search", **NAMED | {"birth_date": "民國108年3月12日"})
        case = (await net.case_of("r1"))["case_id"]
        assert (page.status, page.path) == (200, "/cases/search")
        assert f"/cases/{case}" in page.text
        assert "This search is on record" in page.text
        nothing = await other.does("/cases", "/cases/search", **NAMED)
        assert "/cases/" + case not in nothing.text
        assert "No case that you may see names this person" in nothing.text
        wrong = await worker.does("/cases", "/cases/search", name="林小美")
        assert (wrong.status, "Correct the fields" in wrong.text) == (422, True)
        assert (await worker.opens("/cases/search")).path == "/cases", "reloading asks for nobody again"
    async with at_desk(net, "supervisor") as supervisor:
        page = await supervisor.opens("/looks")
        assert "Searched for a person" in page.text
        assert "林小美" not in page.text
    stored = [document async for document in net.database["looks"].find()]
    assert len(stored) == 2
    assert not any(each in str(stored) for each in ("林", "2019-03-12", "2019, 3, 12", "108年3月12日"))


async def test_looking_for_a_person_reads_no_more_than_what_it_finds(net: Stage) -> None:
    query = {"$or": [{"family_keys": {"$in": ["x"]}}, {"people.key": {"$in": ["x"]}}], "state": {"$ne": "merged"}}
    plan = await net.database["cases"].find(query).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
