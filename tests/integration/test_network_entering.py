"""Who enters a programme by themselves: by a report, an assessment, a closing; once, whatever comes again."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.decisions import PersonKey
from contracts.topics import ENROLMENTS
from network.programmes.domain.rules import Happening, Person

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_life import taken
from tests.integration.network_stage import CENTRE, COUNTY, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
EDUCATION, HEALTH = f"{COUNTY}/education", f"{COUNTY}/mental_health"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


def school(report: str, grade: str | None, who: str | None = "k:student", **more: Any) -> Any:
    people = (PersonKey(key=who, role="subject", birth_year=datetime.now(UTC).year - 15),) if who else ()
    heard = datetime.now(UTC) - timedelta(minutes=5)
    facts = {"source_unit": "education", "kinds": ("self_harm",), "crisis_grade": grade, "people": people}
    facts |= {"outcome": "welfare_centre", "unit": CENTRE, "received_at": heard, "decided_at": heard}
    return decided(report, **facts | more)


async def enrolled(net: Stage, programme: str) -> list[dict[str, Any]]:
    found = await net.get("/v1/enrolments", "supervisor", programme=programme)
    return list(found.json()["enrolments"])


async def kept(net: Stage, programme: str, count: int = 1) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]] | None:
        found = await enrolled(net, programme)
        return found if len(found) >= count else None

    found: list[dict[str, Any]] = await until(there)
    assert len(found) == count
    return found


async def heard(net: Stage, report: str) -> None:
    """The next decision of another family was taken in: so was whatever came before it."""
    await net.decide(school(report, None, f"k:{report}"))

    async def there() -> bool:
        return await net.database["enrolments"].count_documents({"heard.about": report}) == 2

    await until(there)


async def test_an_act_at_school_is_escorted_and_told_once_whatever_comes_again(net: Stage) -> None:
    await net.decide(school("r1", "act"), id="d1")
    [it] = await kept(net, "school_self_harm")
    assert (it["stage"], it["entered_by"], it["unit"], it["person"]) == ("crisis", "rule", EDUCATION, "k:student")
    why = it["heard"][0]
    assert (why["rule"], why["after"], why["about"]) == ("school_reported_act", "report", "r1")
    assert why["facts"] == {"source_unit": "education", "kinds": "self_harm", "crisis_grade": "act"}
    escort = next(each for each in it["tasks"] if each["task"] == "escort_to_hospital")
    due, begun = (datetime.fromisoformat(each) for each in (escort["due"], it["begun_at"]))
    assert (due - begun, escort["unit"]) == (timedelta(hours=1), EDUCATION)
    tasks = [each async for each in net.database["tasks"].find({"because.id": it["enrolment_id"], "state": "open"})]
    assert {each["unit"] for each in tasks} == {EDUCATION, HEALTH} and all(each["case_id"] for each in tasks)

    await net.decide(school("r1", "act"), id="d1")  # again, as Kafka may
    await net.decide(school("r1", "act", version=2))  # decided again
    await heard(net, "r-next")
    [same] = [each for each in await enrolled(net, "school_self_harm") if each["person"] == "k:student"]
    assert (len(same["history"]), len(same["heard"])) == (2, 1)

    path = f"/v1/enrolments/{it['enrolment_id']}"
    told = {"answer": "out_of_danger", "told": ["mental_health", "parents"]}
    await net.did(f"{path}/answers", told, "supervisor")
    await net.decide(school("r2", "act"))  # the same student, another day
    await heard(net, "r-after")
    [again] = [each for each in await enrolled(net, "school_self_harm") if each["person"] == "k:student"]
    assert (again["stage"], len(again["heard"])) == ("crisis", 2)

    await net.did(f"{path}/end", {"reason": "mistake"}, "supervisor")
    await net.decide(school("r2", "act"))
    await heard(net, "r-late")
    mine = [each for each in await enrolled(net, "school_self_harm") if each["person"] == "k:student"]
    assert [each["state"] for each in mine] == ["ended"], "what a person ended for a reason is not begun by a replay"

    await all_sent(net.database["enrolments"])
    records = await on_topic(net.kafka, net.prefix, ENROLMENTS)
    events = [json.loads(each.value) for each in records if it["enrolment_id"] in str(each.key)]
    calls = [(each["stage"], each["calls"], each["priority"]) for each in events if each.get("calls")]
    assert calls == [("crisis", [EDUCATION, HEALTH], 1)] * 2


async def test_a_report_that_names_nobody_is_followed_and_gets_the_name_when_it_is_said(net: Stage) -> None:
    await net.decide(school("r1", "plan", None))
    [it] = await kept(net, "school_self_harm")
    assert (it["stage"], it["person"]) == ("urgent", "report:r1")
    await net.decide(school("r1", "act", version=2))
    await heard(net, "r-next")
    [mine] = [each for each in await enrolled(net, "school_self_harm") if each["enrolment_id"] == it["enrolment_id"]]
    assert (mine["stage"], mine["person"]) == ("crisis", "k:student")


async def test_what_is_another_countys_enters_nobody(net: Stage) -> None:
    await net.decide(school("r1", "act", outcome="transferred", transferred_to="tainan-city", unit=None))
    await heard(net, "r-next")
    assert all(each["person"] != "k:student" for each in await enrolled(net, "school_self_harm"))


async def test_two_replicas_that_hear_at_once_begin_one(net: Stage) -> None:
    entering = net.app.state.entering
    facts = {"source_unit": "education", "kinds": frozenset({"self_harm"}), "crisis_grade": "act"}
    at = datetime.now(UTC) - timedelta(minutes=1)

    async def hear(report: str) -> None:
        it = Happening("report", report, COUNTY, at, facts, (Person("k:x", 2010),), report_id=report)
        await entering.book.change(lambda session: entering.hear(it, session))

    await asyncio.gather(*(hear(report) for report in ("a", "a", "b", "a", "b")))
    [it] = await enrolled(net, "school_self_harm")
    assert sorted(each["about"] for each in it["heard"]) == ["a", "b"] and it["stage"] == "crisis"


async def test_an_assessment_by_icf_is_visited_the_same_day(net: Stage) -> None:
    case_id = await taken(net)
    body = {"opened": True, "tools": [{"tool": "icf", "score": 2}, {"tool": "bsrs5", "score": 9}]}
    for _ in range(2):
        assert (await net.post(f"/v1/cases/{case_id}/assessments", body, PROTECTION, key="k")).is_success
    [it] = await enrolled(net, "disability_priority_visit")
    assert it["case_id"] == case_id and it["heard"][0]["facts"] == {"tool": "icf", "score": "2.0"}
    visit = next(each for each in it["tasks"] if each["task"] == "priority_visit")
    assert datetime.fromisoformat(visit["due"]) - datetime.fromisoformat(it["begun_at"]) == timedelta(hours=24)
    await net.did(f"/v1/cases/{case_id}/assessments", body | {"tools": [{"tool": "icf", "score": 1}]}, PROTECTION)
    [same] = await enrolled(net, "disability_priority_visit")
    assert len(same["heard"]) == 1
