"""What the briefings print about meetings, played through the API: calendars, rules, lists, levels, decisions."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from contracts.decisions import PersonKey
from contracts.topics import DECISIONS

from tests.integration.kafka_reading import taken as all_taken
from tests.integration.network_desk import HEADERS, at_desk
from tests.integration.network_life import FAMILY, ahead, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, item_on, planned, series, topic
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
# Chiayi County, deck of 2023, L182-211 and L275-282; of 2021, L593-625.
HIGH_RISK = ["01-17", "02-21", "03-21", "04-18", "05-16", "06-20", "07-18", "08-15", "09-19", "10-17", "11-21", "12-19"]
CHILDREN = ["02-21", "03-29", "04-26", "05-24", "06-28", "07-26", "08-23", "09-27", "10-24", "11-22", "12-15"]
COUNTYS = ["04-19", "08-16", "12-20"]
EDUCATION, HEALTH, CIVIL = (f"{COUNTY}/{each}" for each in ("education", "health", "civil_affairs"))
CHAIRS = [PROTECTION, POLICE, HEALTH, EDUCATION]
HIGH = [{"tool": "sdm", "result": "high"}]


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


def days(year: int, printed: list[str]) -> list[str]:
    return [f"{year}-{day}" for day in printed]


async def assess(net: Stage, case: str, **more: Any) -> None:
    await net.did(f"/v1/cases/{case}/assessments", {"opened": True, "needs": ["child_development"]} | more, PROTECTION)


async def test_the_calendars_of_2023_as_printed_with_their_chairs_and_the_day_on_which_they_collide(net: Stage) -> None:
    third_tuesday = {"every": "month", "nth": 3, "weekday": 1}
    high = await series(net, "high_risk_violence", 2023, chairs=CHAIRS, rhythm=third_tuesday, first_chair=EDUCATION)
    children = await series(net, "child_protection_joint", 2023, days(2023, CHILDREN), chairs=CHAIRS)
    county = await series(net, "county", 2023, days(2023, COUNTYS), level="county")
    health = await series(
        net, "psychiatric_regional", 2023, days(2023, ["03-09", "06-15"]), host=HEALTH, chairs=[HEALTH]
    )
    assert [each["at"][5:10] for each in high] == HIGH_RISK
    assert high[0]["chair"] == EDUCATION
    assert sorted(each["chair"] for each in high) == sorted(CHAIRS * 3)
    assert [each["chair"] for each in children] == (CHAIRS * 3)[:11]
    assert (len(high), len(children), len(county), len(health)) == (12, 11, 3, 2)
    [collision] = [each for each in children if each["collides_with"]]
    assert collision["at"][:10] == "2023-02-21"
    assert collision["collides_with"][0]["units"] == sorted(SIX)
    off = await net.post(
        "/v1/series", {"level": "bureau", "purpose": "bureau", "chairs": CHAIRS, "host": HEALTH}, SECRETARY
    )
    refused = await net.post(
        f"/v1/series/{off.json()['series_id']}/plan", {"year": 2023, "dates": ["2023-02-28"]}, SECRETARY
    )
    assert refused.json()["errors"][0]["code"] == "day_off"
    net.app.state.meetings.clock = lambda: datetime(2023, 4, 1, tzinfo=UTC)
    file = await net.get("/v1/meetings.ics", SECRETARY)
    assert file.text.count("BEGIN:VEVENT") == 28, "from the last months on"
    net.app.state.meetings.clock = lambda: datetime(2023, 10, 1, tzinfo=UTC)
    file = await net.get("/v1/meetings.ics", SECRETARY)
    assert file.text.count("BEGIN:VEVENT") == 14
    await net.did(f"/v1/meetings/{high[0]['meeting_id']}/chair", {"swap_with": high[1]["meeting_id"]}, SECRETARY)
    assert [(await at_meeting(net, each["meeting_id"]))["chair"] for each in high[:2]] == [PROTECTION, EDUCATION]


async def test_eight_liaison_meetings_give_three_two_one_two(net: Stage) -> None:
    met = ["education"] * 3 + ["civil_affairs"] * 2 + ["household_registration"] + ["community"] * 2
    about = ["remote_areas", "emergency_relief", "emergency_relief", "planning", "planning"]
    for number, partner in enumerate(met):
        more = {"level": "district", "purpose": "liaison", "held_with": partner, "topics": about[number : number + 1]}
        id = await planned(net, f"2021-0{number + 1}-20T14:00:00+08:00", **more)
        present = [{"unit": PROTECTION, "heads": 3}, {"unit": EDUCATION, "heads": 2}]
        await net.did(f"/v1/meetings/{id}/attendance", {"present": present}, SECRETARY)
        if number == 0:
            item = await topic(net, id, "remote_areas")
            made = await decide(net, id, item, EDUCATION, ahead(9), what="open_a_site")
    asked = {"county": COUNTY, "from": "2021-01-01", "to": "2021-08-31"}
    figures = (await net.get("/v1/statistics/meetings", "officer", **asked)).json()
    assert figures["held"] == 8
    assert figures["held_with"] == {"education": 3, "civil_affairs": 2, "household_registration": 1, "community": 2}
    assert figures["topics"] == {"remote_areas": 1, "emergency_relief": 2, "planning": 2}
    assert {"unit": EDUCATION, "asked": 8, "present": 8, "heads": 16} in figures["attendance"]
    # No quorum of six came, so it is a proposal until a meeting that may decide takes it.
    assert (made["state"], figures["decisions"], figures["unable"]) == ("proposed", {"proposed": 1}, 8)


async def test_the_last_of_three_facts_the_day_before_puts_a_case_on_the_agenda_with_the_reason(net: Stage) -> None:
    joint = await planned(net, ahead(1), purpose="child_protection_joint")
    case = await taken(net)
    await assess(net, case, tools=HIGH, service_mode="family_preservation")
    assert (await at_meeting(net, joint))["items"] == []
    await net.decide(decided("r2", family=["a"], people=FAMILY))
    await until(lambda: _items(net, joint))
    [item] = (await at_meeting(net, joint))["items"]
    assert (item["case_id"], item["always"], item["came"]) == (case, True, "included")
    [why] = item["because"]
    assert why["rule"] == "joint_child_protection"
    assert why["facts"] == {"sdm": "3", "service_mode": "family_preservation", "rereported": "true"}
    await assess(net, case, tools=HIGH, service_mode="family_preservation")
    assert len((await at_meeting(net, joint))["items"]) == 1


async def _items(net: Stage, id: str) -> Any:
    return (await at_meeting(net, id))["items"]


async def test_listed_at_nine_kept_at_eight_off_at_seven_and_back_after_an_incident(net: Stage) -> None:
    high = await planned(net, ahead(3), purpose="high_risk_violence")
    case = await taken(net)
    await assess(net, case, tools=[{"tool": "tipvda", "score": 9}])
    [listing] = (await net.get("/v1/listings", SECRETARY, case_id=case)).json()["listings"]
    assert (listing["measured"], listing["because"], listing["listed_by"]) == (9, "high_risk_tool", "rule")
    assert (await net.get(f"/v1/cases/{case}")).json()["listings"] == ["high_risk_domestic_violence"]
    [item] = (await at_meeting(net, high))["items"]
    at, here, lists = f"/v1/listings/{listing['listing_id']}", f"/meetings/{high}", "/meetings/lists"
    form = f"{here}/items/{item['item_id']}"
    async with at_desk(net, SECRETARY) as secretary, at_desk(net, PROTECTION) as worker:
        assert (await net.post(f"{at}/delisting", {}, SECRETARY)).json()["errors"][0]["code"] == "not_measured_again"
        refused = await secretary.does(here, f"{form}/delisting")
        assert (refused.status, "not measured again since" in refused.part("problem")) == (409, True)
        assert "<details open><summary>Take off the list" in refused.part("agenda")
        await assess(net, case, tools=[{"tool": "tipvda", "score": 8}])
        assert (await net.post(f"{at}/delisting", {}, SECRETARY)).json()["errors"][0]["code"] == "not_below_threshold"
        refused = await secretary.does(here, f"{form}/delisting", score="8")
        assert "not below the threshold" in refused.part("problem") and "last gave 8" in refused.part("agenda")
        await secretary.does(here, f"{form}/keeping", reason="threshold")
        row = (await secretary.opens(lists)).part("listed")
        assert [each in row for each in (case[:8], "TIPVDA of 8 or more", "last kept")] == [True] * 3
        await _nothing_of_lists(net, high, form, listing["listing_id"])
        await assess(net, case, tools=[{"tool": "tipvda", "score": 7}])
        await worker.does(here, f"{form}/delisting")
        [off] = (await net.get("/v1/listings", SECRETARY, case_id=case)).json()["listings"]
        assert off["until"]
        assert len(off["kept"]) == 1
        assert (await net.get(f"/v1/cases/{case}")).json()["listings"] == []
        seen = [case[:8] in (await worker.opens(path)).part("listed") for path in (lists, f"{lists}?left=1")]
        assert seen == [False, True]
        await net.did(f"/v1/meetings/{high}/items/{item['item_id']}/drop", {"reason": "delisted"}, SECRETARY)
        page = await worker.does(f"/cases/{case}", f"/cases/{case}/incidents", unit=POLICE)
        assert page.part("meetings").count("Known to Police") == 1, page.part("meetings")
        [back] = (await at_meeting(net, high))["items"]
        assert [each["rule"] for each in back["because"]] == ["again_within_a_year"]
        await secretary.does(here, f"{here}/items/{back['item_id']}/listing", reason="持刀威脅")
        assert "on the list since" in (await secretary.opens(here)).part(back["item_id"])
    assert (await net.get(f"/v1/cases/{case}")).json()["listings"] == ["high_risk_domestic_violence"]


async def _nothing_of_lists(net: Stage, meeting: str, form: str, listing: str) -> None:
    """Whoever sits there and has no part in the case sees no list of it, and may do nothing to it."""
    async with at_desk(net, POLICE) as member:
        page = await member.opens(f"/meetings/{meeting}")
        [adding] = page.forms(f"/meetings/{meeting}/items")
        fields = dict(adding.filled({"reason": "none"})) | {"listing": listing}
        answer = await member.http.post(f"{form}/keeping", content=urlencode(fields), headers=HEADERS)
        assert (page.forms(f"{form}/keeping"), answer.status_code) == ([], 404)
        assert "No case that you may see" in (await member.opens("/meetings/lists")).part("listed")


@pytest.mark.parametrize(
    ("third", "order", "called"),
    [("04-09", (0, 1, 2), True), ("04-09", (2, 0, 1), True), ("04-11", (0, 1, 2), False)],
    ids=["within", "whichever comes first", "a day too late"],
)
async def test_three_reports_of_schools_within_three_months(
    net: Stage, third: str, order: tuple[int, ...], *, called: bool
) -> None:
    """Changhua County, deck of 2023, L279-306; reports about one pupil may arrive in any order."""
    pupil = (PersonKey(key="person:pupil", role="subject", birth_year=2009),)
    days = ("01-10", "02-20", third)
    for count, number in enumerate(order, 1):
        at = f"2026-{days[number]}T10:00:00+08:00"
        more = {"source_unit": "education", "agency_id": f"school {number}", "people": pupil, "received_at": at}
        await net.decide(decided(f"school-{number}", "no_dispatch", family=["b"], **more))
        await until(lambda seen=count: _seen(net, seen))
    repeats = {"source_unit": "education", "people": pupil, "received_at": "2026-02-21T10:00:00+08:00"}
    await net.decide(decided("again", "duplicate", duplicate_of="school-1", **repeats))
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS])
    assert await _seen(net, 4)
    found = (await net.get("/v1/meetings", SECRETARY, purpose="school_self_harm")).json()["meetings"]
    assert len(found) == called
    if called:
        [conference] = found
        assert (conference["state"], conference["fixed"], len(conference["units"])) == ("called", False, 5)
        [item] = (await at_meeting(net, conference["meeting_id"]))["items"]
        assert item["because"][0]["facts"] == {"reports": "3", "days": "2026-01-10, 2026-02-20, 2026-04-09"}


async def test_a_pupil_who_is_known_under_two_keys_is_one(net: Stage) -> None:
    one, two = ({"role": "subject", "birth_year": 2009} | {"key": f"person:{each}"} for each in ("number", "name"))
    known = [one, two | {"also": ["person:number"]}, two | {"also": ["person:number"]}, two]
    days = ("01-10", "02-20", "02-21", "04-09")
    for number, (who, day) in enumerate(zip(known, days, strict=True)):
        repeats = {"duplicate_of": "school-1"} if number == 2 else {}
        people = (PersonKey.model_validate(who), PersonKey.model_validate(one)) if number == 1 else None
        await net.decide(decided(
            f"school-{number}", "duplicate" if repeats else "no_dispatch", source_unit="education",
            people=people or (PersonKey.model_validate(who),), received_at=f"2026-{day}T10:00:00+08:00", **repeats,
        ))  # fmt: skip
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS])
    await until(lambda: _seen(net, 4))
    found = (await net.get("/v1/meetings", SECRETARY, purpose="school_self_harm")).json()["meetings"]
    [item] = (await at_meeting(net, found[0]["meeting_id"]))["items"]
    assert len(found) == 1
    assert item["because"][0]["facts"] == {"reports": "3", "days": "2026-01-10, 2026-02-20, 2026-04-09"}


async def _seen(net: Stage, reports: int) -> bool:
    return await net.database["school_reports"].count_documents({}) == reports


async def test_the_two_decisions_of_2023_04_19_are_tasks_and_reported_on_08_16_with_their_figures(net: Stage) -> None:
    first, second, _ = await series(net, "county", 2023, days(2023, COUNTYS), level="county", chairs=[PROTECTION])
    id, then = first["meeting_id"], second["meeting_id"]
    item = await topic(net, id, "unserved_families")
    await come(net, id)
    due = "2030-08-01T17:00:00+08:00"
    invite = await decide(net, id, item, PROTECTION, due, what="invite_chief_to_visits", collaborators=[HEALTH])
    listed = await decide(net, id, item, CIVIL, due, what="list_to_civil_affairs", collaborators=[PROTECTION])
    owed = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert {each["what"] for each in owed} >= {"invite_chief_to_visits", "help_with_decision"}
    await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    said = {"state": "done", "evidence": "counted"}
    at = f"/v1/meetings/{then}/items/{item}/decisions"
    visits = {"visits": 10, "with_chief": 7, "declined": 2, "not_asked": 1}
    await net.did(f"{at}/{invite['decision_id']}/outcome", said | {"figures": visits}, PROTECTION)
    sheets = {"households": 12, "villages": 5, "confirmed": 5, "answers": 3}
    await net.did(f"{at}/{listed['decision_id']}/outcome", said | {"figures": sheets}, SECRETARY)
    await come(net, then)
    assert (await item_on(net, then, item))["came"] == "unfinished"
    minutes = (await net.get(f"/v1/meetings/{then}/minutes", SECRETARY)).json()
    [entry] = minutes["entries"]
    assert [each["reported"][0]["figures"] for each in entry["reported"]] == [visits, sheets]
    await net.did(f"/v1/meetings/{then}/items/{item}/closing", {}, PROTECTION)
    early = await net.post(f"/v1/meetings/{then}/minutes/approval", {}, PROTECTION)
    assert early.json()["errors"][0]["code"] == "meeting_not_ended"
    await net.did(f"/v1/meetings/{then}/end", {}, SECRETARY)
    assert (await net.post(f"/v1/meetings/{then}/minutes/approval", {}, LABOUR)).status_code == 403
    approved = await net.did(f"/v1/meetings/{then}/minutes/approval", {}, PROTECTION)
    assert (approved["state"], bool(approved["approved_at"])) == ("minuted", True)


async def test_stuck_twice_it_is_proposed_for_the_level_above_and_its_answer_comes_back(net: Stage) -> None:
    district = {"level": "district", "purpose": "district"}
    first, second, third = [
        await planned(net, f"2023-{day}T14:00:00+08:00", **district) for day in ("05-10", "06-10", "09-13")
    ]
    bureau = await planned(net, "2023-08-16T14:00:00+08:00")
    item = await topic(net, first)
    for id in (first, second):
        await come(net, id)
        assert (await item_on(net, id, item))["raise_to"] is None
        await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    stuck = await item_on(net, third, item)
    assert (stuck["stuck"], stuck["raise_to"]) == (2, "bureau")
    same = await net.post(f"/v1/meetings/{third}/items/{item}/raise", {"to": "district", "reason": "stuck"}, SECRETARY)
    assert same.json()["errors"][0]["code"] == "not_a_level_above"
    await net.did(f"/v1/meetings/{third}/date", {"at": "2023-08-02T14:00:00+08:00"}, SECRETARY)
    last = await planned(net, "2023-10-11T14:00:00+08:00", **district)
    await net.did(f"/v1/meetings/{third}/items/{item}/raise", {"to": "bureau", "reason": "區級無法解決"}, SECRETARY)
    assert (await at_meeting(net, third))["items"] == []
    [up] = (await at_meeting(net, bureau))["items"]
    assert (up["item_id"], up["came"], up["level"], len(up["sittings"])) == (item, "raised", "bureau", 4)
    await come(net, bureau)
    made = await decide(net, bureau, item, POLICE, "2030-01-01T00:00:00+08:00")
    await net.did(f"/v1/meetings/{bureau}/items/{item}/answer", {"text": "由警政主責"}, SECRETARY)
    [down] = (await at_meeting(net, last))["items"]
    assert (down["item_id"], down["came"], down["level"]) == (item, "answered", "district")
    assert [each["decision_id"] for each in down["decisions"]] == [made["decision_id"]]
    assert down["raised"][0]["answered_by"] == SECRETARY


async def test_a_case_that_is_stuck_twice_goes_by_the_district_to_the_county_as_one_item(net: Stage) -> None:
    """Item 73: 06-10 the district, 08-16 the county; every level's decision is on the case page."""
    conference = {"level": "case_conference", "purpose": "case_conference"}
    district = {"level": "district", "purpose": "district"}
    first, second, third = [await planned(net, _at_two(day), **conference) for day in ("04-12", "05-10", "05-31")]
    here, later = [await planned(net, _at_two(day), **district) for day in ("06-10", "09-13")]
    county = await planned(net, _at_two("08-16"), level="county", purpose="county")
    everywhere, case = (first, second, third, here, later, county), await taken(net)
    added = await net.did(f"/v1/meetings/{first}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    item = added["items"][0]["item_id"]
    for id in (first, second):
        await come(net, id)
        await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
        assert await _agendas_with(net, item, everywhere) == [second if id == first else third]
    assert (await item_on(net, third, item))["raise_to"] == "district"
    await net.did(f"/v1/meetings/{third}/items/{item}/raise", {"to": "district", "reason": "stuck_twice"}, SECRETARY)
    assert await _agendas_with(net, item, everywhere) == [here]
    await come(net, here)
    due = "2030-01-01T17:00:00+08:00"
    await decide(net, here, item, POLICE, due, what="patrol")
    await net.did(f"/v1/meetings/{here}/items/{item}/raise", {"to": "county", "reason": "stuck_twice"}, SECRETARY)
    assert await _agendas_with(net, item, everywhere) == [county]
    await come(net, county)
    await decide(net, county, item, LABOUR, due, what="one_post")
    again = await net.did(f"/v1/meetings/{county}/items", {"case_id": case, "reason": "asked_again"}, PROTECTION)
    assert [each["item_id"] for each in again["items"]] == [item], "who adds it again adds a reason"
    await net.did(f"/v1/meetings/{county}/items/{item}/answer", {"text": "府級決議：專案名額一名"}, SECRETARY)
    assert await _agendas_with(net, item, everywhere) == [later]
    seen = (await net.get(f"/v1/cases/{case}", PROTECTION)).json()
    assert [(each["level"], each["what"], each["lead"]) for each in seen["decisions"]] == [
        ("district", "patrol", POLICE), ("county", "one_post", LABOUR),
    ]  # fmt: skip
    assert set(seen["meetings"]) == set(everywhere)
    async with at_desk(net, PROTECTION) as worker:
        page = (await worker.opens(f"/cases/{case}")).part("meetings")
    assert "patrol" in page and "one_post" in page
    assert all(f"/meetings/{id}#" in page for id in everywhere)


def _at_two(day: str) -> str:
    return f"2023-{day}T14:00:00+08:00"


async def _agendas_with(net: Stage, item: str, meetings: tuple[str, ...]) -> list[str]:
    return [id for id in meetings if item in [each["item_id"] for each in (await at_meeting(net, id))["items"]]]


async def test_an_item_of_the_nuisance_scheme_invites_its_four_bureaus_with_their_duties(net: Stage) -> None:
    """Kaohsiung City, deck of 2023, L314-318."""
    id = await planned(net, ahead(5), level="county", purpose="county", units=[PROTECTION])
    item = await topic(net, id, "nuisance_case", scheme="nuisance")
    meeting = await at_meeting(net, id)
    assert set(meeting["units"]) == {PROTECTION, POLICE, HEALTH, CIVIL}
    assert (await item_on(net, id, item))["duties"] == {
        POLICE: "keep_order", HEALTH: "medical_assessment", PROTECTION: "family_service", CIVIL: "neighbourhood",
    }  # fmt: skip
    assert (await net.get(f"/v1/meetings/{id}", EDUCATION)).status_code == 404
    assert (await at_meeting(net, id, HEALTH))["items"][0]["scheme"] == "nuisance"
