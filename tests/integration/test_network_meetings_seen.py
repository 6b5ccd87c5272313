"""Meetings: whose lists and eyes what is owed, written and said comes to, and nobody else's."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from rules.counties import units_of

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, at_work, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, item_on, planned, series, topic
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real

GUEST = "tainan-city/health"
WHY = "家屬當日開庭，改由下次會議討論"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def tasks_of(net: Stage, role: str) -> set[tuple[str, str]]:
    found = (await net.get("/v1/tasks", role)).json()["tasks"]
    return {(each["what"], each["unit"]) for each in found if each["because"]["kind"] in ("item", "decision")}


async def test_what_a_guest_owes_is_on_its_own_countys_list_and_on_no_list_of_the_host(net: Stage) -> None:
    id = await planned(net, ahead(1))
    item = await topic(net, id, "跨縣市個案", guests=[GUEST])
    await net.did(f"/v1/meetings/{id}/call", {}, SECRETARY)
    assert await tasks_of(net, "tainan") == {("write_paper", GUEST)}
    assert GUEST not in {unit for _, unit in await tasks_of(net, "supervisor")}
    await come(net, id)
    elsewhere = {"what": "visit_together", "lead": "yunlin-county/police", "due_at": ahead(20)}
    refused = await net.post(f"/v1/meetings/{id}/items/{item}/decisions", elsewhere, SECRETARY)
    assert refused.json()["errors"][0]["code"] == "unit_unknown"
    made = await decide(net, id, item, GUEST, ahead(20))
    assert ("visit_together", GUEST) in await tasks_of(net, "tainan")
    assert GUEST not in {unit for _, unit in await tasks_of(net, "supervisor")}
    async with at_desk(net, "head_of_tainan") as head:
        page = await head.opens("/today")
        assert f"/meeting-items/{made['decision_id']}" in page.text
        there = await head.opens(f"/meeting-items/{made['decision_id']}")
        assert (there.status, there.path) == (200, f"/meetings/{id}")
    async with at_desk(net, f"{COUNTY}/welfare_centre.minxiong") as stranger:
        assert (await stranger.opens(f"/meeting-items/{made['decision_id']}")).status == 404
    at = f"/v1/meetings/{id}/items/{item}/decisions/{made['decision_id']}/outcome"
    assert (await net.post(at, {"state": "done", "evidence": "visited"}, "tainan")).is_success
    assert ("visit_together", GUEST) not in await tasks_of(net, "tainan")


async def test_a_decision_that_is_handed_on_is_seen_by_whom_it_was_handed_to_and_by_the_meeting(net: Stage) -> None:
    case = await taken(net)
    centre = f"{COUNTY}/welfare_centre.minxiong"
    part = await net.did(f"/v1/cases/{case}/collaborators", {"unit": centre, "due_at": ahead(3)}, PROTECTION)
    await net.did(f"/v1/collaborations/{part['collaboration_id']}/acceptance", {}, "minxiong")
    id = await planned(net, ahead(1))
    added = await net.did(f"/v1/meetings/{id}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    other = await topic(net, id)
    await come(net, id)
    made = await decide(net, id, item, PROTECTION, ahead(20))
    assert (made["owed_by"], made["owed_by_person"]) == (PROTECTION, None)
    assert (await net.get(f"/v1/meetings/{id}", "minxiong")).status_code == 404
    await net.did(f"/v1/tasks/{made['task_id']}/hand", {"unit": centre, "person": "林社工"}, PROTECTION)
    [decision] = (await item_on(net, id, item))["decisions"]
    assert (decision["lead"], decision["owed_by"], decision["owed_by_person"]) == (PROTECTION, centre, "林社工")
    assert [each["item_id"] for each in (await at_meeting(net, id, "minxiong"))["items"]] == [item]
    assert other not in str(await at_meeting(net, id, "minxiong"))
    async with at_desk(net, centre) as worker:
        page = await worker.opens(f"/meeting-items/{made['decision_id']}")
        assert page.forms(f"/meetings/{id}/items/{item}/decisions/{made['decision_id']}/outcome"), page.text
    at = f"/v1/meetings/{id}/items/{item}/decisions/{made['decision_id']}/outcome"
    assert (await net.post(at, {"state": "done", "evidence": "visited"}, "minxiong")).is_success
    assert [each["item_id"] for each in (await at_meeting(net, id, "minxiong"))["items"]] == [item], "what it did stays"


async def test_a_draft_after_it_was_handed_in_is_its_units_and_a_secretary_reads_none(net: Stage) -> None:
    id = await planned(net, ahead(9))
    item = await topic(net, id)
    await net.did(f"/v1/meetings/{id}/call", {}, SECRETARY)

    async def write(text: str, **more: Any) -> None:
        answer = await net.http.put(
            f"/v1/meetings/{id}/items/{item}/paper", json={"text": text} | more,
            headers={"Authorization": f"Bearer {POLICE}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text

    async def part(role: str) -> dict[str, Any]:
        [found] = (await net.get(f"/v1/meetings/{id}/pack", role)).json()["items"]
        return next(dict(each) for each in found["parts"] if each["unit"] == POLICE)

    await write("尚未寫完", draft=True)
    for role, reads in ((POLICE, True), (SECRETARY, False), ("supervisor", False), (PROTECTION, False)):
        found = await part(role)
        assert (found["state"], found["text"] == "尚未寫完", found["may_read"]) == ("draft", reads, reads), role
    await write("已訪視兩次")
    await write("改寫中", draft=True)
    for role in (POLICE, SECRETARY, PROTECTION):
        found = await part(role)
        assert (found["state"], found["text"]) == ("handed_in", "已訪視兩次"), role
        assert (found["later"] == "改寫中") is (role == POLICE)
    async with at_desk(net, POLICE) as worker:
        page = await worker.opens(f"/meetings/{id}/papers")
        assert "改寫中" in page.text and "has not handed that in" in page.text
    await write("改寫完成")
    assert {(await part(role))["text"] for role in (POLICE, SECRETARY, PROTECTION)} == {"改寫完成"}


async def test_reasons_in_words_are_sealed_and_stand_in_the_minutes_and_at_the_case_for_who_may(net: Stage) -> None:
    case = await taken(net)
    id, following, last = await planned(net, ahead(1)), await planned(net, ahead(20)), await planned(net, ahead(40))
    added = await net.did(f"/v1/meetings/{id}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    await net.did(f"/v1/meetings/{id}/date", {"at": at_work(2), "reason": "主席出國"}, SECRETARY)
    await net.did(f"/v1/meetings/{id}/items/{item}/deferral", {"reason": WHY}, SECRETARY)
    await net.did(f"/v1/meetings/{following}/cancellation", {"reason": "颱風停班"}, SECRETARY)
    listed = await net.did(
        f"/v1/cases/{case}/listings", {"list": "high_risk_domestic_violence", "because": "持刀威脅"}, SECRETARY
    )
    at = f"/v1/listings/{listed['listing_id']}"
    await net.did(f"{at}/keeping", {"reason": "仍在同住"}, SECRETARY)
    await net.did(f"{at}/delisting", {"score": 3, "reason": "相對人已入監"}, SECRETARY)
    said = (WHY, "主席出國", "颱風停班", "持刀威脅", "仍在同住", "相對人已入監")
    for collection in ("meetings", "items", "listings"):
        kept = str([each async for each in net.database[collection].find()])
        assert not [each for each in said if each in kept], collection

    words = (await net.did(f"/v1/meetings/{id}/minutes/looks", {}, POLICE))["words"]
    assert (words[item][f"put_off:{id}"], words[id]["moved:1"]) == (WHY, "主席出國")
    words = (await net.did(f"/v1/meetings/{following}/minutes/looks", {}, POLICE))["words"]
    assert words[following]["cancelled:1"] == "颱風停班"
    assert (await item_on(net, last, item))["number"] == 1
    async with at_desk(net, POLICE) as member:
        page = await member.opens(f"/meetings/{id}/minutes")
        assert WHY not in page.text
        page = await member.does(f"/meetings/{id}/minutes", f"/meetings/{id}/minutes/looks")
        assert WHY in page.text and "主席出國" in page.text
        assert (await member.opens(f"/cases/{case}")).status == 404
    async with at_desk(net, PROTECTION) as worker:
        page = await worker.opens(f"/cases/{case}")
        assert not [each for each in said if each in page.text]
        page = await worker.does(f"/cases/{case}", f"/cases/{case}/meetings/looks")
        assert [each for each in said if each not in page.text] == ["主席出國"], "of what became of the case"
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert (looks[0]["what"], looks[0]["by"], looks[0]["case_id"]) == ("meeting", f"worker of {PROTECTION}", case)


async def test_a_secretary_is_shown_what_was_never_held_and_what_became_of_decisions(net: Stage) -> None:
    passed = ahead(-120)
    missed, held, coming = [await planned(net, at) for at in (passed, ahead(0), ahead(40))]
    await come(net, held)
    item = await topic(net, held, scheme="nuisance")
    made = await decide(net, held, item, LABOUR, ahead(9))
    outcome = f"/meetings/{held}/items/{item}/decisions/{made['decision_id']}/outcome"
    async with at_desk(net, "secretary") as secretary:
        empty = await secretary.opens(f"/meetings/{missed}")
        assert "not held yet" in empty.text
        for page in (empty, await secretary.opens(f"/meetings/{missed}/minutes")):
            assert "Nothing is on the agenda yet" in page.text and "<ol" not in page.text, "nothing is not numbered"
        typed = {"state": "done", "evidence": "visited", "figure": "vendors_moved", "figure_value": "12"}
        await secretary.does(f"/meetings/{held}", outcome, **typed)
        owed = (await secretary.opens("/meetings")).part("owed")
        assert missed in owed and coming not in owed
        page = await secretary.opens(f"/meetings?year={passed[:4]}")
        assert "not held yet" in page.part("year")
        page = await secretary.opens("/meetings")
        counted = page.part("figures")
        assert "Community nuisance" in counted and "12" in counted and "done" in counted
        assert 'href="/meetings.ics"' in page.text
        calendar = await secretary.opens("/meetings.ics")
        assert calendar.text.count("BEGIN:VEVENT") == 2, "what is long past is in no calendar"
    figures = (await net.get("/v1/statistics/meetings", "supervisor", county=COUNTY)).json()
    assert figures["schemes"]["nuisance"]["reported"] == figures["reported"] == {"vendors_moved": 12}


async def test_what_waits_in_a_county_of_many_centres_is_owed_by_one_that_there_is(net: Stage) -> None:
    id = await planned(net, ahead(1), level="case_conference", purpose="case_conference", host=CENTRE)
    item = await topic(net, id)
    await net.did(f"/v1/meetings/{id}/items/{item}/raise", {"to": "district", "reason": "stuck_twice"}, SECRETARY)
    found = (await net.get("/v1/tasks", "supervisor")).json()["tasks"]
    [task] = [each for each in found if each["what"] == "plan_meeting"]
    assert task["unit"] in units_of(COUNTY)


async def test_a_secretary_does_not_make_itself_the_chair_and_approve(net: Stage) -> None:
    id = await planned(net, ahead(1))
    await net.did(f"/v1/meetings/{id}/chair", {"chair": SECRETARY}, SECRETARY)
    await come(net, id)
    await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    assert (await net.post(f"/v1/meetings/{id}/minutes/approval", {}, SECRETARY)).status_code == 403
    assert (await net.post(f"/v1/meetings/{id}/minutes/approval", {}, "supervisor")).is_success


async def test_nobody_is_asked_who_is_not_there(net: Stage) -> None:
    nobody = f"{COUNTY}/nobody"
    body = {
        "level": "bureau",
        "purpose": "bureau",
        "at": ahead(1),
        "units": SIX,
        "chair": PROTECTION,
        "host": PROTECTION,
    }
    made = body | {"chairs": [PROTECTION]}
    found = {}
    for name, more in {
        "units": {"units": [nobody]},
        "host": {"host": nobody},
        "chair": {"chair": nobody},
        "chair elsewhere": {"chair": "tainan-city/health"},
        "quorum": {"quorum": {"least": 1, "units": [nobody]}},
        "members": {"members": [{"name": "x", "unit": nobody}]},
    }.items():
        found[name] = (await net.post("/v1/meetings", body | more, SECRETARY)).status_code
    for name, more in {"series units": {"units": [nobody]}, "chairs": {"chairs": [nobody]}}.items():
        series_ = {key: value for key, value in (made | more).items() if key not in ("at", "chair")}
        found[name] = (await net.post("/v1/series", series_, SECRETARY)).status_code
    id = await planned(net, ahead(1))
    guests = {"topic": "x", "reason": "y", "guests": [nobody]}
    found["guests"] = (await net.post(f"/v1/meetings/{id}/items", guests, SECRETARY)).status_code
    found["another chair"] = (await net.post(f"/v1/meetings/{id}/chair", {"chair": nobody}, SECRETARY)).status_code
    assert {name: status for name, status in found.items() if status != 422} == {}


async def test_a_link_is_no_script(net: Stage) -> None:
    id = await planned(net, ahead(1), link="javascript:alert(1)")
    async with at_desk(net, POLICE) as member:
        page = await member.opens(f"/meetings/{id}")
        assert 'href="javascript' not in page.text and "javascript:alert(1)" in page.text


async def test_a_series_is_seen_by_who_sits_in_it(net: Stage) -> None:
    made = await series(net, "bureau", 2027, rhythm={"nth": 3}, link="https://meet.example/secret")
    at = f"/v1/series/{made[0]['series_id']}"
    for role, sees in ((SECRETARY, True), (POLICE, True), ("minxiong", False)):
        assert (await net.get(at, role)).status_code == (200 if sees else 404), role
        assert bool((await net.get("/v1/series", role)).json()["series"]) is sees, role


async def test_what_is_kept_from_somebody_is_in_no_figure_of_theirs(net: Stage) -> None:
    id = await planned(net, ahead(1))
    near = await topic(net, id)
    await come(net, id)
    await decide(net, id, near, LABOUR, ahead(20))
    who = {"person": f"worker of {POLICE}"}
    await net.did(f"/v1/meetings/{id}/items/{near}/conflicts", who, SECRETARY)
    for role, items in ((POLICE, 0), (LABOUR, 1)):
        period = {"from": ahead(0)[:10], "to": ahead(3)[:10]}
        answer = await net.get("/v1/statistics/meetings", role, county=COUNTY, **period)
        assert (answer.json()["items"], answer.json()["decisions_taken"]) == (items, items), role


async def test_what_waits_is_no_ones_who_may_not_see_it(net: Stage) -> None:
    case = await taken(net)
    await net.did(f"/v1/cases/{case}/listings", {"list": "high_risk_domestic_violence", "because": "judged"}, SECRETARY)
    waiting = await net.database["items"].find_one({"case_id": case})
    for role, status in ((SECRETARY, 200), ("head_of_tainan", 404)):
        async with at_desk(net, role) as person:
            assert (await person.opens(f"/meeting-items/{waiting['_id']}")).status == status, role
