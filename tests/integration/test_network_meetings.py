"""Meetings: who may decide, what a decision is, where an item goes, and what stays of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, item_on, planned, topic
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_a_decision_is_a_task_at_once_and_followed_until_the_chair_closes_it(net: Stage) -> None:
    case = await taken(net)
    first, second = await planned(net, ahead(1)), await planned(net, ahead(30))
    added = await net.did(
        f"/v1/meetings/{first}/items", {"case_id": case, "reason": "三個單位都訪過，沒有一致的計畫"}, PROTECTION
    )
    [item] = added["items"]
    assert item["because"][0]["by"] == f"worker of {PROTECTION}"
    assert item["because"][0]["reason"] == "in_words"
    await come(net, first)
    tells = {"tells_person": {"who": POLICE, "how": "in_person"}, "collaborators": [LABOUR]}
    made = await decide(net, first, item["item_id"], POLICE, ahead(20), **tells)
    assert made["state"] == "open"
    owed = (await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"]
    assert {each["what"]: each["because"]["id"] for each in owed} == {
        "visit_together": made["decision_id"], "tell_decision": made["decision_id"],
    }  # fmt: skip
    assert made["task_id"] in {each["id"] for each in owed}
    shown = (await net.get(f"/v1/cases/{case}")).json()
    assert shown["meetings"] == [first]
    assert [(each["decision_id"], each["level"], each["lead"]) for each in shown["decisions"]] == [
        (made["decision_id"], "bureau", POLICE)
    ]
    assert [each["what"] for each in (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"]] == [
        "help_with_decision"
    ]

    here = f"/v1/meetings/{first}/items/{item['item_id']}"
    await net.did(f"/v1/meetings/{first}/end", {}, SECRETARY)
    on_next = await item_on(net, second, item["item_id"])
    assert (on_next["came"], on_next["number"]) == ("unfinished", 1)
    there = f"/v1/meetings/{second}/items/{item['item_id']}"
    await come(net, second)
    refused = await net.post(f"{there}/closing", {}, PROTECTION)
    assert refused.status_code == 409, refused.text
    assert refused.json()["errors"][0]["code"] == "decisions_owed"
    at = f"{here}/decisions/{made['decision_id']}"
    assert (await net.post(f"{at}/outcome", {"state": "done", "evidence": "visited"}, "minxiong")).status_code == 404
    assert (await net.post(f"{at}/outcome", {"state": "not_done"}, POLICE)).status_code == 422
    assert (await net.post(f"{at}/outcome", {"state": "done", "evidence": "visited"}, LABOUR)).is_success
    assert (await net.post(f"{there}/closing", {}, PROTECTION)).json()["errors"][0]["code"] == "person_not_told"
    await net.did(f"{at}/telling", {}, POLICE)
    closed = await net.did(f"{there}/closing", {}, PROTECTION)
    [gone] = closed["gone"]
    assert (gone["state"], gone["left"], gone["decisions"][0]["state"]) == ("closed", "closed", "done")
    assert (await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"] == []


async def test_too_few_may_propose_and_meet_again_within_ten_working_days(net: Stage) -> None:
    id = await planned(net, ahead(1), quorum={"least": 4, "units": [f"{COUNTY}/health"]})
    item = await topic(net, id)
    there = await come(net, id, [each for each in SIX if not each.endswith("/health")])
    assert there["quorum"] == {
        "least": 4, "of": 6, "present": 5, "units": [f"{COUNTY}/health"], "lacking": [f"{COUNTY}/health"], "met": False,
    }  # fmt: skip
    proposed = await decide(net, id, item, LABOUR, ahead(20))
    assert proposed["state"] == "proposed"
    assert (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"] == []
    await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    [again] = [
        each for each in (await net.get("/v1/meetings", SECRETARY)).json()["meetings"] if each["instead_of"] == id
    ]
    assert (again["fixed"], again["state"]) == (False, "planned")
    await come(net, again["meeting_id"])
    at = f"/v1/meetings/{again['meeting_id']}/items/{item}/decisions/{proposed['decision_id']}/adoption"
    adopted = await net.did(at, {}, SECRETARY)
    assert adopted["items"][0]["decisions"][0]["state"] == "open"
    assert len((await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"]) == 1


async def test_nothing_is_dropped_in_silence_nor_put_off_twice(net: Stage) -> None:
    first, second = await planned(net, ahead(1)), await planned(net, ahead(30))
    item, other = await topic(net, first), await topic(net, first)
    assert (await net.post(f"/v1/meetings/{first}/items/{item}/drop", {}, SECRETARY)).status_code == 422
    assert (await net.post(f"/v1/meetings/{first}/items/{item}/drop", {"reason": "solved"}, POLICE)).status_code == 403
    await net.did(f"/v1/meetings/{first}/items/{item}/drop", {"reason": "solved"}, SECRETARY)
    dropped = await item_on(net, first, item)
    assert (dropped["state"], dropped["reason"], dropped["number"]) == ("dropped", "solved", None)
    await net.did(f"/v1/meetings/{first}/items/{other}/deferral", {"reason": "referrer_absent"}, SECRETARY)
    assert (await item_on(net, second, other))["came"] == "deferred"
    twice = await net.post(f"/v1/meetings/{second}/items/{other}/deferral", {"reason": "no_time"}, SECRETARY)
    assert twice.json()["errors"][0]["code"] == "item_deferred_before"


async def test_what_there_is_no_time_for_goes_to_the_next_by_name(net: Stage) -> None:
    first, second = await planned(net, ahead(1), minutes=40), await planned(net, ahead(30), minutes=40)
    items = [await topic(net, first, f"matter_{number}") for number in range(4)]
    before = await at_meeting(net, first)
    assert (before["minutes"], before["room_minutes"], before["over"]) == (60, 40, 20)
    after = await net.did(f"/v1/meetings/{first}/call", {}, SECRETARY)
    assert [each["item_id"] for each in after["items"]] == items[:2]
    assert [each["item_id"] for each in (await at_meeting(net, second))["items"]] == items[2:]


async def test_who_is_too_near_sees_neither_item_nor_words_and_a_guest_sees_theirs_alone(net: Stage) -> None:
    id = await planned(net, ahead(1))
    near = await topic(net, id, "此案相對人為與會單位人員")
    guests = await topic(net, id, "跨縣市個案", guests=["tainan-city/health"])
    name = f"worker of {POLICE}"
    await net.did(f"/v1/meetings/{id}/items/{near}/conflicts", {"person": name, "reason": "colleague"}, SECRETARY)
    seen = await at_meeting(net, id, POLICE)
    assert [each["item_id"] for each in seen["items"]] == [guests]
    assert (await net.post(f"/v1/meetings/{id}/items/{near}/looks", {}, POLICE)).status_code == 404
    looked = await net.did(f"/v1/meetings/{id}/items/{near}/looks", {}, LABOUR)
    assert looked["words"]["topic"] == "此案相對人為與會單位人員"
    assert "此案" not in str(await at_meeting(net, id, LABOUR))
    [look] = [each for each in (await net.get("/v1/looks", "supervisor")).json()["looks"] if each["what"] == "meeting"]
    assert look["by"] == f"worker of {LABOUR}"
    guest = await at_meeting(net, id, "tainan")
    assert [each["item_id"] for each in guest["items"]] == [guests]
    assert (await net.get(f"/v1/meetings/{id}", "minxiong")).status_code == 404
    assert (await net.post(f"/v1/meetings/{id}/call", {}, LABOUR)).status_code == 403


async def test_the_same_again_under_a_key_is_one(net: Stage) -> None:
    id = await planned(net, ahead(1))
    body = {"topic": "hard_case", "reason": "needs_several"}
    for _ in range(2):
        assert (await net.post(f"/v1/meetings/{id}/items", body, SECRETARY, key="k")).status_code == 201
    [item] = (await at_meeting(net, id))["items"]
    await come(net, id)
    decision = {"what": "共同訪視", "lead": POLICE, "due_at": ahead(9)}
    at = f"/v1/meetings/{id}/items/{item['item_id']}/decisions"
    for _ in range(2):
        assert (await net.post(at, decision, SECRETARY, key="d")).status_code == 201
    other = await net.post(at, decision | {"lead": LABOUR}, SECRETARY, key="d")
    assert other.status_code == 409
    assert len((await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"]) == 1
    nobody = await net.post(at, decision | {"lead": f"{COUNTY}/nobody"}, SECRETARY)
    assert nobody.json()["errors"][0]["code"] == "unit_unknown"


ON_LIST = {"list": "high_risk_domestic_violence", "because": "judged"}
OF_BUREAU = {"level": "bureau", "purpose": "bureau", "host": PROTECTION}
KEYED: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("/v1/series", OF_BUREAU | {"chairs": [POLICE]}, {"minutes": 60}),
    ("/v1/meetings", OF_BUREAU | {"at": "2026-12-01T09:00:00Z"}, {"minutes": 60}),
    ("/v1/meetings/{meeting}/items", {"topic": "hard_case", "reason": "needs_several"}, {"topic": "other"}),
    ("/v1/cases/{case}/listings", ON_LIST, {"because": "b"}),
    ("/v1/listings/{listing}/keeping", {"reason": "a"}, {"reason": "b"}),
    ("/v1/listings/{listing}/delisting", {"score": 3}, {"score": 4}),
    ("/v1/cases/{listed}/incidents", {"unit": POLICE, "what": "assault"}, {"what": "threat"}),
)
"""What is sent, and what is sent otherwise under the same key."""


async def test_another_body_under_a_used_key_is_refused_in_words(net: Stage) -> None:
    ids = {name: await taken(net, name, family=[name], people=()) for name in ("case", "second", "listed")}
    ids["meeting"] = await planned(net, ahead(1))
    ids["listing"] = (await net.did(f"/v1/cases/{ids['listed']}/listings", ON_LIST, SECRETARY))["listing_id"]
    items = f"/v1/meetings/{ids['meeting']}/items"
    await net.did(items, {"case_id": ids["case"], "reason": "asked_before"}, PROTECTION)
    once_more = (items, {"case_id": ids["case"], "reason": "needs_several"}, {"case_id": ids["second"]})
    for number, (path, body, other) in enumerate((*KEYED, once_more)):
        sent = [body, body, body | other]
        answers = [await net.post(path.format(**ids), each, SECRETARY, key=f"k{number}") for each in sent]
        assert answers[0].is_success, (path, answers[0].text)
        assert answers[1].json() == answers[0].json(), (path, "sent again it is answered alike")
        assert answers[2].status_code == 409, (path, answers[2].text)
        assert "Idempotency-Key" in answers[2].json()["detail"], path
    assert ids["second"] not in str(await at_meeting(net, ids["meeting"]))


async def test_a_listing_sent_again_long_after_it_ended_does_not_begin_again(net: Stage) -> None:
    case = await taken(net)
    body = {"list": "high_risk_domestic_violence", "because": "judged"}
    first = (await net.post(f"/v1/cases/{case}/listings", body, SECRETARY, key="k")).json()
    await net.did(f"/v1/listings/{first['listing_id']}/delisting", {"score": 3}, SECRETARY)
    again = (await net.post(f"/v1/cases/{case}/listings", body, SECRETARY, key="k")).json()
    assert again["listing_id"] == first["listing_id"] and again["until"]
    await net.did(f"/v1/cases/{case}/incidents", {"unit": POLICE, "what": "assault"}, SECRETARY)
    await net.did(f"/v1/cases/{case}/listings", body, SECRETARY)
    pages = [(await net.get("/v1/listings", SECRETARY, limit=1)).json()]
    while pages[-1]["next"]:
        pages.append((await net.get("/v1/listings", SECRETARY, limit=1, after=pages[-1]["next"])).json())
    found = [each["listing_id"] for page in pages for each in page["listings"]]
    assert found[0] == first["listing_id"]
    assert len(found) == len(set(found)) == 2, "each once"


async def test_a_merged_family_is_one_matter_and_keeps_its_guests(net: Stage) -> None:
    one, other = await taken(net), await taken(net, "r2", family=["z"], people=())
    first, second = await planned(net, ahead(1)), await planned(net, ahead(30))
    body = {"reason": "needs_several", "guests": ["tainan-city/health"]}
    added = await net.did(f"/v1/meetings/{first}/items", body | {"case_id": other}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    merge = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, PROTECTION)
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor")
    body = {"case_id": one, "reason": "reported_again", "guests": ["yunlin-county/police"]}
    elsewhere = await net.post(f"/v1/meetings/{second}/items", body, SECRETARY)
    assert elsewhere.status_code == 409, elsewhere.text
    assert elsewhere.json()["errors"][0]["code"] == "item_elsewhere"
    again = await net.did(f"/v1/meetings/{first}/items", body, SECRETARY)
    [same] = again["items"]
    assert (same["item_id"], same["guests"]) == (item, ["tainan-city/health", "yunlin-county/police"])
    assert [each["reason"] for each in same["because"]] == ["needs_several", "reported_again"]


async def test_who_came_is_corrected_and_decisions_and_their_tasks_follow(net: Stage) -> None:
    id = await planned(net, ahead(1), quorum={"least": 4})
    item = await topic(net, id)
    await come(net, id)
    made = await decide(net, id, item, POLICE, ahead(20), tells_person={"who": LABOUR, "how": "in_person"})

    async def owed() -> list[str]:
        found = [(await net.get("/v1/tasks", unit, unit=unit)).json()["tasks"] for unit in (POLICE, LABOUR)]
        return [each["what"] for tasks in found for each in tasks]

    assert await owed() == ["visit_together", "tell_decision"]
    await come(net, id, SIX[:2])
    [decision] = (await item_on(net, id, item))["decisions"]
    assert (decision["state"], await owed()) == ("proposed", [])
    later = await decide(net, id, item, POLICE, ahead(20), what="ask_the_school")
    assert later["state"] == "proposed"
    await come(net, id, SIX[:5])
    states = {each["decision_id"]: each["state"] for each in (await item_on(net, id, item))["decisions"]}
    assert states == {made["decision_id"]: "open", later["decision_id"]: "open"}
    assert sorted(await owed()) == ["ask_the_school", "tell_decision", "visit_together"]
    [entry] = (await net.get(f"/v1/meetings/{id}/minutes", POLICE)).json()["entries"]
    assert [each["reason"] for each in entry["turned"]] == ["quorum_lost", "quorum_met"]
    async with at_desk(net, POLICE) as member:
        page = await member.opens(f"/meetings/{id}/minutes")
        assert "too few, so what was decided is a proposal" in page.text
    after = await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    assert after["quorum"]["met"]

    await come(net, id, SIX[:3])
    assert await owed() == [], "known only afterwards"
    listed = (await net.get("/v1/meetings", SECRETARY)).json()["meetings"]
    [instead] = [each for each in listed if each["instead_of"] == id]
    moved = await item_on(net, instead["meeting_id"], item)
    assert (moved["number"], [each["state"] for each in moved["decisions"]]) == (1, ["proposed", "proposed"])
    async with at_desk(net, SECRETARY) as secretary:
        path = f"/meetings/{id}/attendance"
        [form] = (await secretary.opens(f"/meetings/{id}")).forms(path)
        assert [each.value for each in form.fields if each.name == "present" and each.on] == list(SIX[:3])
        await secretary.does(f"/meetings/{id}", path, present=list(SIX[:4]))
    assert sorted(await owed()) == ["ask_the_school", "tell_decision", "visit_together"]
    assert (await at_meeting(net, instead["meeting_id"]))["state"] == "cancelled"
    assert (await item_on(net, id, item))["meeting_id"] is None, "it waits for the next one"
    await net.did(f"/v1/meetings/{id}/minutes/approval", {}, PROTECTION)
    late = {"present": [{"unit": PROTECTION}]}
    refused = await net.post(f"/v1/meetings/{id}/attendance", late, SECRETARY)
    assert refused.json()["errors"][0]["code"] == "minutes_approved"


async def test_who_owes_a_decision_sees_its_item_and_reports_it_and_who_tells_does_not_end_it(net: Stage) -> None:
    id = await planned(net, ahead(1))
    item, other = await topic(net, id), await topic(net, id, "something_else")
    await come(net, id)
    nobody = {"what": "visit_together", "lead": POLICE, "due_at": ahead(20)}
    nobody |= {"tells_person": {"who": f"{COUNTY}/nobody", "how": "in_person"}}
    answer = await net.post(f"/v1/meetings/{id}/items/{item}/decisions", nobody, SECRETARY)
    assert answer.json()["errors"][0]["at"] == "/body/tells_person/who", answer.text
    tells = {"tells_person": {"who": LABOUR, "how": "in_person"}}
    made = await decide(net, id, item, CENTRE, ahead(20), **tells)
    assert [each["item_id"] for each in (await at_meeting(net, id, "minxiong"))["items"]] == [item]
    at = f"/v1/meetings/{id}/items/{item}/decisions/{made['decision_id']}"
    assert (await net.post(f"{at}/outcome", {"state": "not_possible", "reason": "moved"}, LABOUR)).status_code == 403
    assert (await net.post(f"{at}/outcome", {"state": "done", "evidence": "visited"}, "minxiong")).is_success
    assert (await net.post(f"{at}/telling", {}, "minxiong")).status_code == 403
    await net.did(f"{at}/telling", {}, LABOUR)
    assert other not in str(await at_meeting(net, id, "minxiong"))


async def test_what_came_from_a_meeting_of_a_countys_own_purpose_goes_back_to_it(net: Stage) -> None:
    id = await planned(net, ahead(1), level="district", purpose="our_own_round")
    item = await topic(net, id)
    await come(net, id)
    bureau = await planned(net, ahead(10))
    await net.did(f"/v1/meetings/{id}/items/{item}/raise", {"to": "bureau", "reason": "stuck"}, SECRETARY)
    await come(net, bureau)
    after = await planned(net, ahead(20), level="district", purpose="our_own_round")
    await net.did(f"/v1/meetings/{bureau}/items/{item}/answer", {"text": "由警政主責"}, SECRETARY)
    assert (await item_on(net, after, item))["came"] == "answered"
