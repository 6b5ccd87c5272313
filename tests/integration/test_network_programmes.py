"""Enrolments on real Kafka and MongoDB: what is owed stands in the one ledger; two clerks cannot pay twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.topics import ENROLMENTS

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_desk import at_desk
from tests.integration.network_life import ago, taken
from tests.integration.network_referring import keep
from tests.integration.network_rosters import came, households, listed
from tests.integration.network_stage import CENTRE, COUNTY, HOPE, LABOUR, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
NO_WORK: dict[str, Any] = {"facts": {"group": "no_work"}}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def begin(net: Stage, programme: str, role: str = PROTECTION, **more: Any) -> dict[str, Any]:
    body = {"programme": programme, "person": "person:child", "entered_by": "application", "at": ago(40)}
    return await net.did("/v1/enrolments", body | more, role)


def codes(answer: Any) -> list[str]:
    return [each["code"] for each in answer.json()["errors"]]


async def test_a_youth_from_acceptance_to_the_end_of_the_follow_up(net: Stage) -> None:
    case_id = await taken(net)
    born = f"{datetime.now(UTC).year - 15}-01-15"
    begun = await begin(net, "juvenile_guidance", case_id=case_id, birth_date=born, note="canary-note")
    path = f"/v1/enrolments/{begun['enrolment_id']}"
    assert (begun["stage"], begun["version"], begun["unit"]) == ("assessing", 1, POLICE)
    [task] = begun["tasks"]
    assert (task["task"], task["state"], task["source"]) == ("assess", "overdue", "D0080216 s8")

    owed = (await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"]
    [mine] = [each for each in owed if each["because"] == {"kind": "stage", "id": begun["enrolment_id"]}]
    assert (mine["what"], mine["case_id"]) == ("juvenile_guidance.assess", case_id)
    ticked = await net.post(f"/v1/tasks/{mine['id']}/completion", {}, PROTECTION)
    assert ticked.status_code in (403, 409), "the programme settles it"

    told = ["referrer", "youth"]
    early = await net.post(f"{path}/answers", {"answer": "opened", "at": ago(30)}, POLICE)
    assert (early.status_code, codes(early)) == (409, ["not_told"])
    unknown = await net.post(f"{path}/answers", {"answer": "closed"}, POLICE)
    assert unknown.status_code == 422 and "opened, referred, not_opened" in unknown.json()["detail"]
    body = {"answer": "opened", "at": ago(30), "told": told}
    opened, again = [(await net.post(f"{path}/answers", body, POLICE, key="k")).json() for _ in range(2)]
    assert opened["stage"] == again["stage"] == "planning" and len(again["history"]) == 2
    other = await net.post(f"{path}/answers", body | {"answer": "referred"}, POLICE, key="k")
    assert other.status_code == 409, "another act under a used key"

    met = await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(3), "note": "canary-visit"}, POLICE)
    assert (met["what"], met["late"], met["has_note"]) == ("guidance", True, True)
    late = await net.post(f"{path}/contacts", {"kind": "visit", "at": "2099-01-01T00:00:00Z"}, POLICE)
    assert late.status_code == 422
    wrong = await net.post(f"{path}/contacts", {"kind": "telephone", "at": ago(1), "what": "guidance"}, POLICE)
    assert codes(wrong) == ["kind_unfit"]
    notes = await net.did(f"{path}/looks", {}, POLICE)
    assert notes["note"] == "canary-note" and notes["contacts"] == {met["contact_id"]: "canary-visit"}
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [(each["what"], each["contact_id"]) for each in looks] == [("enrolment", begun["enrolment_id"])]

    await net.did(f"{path}/answers", {"answer": "to_court", "at": ago(1)}, POLICE)
    tasks = (await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"]
    assert not [each for each in tasks if each["because"]["kind"] == "stage"], "an ended enrolment owes nothing"
    ended = (await net.get(path, POLICE)).json()
    assert (ended["state"], ended["tasks"]) == ("ended", [])
    assert {each["state"] for each in ended["windows"]} == {"met"}

    case = (await net.get(f"/v1/cases/{case_id}")).json()
    assert case["enrolments"] == [begun["enrolment_id"]]
    story = json.dumps((await net.get(f"/v1/cases/{case_id}/timeline")).json())
    assert "enrolment.begun" in story and "enrolment.ended" in story
    await all_sent(net.database["enrolments"])
    records = await on_topic(net.kafka, net.prefix, ENROLMENTS)
    assert [dict(each.headers)["ce_type"].decode() for each in records] == [
        f"enrolment.{each}" for each in ("begun", "advanced", "contacted", "ended")
    ]
    assert "canary" not in repr(records) and born not in repr(records)
    stored = [each async for each in net.database["enrolments"].find({})]
    assert "canary" not in repr(stored) and born not in repr(stored)


async def test_emergency_relief_is_bounded_granted_once_for_a_cause_and_paid_once(net: Stage) -> None:
    asked = {"programme": "emergency_relief", "person": "person:child", "entered_by": "application"} | NO_WORK
    begun = await begin(net, "emergency_relief", CENTRE, at=ago(0.2), **NO_WORK)
    path = f"/v1/enrolments/{begun['enrolment_id']}"
    second = await net.post("/v1/enrolments", asked, LABOUR)
    assert (second.status_code, codes(second)) == (409, ["already_in"])
    assert second.json()["errors"][0]["about"] == begun["enrolment_id"], "a second window finds the first"

    await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(0.1)}, CENTRE)
    await net.did(f"{path}/answers", {"answer": "eligible", "evidence": ["criteria_table"]}, CENTRE)
    for amount in (9_999, 30_001):
        refused = await net.post(f"{path}/grants", {"item": "relief", "amount": amount, "cause": "c1"}, CENTRE)
        assert (refused.status_code, codes(refused)) == (422, ["amount_outside"])
        assert refused.json()["errors"][0]["about"] == "10,000-30,000"
    body = {"item": "relief", "amount": 20_000, "cause": "c1"}
    both = await asyncio.gather(*(net.post(f"{path}/grants", body, CENTRE) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [201, 409], "two clerks at once grant one"
    [grant] = [each.json() for each in both if each.status_code == 201]
    pay = {"grant_id": grant["grant_id"]}
    paid = await asyncio.gather(
        *(net.post(f"{path}/payments", pay, role) for role in (CENTRE, "supervisor", "officer"))
    )
    assert sorted(each.status_code for each in paid) == [201, 409, 409], "three clerks at once pay once"
    assert codes(next(each for each in paid if each.status_code == 409)) == ["already_paid"]

    await net.did(f"{path}/answers", {"answer": "relieved"}, CENTRE)
    again = await begin(net, "emergency_relief", CENTRE, at=ago(0), **NO_WORK)
    path = f"/v1/enrolments/{again['enrolment_id']}"
    await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(0)}, CENTRE)
    await net.did(f"{path}/answers", {"answer": "eligible", "evidence": ["criteria_table"]}, CENTRE)
    same = await net.post(f"{path}/grants", body, CENTRE)
    assert (same.status_code, codes(same)) == (409, ["same_cause"]), "not in another enrolment of theirs either"
    figures = (await net.get("/v1/statistics/programmes/emergency_relief", "analyst", county=COUNTY)).json()["figures"]
    assert (figures["applied"], figures["relieved"], figures["paid_twd"]) == (2, 1, 20_000)


async def test_what_a_year_allows_is_paid_and_said_and_the_rest_is_not(net: Stage) -> None:
    begun = await begin(net, "women_addiction_care", at=ago(3), entered_by="referral")
    path = f"/v1/enrolments/{begun['enrolment_id']}/grants"
    first = await net.did(path, {"item": "detox", "amount": 24_000, "at": ago(0.1)}, PROTECTION)
    rest = await net.did(path, {"item": "detox", "amount": 2_000, "at": ago(0.1)}, PROTECTION)
    assert (first["amount"], first["cut_by"]) == (24_000, None)
    assert (rest["amount"], rest["cut_by"]) == (1_000, "per_year") and "1,000" in rest["says"]["en"]
    over = await net.post(path, {"item": "detox", "amount": 1, "at": ago(0.05)}, PROTECTION)
    assert (over.status_code, codes(over)) == (409, ["per_year_used"])


async def test_each_side_sees_its_own(net: Stage) -> None:
    case_id = await taken(net)
    begun = await begin(net, "juvenile_guidance", case_id=case_id)
    path = f"/v1/enrolments/{begun['enrolment_id']}"
    for role, status in ((POLICE, 200), (PROTECTION, 200), (CENTRE, 404), ("partner", 404), ("tainan", 404)):
        assert (await net.get(path, role)).status_code == status, role
        shown = (await net.get("/v1/enrolments", role, programme="juvenile_guidance")).json()["enrolments"]
        assert len(shown) == (role in (POLICE, PROTECTION)), role
    assert (await net.post(f"{path}/answers", {"answer": "opened"}, CENTRE)).status_code == 404
    listed_there = {"programme": "leaving_poverty", "case_id": case_id, "entered_by": "roster"}
    assert (await net.post("/v1/enrolments", listed_there, CENTRE)).status_code == 404

    asked = {"programme": "family_follow_up", "unit": HOPE, "person": "person:old", "entered_by": "referral"}
    nobodys = await net.post("/v1/enrolments", asked, PROTECTION)
    assert nobodys.status_code == 422 and codes(nobodys) == ["unit"], "a unit that the directory does not have"
    await keep(net, "hope")
    more = {"at": ago(40), "address": "民雄鄉虛構路 9 號", "note": "the whole story"}
    theirs = await net.did("/v1/enrolments", asked | more, PROTECTION)
    path = f"/v1/enrolments/{theirs['enrolment_id']}"
    for at, note in ((20, "an earlier note"), (10, "the last note")):
        await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(at), "note": note}, PROTECTION)
    read = await net.did(f"{path}/looks", {}, "partner")
    assert (read["address"], read["note"], [*read["contacts"].values()]) == (
        "民雄鄉虛構路 9 號",
        None,
        ["the last note"],
    )
    [look] = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert (look["by"], look["what"], look["contact_id"]) == ("partner", "enrolment", theirs["enrolment_id"])
    assert len((await net.did(f"{path}/looks", {}, PROTECTION))["contacts"]) == 2, "the unit reads all of it"
    stored = repr(await net.database["enrolments"].find_one({"_id": theirs["enrolment_id"]}))
    assert "虛構路" not in stored and "last note" not in stored
    seen = await net.get(path, "partner")
    assert seen.status_code == 200 and (seen.json()["case_id"], seen.json()["person"]) == (None, None)
    assert (await net.get(path, "partner_elsewhere")).status_code == 404
    await net.did(f"{path}/contacts", {"kind": "visit", "at": ago(1)}, "partner")
    assert (await net.post(f"{path}/answers", {"answer": "goes_well"}, "partner")).status_code == 403
    await came(net, listed("a", "id:a"))
    [home] = await households(net, "supervisor")
    whom = {"household_id": home["household_id"], "person": "person:young"}
    of_list = await net.did("/v1/enrolments", asked | whom, "supervisor")
    seen = await net.get(f"/v1/enrolments/{of_list['enrolment_id']}", "partner")
    assert (seen.status_code, seen.json()["household_id"]) == (200, None), "nor that a list names them"


async def test_where_to_go_is_written_down_later_for_who_began_by_a_rule(net: Stage) -> None:
    await keep(net, "hope")
    asked = {"programme": "family_follow_up", "unit": HOPE, "person": "person:old", "entered_by": "closing"}
    begun = await net.did("/v1/enrolments", asked, PROTECTION)
    path = f"/v1/enrolments/{begun['enrolment_id']}"
    assert begun["has_address"] is False
    where = {"address": "民雄鄉虛構路 9 號"}
    assert (await net.post(f"{path}/address", where, "partner")).status_code == 403, "who visits does not say where"
    for address in ("民雄鄉虛構路 9 號", "民雄鄉虛構路 11 號", "民雄鄉虛構路 11 號"):
        answer = await net.post(f"{path}/address", {"address": address}, PROTECTION, key=address[-4:-2])
        assert answer.status_code == 200 and answer.json()["has_address"], answer.text
    read = await net.did(f"{path}/looks", {}, "partner")
    assert read["address"] == "民雄鄉虛構路 11 號", "the last one counts"
    kept = await net.database["enrolments"].find_one({"_id": begun["enrolment_id"]})
    assert kept and "虛構路" not in repr(kept) and (kept["revision"], kept["addressed"]["unit"]) == (3, PROTECTION)
    await all_sent(net.database["enrolments"])
    records = await on_topic(net.kafka, net.prefix, ENROLMENTS)
    assert [dict(each.headers)["ce_type"].decode() for each in records] == ["enrolment.begun"], "it is told nobody"
    async with at_desk(net, PROTECTION) as desk:
        page = f"/enrolments/{begun['enrolment_id']}"
        after = await desk.does(page, f"{page}/address", address="民雄鄉虛構路 13 號")
        assert after.status == 200 and "13 號" not in after.text
        assert "13 號" in (await desk.does(page, f"{page}/looks")).text


async def test_a_period_begins_by_itself(net: Stage) -> None:
    begun = await begin(net, "leaving_poverty", CENTRE, person="person:carer", at=ago(5), entered_by="roster")
    id = begun["enrolment_id"]
    before = await net.database["tasks"].count_documents({"because.id": id})
    await net.database["enrolments"].update_one({"_id": id}, {"$set": {"wakes_at": datetime.now(UTC)}})
    await net.database["tasks"].delete_many({"because.id": id, "state": "open"})

    async def woken() -> bool:
        return await net.database["tasks"].count_documents({"because.id": id}) == before

    await until(woken)
    kept = await net.database["enrolments"].find_one({"_id": id})
    assert kept and kept["wakes_at"] > datetime.now(UTC) + timedelta(minutes=1)


@pytest.mark.parametrize("start", ["2062-01-01T00:00:00Z", "2089-01-01T00:00:00Z"])
async def test_a_pause_does_not_begin_in_another_life(net: Stage, start: str) -> None:
    begun = await begin(net, "community_therapy", CENTRE, at=ago(0.1), facts={"township": "puzi"})
    asked = {"from": start, "reason": "in_hospital"}
    answer = await net.post(f"/v1/enrolments/{begun['enrolment_id']}/pauses", asked, CENTRE)
    assert (answer.status_code, [each["at"] for each in answer.json()["errors"]]) == (422, ["/body/from"])


async def test_two_cases_that_are_one_family_are_in_a_programme_once_and_whoever_owes_finds_it(net: Stage) -> None:
    one = await taken(net)
    await net.decide(decided("r2", "welfare_centre", family=["b"]))
    other = str((await net.case_of("r2"))["case_id"])
    await net.did(f"/v1/cases/{other}/acceptances", {"report_id": "r2", "accepted_by": "林社工"}, CENTRE)
    asked = {"programme": "emergency_relief", "entered_by": "application"} | NO_WORK
    begun = await net.did("/v1/enrolments", asked | {"case_id": other}, CENTRE)
    merge = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, "supervisor")
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor_2")
    for case_id in (one, other):
        again = await net.post("/v1/enrolments", asked | {"case_id": case_id}, "supervisor")
        assert (again.status_code, codes(again)) == (409, ["already_in"]), case_id
        listed = (await net.get("/v1/enrolments", "supervisor", case_id=case_id)).json()["enrolments"]
        assert [each["enrolment_id"] for each in listed] == [begun["enrolment_id"]], case_id


async def test_whoever_owes_it_after_a_handover_has_it_on_their_list(net: Stage) -> None:
    case_id = await taken(net)
    begun = await begin(
        net, "women_addiction_care", case_id=case_id, person=None, entered_by="referral", unit=PROTECTION
    )
    assert (begun["unit"], (await net.get("/v1/enrolments", LABOUR)).json()["enrolments"]) == (PROTECTION, [])
    made = await net.did(
        f"/v1/cases/{case_id}/handovers", {"to": LABOUR, "person": "吳", "reason": "leaves"}, PROTECTION
    )
    await net.did(f"/v1/handovers/{made['handover_id']}/acceptance", {"by": "吳"}, LABOUR)
    for _ in range(2):
        listed = (await net.get("/v1/enrolments", LABOUR)).json()["enrolments"]
        assert [each["enrolment_id"] for each in listed] == [begun["enrolment_id"]]
        await net.did(f"/v1/enrolments/{begun['enrolment_id']}/contacts", {"kind": "visit", "at": ago(0)}, LABOUR)
