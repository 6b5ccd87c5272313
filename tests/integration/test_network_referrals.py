"""Referrals on real Kafka and MongoDB: asked before sending, answered, chased, confirmed; each side sees its own."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from contracts.topics import REFERRALS

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_desk import HEADERS, at_desk
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
PARTNER = f"{COUNTY}/provider.hope"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def owed(net: Stage, case_id: str) -> list[tuple[str, str]]:
    case = (await net.get(f"/v1/cases/{case_id}")).json()
    open_ = [task for task in case["tasks"] if task["state"] == "open" and task["because"]["kind"] == "referral"]
    return [(task["what"], task["unit"]) for task in open_]


async def step(net: Stage, referral: dict[str, Any], act: str, role: str, **body: Any) -> dict[str, Any]:
    return await net.did(f"/v1/referrals/{referral['referral_id']}/{act}", body, role)


async def test_a_referral_is_answered_begun_done_and_confirmed_and_always_somebodys(net: Stage) -> None:
    await keep(net, "hope", 2)
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id)
    assert (sent["to"], sent["state"], sent["family_agrees"]) == (PARTNER, "sent", True)
    assert await owed(net, case_id) == [("hear_answer", PROTECTION)]
    path = f"/v1/referrals/{sent['referral_id']}"

    # The chase is no tick: the referral settles it.
    tasks = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    [chase] = [each["id"] for each in tasks if each["what"] == "hear_answer"]
    assert (await net.post(f"/v1/tasks/{chase}/completion", {}, PROTECTION)).status_code == 409

    ahead = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    for never in ((datetime.now(UTC) + timedelta(days=200)).isoformat(), "2062-01-01T00:00:00Z"):
        asked = await net.post(f"{path}/waiting", {"expected": never}, "partner")
        assert asked.status_code == 422 and "180d" in asked.text, "nobody would chase it before"
    assert (await step(net, sent, "waiting", "partner", expected=ahead))["state"] == "waiting"
    assert await owed(net, case_id) == [("hear_answer", PROTECTION)]
    await step(net, sent, "acceptance", "partner")
    assert await owed(net, case_id) == [("follow_start", PROTECTION)]
    assert (await net.post(f"{path}/refusal", {"reason": "no_capacity"}, "partner")).status_code == 409
    await step(net, sent, "start", "partner")
    assert await owed(net, case_id) == [("follow_outcome", PROTECTION)]
    closing = await net.post(f"/v1/cases/{case_id}/closings", {"reason": "goals_met"}, PROTECTION)
    assert {"code": "referral_open", "about": sent["referral_id"]}.items() <= next(
        each.items() for each in closing.json()["errors"] if each["code"] == "referral_open"
    )
    await step(net, sent, "completion", "partner", outcome="served")
    assert await owed(net, case_id) == [("ask_person", PROTECTION)]
    told = await step(net, sent, "confirmation", PROTECTION, confirmed_by_person=False)  # completed is not helped
    assert told["confirmed_by_person"] is False
    assert await owed(net, case_id) == [("not_helped", PROTECTION)]
    await step(net, sent, "confirmation", PROTECTION, confirmed_by_person=True)
    assert await owed(net, case_id) == []

    case = (await net.get(f"/v1/cases/{case_id}")).json()
    assert case["referrals"] == [sent["referral_id"]]
    lines = (await net.get(f"/v1/cases/{case_id}/timeline", about="referrals")).json()
    assert "referral.sent" in json.dumps(lines) and "referral.not_confirmed" in json.dumps(lines)
    await all_sent(net.database["referrals"])
    records = await on_topic(net.kafka, net.prefix, REFERRALS)
    assert [dict(each.headers)["ce_type"].decode() for each in records] == [
        f"referral.{each}" for each in ("sent", "waiting", "accepted", "started", "done", "confirmed", "confirmed")
    ]
    assert "canary" not in repr(records)


async def test_who_is_full_is_not_asked_and_a_refusal_comes_back_with_who_is_next(net: Stage) -> None:
    await keep(net, "full", 0)
    await keep(net, "hope", 1)
    await keep(net, "third")
    case_id = await case_in_hand(net)
    body = {"service": "counselling", "case_id": case_id, "to": "full"}
    full = await net.post("/v1/referrals", body, PROTECTION)
    assert full.status_code == 409
    assert [(each["code"], each["about"]) for each in full.json()["errors"]] == [
        ("provider_full", "full"), ("next_best", "hope"), ("next_best", "third"),
    ]  # fmt: skip
    assert (await net.get("/v1/referrals", PROTECTION)).json()["referrals"] == []

    sent = await refer(net, case_id)
    wrong = await net.post(f"/v1/referrals/{sent['referral_id']}/refusal", {"reason": "because"}, "partner")
    assert wrong.status_code == 422 and "no_capacity" in wrong.json()["errors"][0]["detail"]
    await step(net, sent, "refusal", "partner", reason="no_capacity")
    assert await owed(net, case_id) == [("refer_again", PROTECTION)]
    back = (await net.get(f"/v1/referrals/{sent['referral_id']}", PROTECTION)).json()
    assert [each["provider"] for each in back["next_best"]] == ["third"]
    again = await refer(net, case_id, to="third", instead_of=sent["referral_id"])
    assert await owed(net, case_id) == [("hear_answer", PROTECTION)]
    assert (await step(net, again, "withdrawal", PROTECTION, reason="family_declined"))["state"] == "withdrawn"
    assert await owed(net, case_id) == []


async def test_what_is_sent_instead_is_of_the_same_family_and_an_unknown_field_is_told(net: Stage) -> None:
    await keep(net, "hope")
    case_id, other = await case_in_hand(net), await case_in_hand(net, "r2")
    of_case = await refer(net, case_id)
    lin = {"service": "counselling", "person": {"name": "林小美"}, "county": COUNTY}
    of_person = await net.did("/v1/referrals", lin, PROTECTION)
    for each in (of_case, of_person):
        await step(net, each, "withdrawal", PROTECTION)
    wang = lin | {"person": {"name": "王大明"}}
    for body, before, status in (
        ({"service": "counselling", "case_id": other}, of_case, 409), (lin, of_case, 409), (wang, of_person, 409),
        ({"service": "counselling", "case_id": case_id}, of_person, 409), (lin, of_person, 201),
        ({"service": "counselling", "case_id": case_id}, of_case, 201),
    ):  # fmt: skip
        answer = await net.post("/v1/referrals", body | {"instead_of": before["referral_id"]}, PROTECTION)
        assert (answer.status_code, "another family" in answer.text) == (status, status == 409), answer.text
    wrong = await net.post("/v1/referrals", lin | {"nots": "canary"}, PROTECTION)
    assert wrong.json()["errors"][0]["at"] == "/body/nots" and "note" in wrong.json()["errors"][0]["detail"]


async def test_the_list_has_what_opens_by_its_id_and_who_was_asked_hears_nothing_of_the_person(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    await case_in_hand(net, "r2")
    ask = {"unit": POLICE, "asked_for": ["home_visit"], "due_at": "2027-01-01T09:00:00+08:00"}
    await net.did(f"/v1/cases/{case_id}/collaborators", ask, PROTECTION)
    id = (await refer(net, case_id))["referral_id"]
    await step(net, {"referral_id": id}, "acceptance", "partner")
    await step(net, {"referral_id": id}, "completion", "partner", outcome="served")
    await step(net, {"referral_id": id}, "confirmation", PROTECTION, confirmed_by_person=False)

    assert (await net.get(f"/v1/referrals/{id}", POLICE)).status_code == 200
    [found] = (await net.get("/v1/referrals", POLICE)).json()["referrals"]
    assert (found["referral_id"], found["case_id"], found["confirmed_by_person"]) == (id, case_id, False)
    asked_for = (await net.get("/v1/referrals", POLICE, side="from_unit")).json()["referrals"]
    assert [each["referral_id"] for each in asked_for] == [id], "whoever takes part asks"
    assert (await net.get("/v1/referrals", POLICE, side="to")).json()["referrals"] == []
    assert (await net.get(f"/v1/referrals/{id}", LABOUR)).status_code == 404
    assert (await net.get("/v1/referrals", LABOUR)).json()["referrals"] == []
    for answer in (await net.get(f"/v1/referrals/{id}", "partner"), await net.get("/v1/referrals", "partner")):
        assert (
            id in answer.text
            and "not_confirmed" not in answer.text
            and '"confirmed_by_person":false' not in answer.text
        )
    async with at_desk(net, "partner_1") as partner, at_desk(net, PROTECTION) as worker:
        assert "did not get it" in (await worker.opens(f"/referrals/{id}")).text
        assert "did not get it" not in (await partner.opens(f"/referrals/{id}")).text
        page = await worker.opens("/referrals/new?service=food_bank&township=民雄鄉")
        assert "Nobody in the directory offers this here" in page.text
        assert "/directory?service=food_bank" in page.text and 'value="chiayi-county/police"' in page.text
        stored = await net.database["directory"].find_one({"_id": "hope"})
        more = [stored | {"_id": f"p{n}", "withdrawn": False} for n in range(501)]
        await net.database["directory"].insert_many(more)
        page = await worker.opens("/referrals/new?service=counselling")
        assert page.text.count('name="to" value="p') == 19 and "More offer it: name a township" in page.text


async def test_the_sender_writes_down_what_was_said_on_the_telephone(net: Stage) -> None:
    await keep(net, "hope")
    sent = await refer(net, await case_in_hand(net))
    path = f"/v1/referrals/{sent['referral_id']}/acceptance"
    assert (await net.post(path, {}, PROTECTION)).status_code == 403
    early = {"answered_by": {"name": "黃窗口"}, "at": "2026-01-01T00:00:00+08:00"}
    assert (await net.post(path, early, PROTECTION)).status_code == 422
    claimed = {"answered_by": {"name": "黃窗口", "channel": "link"}}
    assert (await net.post(path, claimed, PROTECTION)).status_code == 422, "nobody writes down what a link said"
    told = await net.did(path, {"answered_by": {"name": "黃窗口", "channel": "telephone"}}, PROTECTION)
    by = told["answered_by"]
    assert (by["by"], by["channel"], by["written_by"]) == ("黃窗口", "telephone", f"worker of {PROTECTION}")


async def test_what_is_sent_twice_under_a_key_is_one_referral(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    body = {"service": "counselling", "case_id": case_id}
    answers = [await net.post("/v1/referrals", body, PROTECTION, key="k") for _ in range(2)]
    assert answers[0].json()["referral_id"] == answers[1].json()["referral_id"]
    path = f"/v1/referrals/{answers[0].json()['referral_id']}/acceptance"
    assert [(await net.post(path, {}, "partner", key="a")).status_code for _ in range(2)] == [200, 200]
    assert (await net.post(path, {}, "partner")).status_code == 409
    other = await net.post("/v1/referrals", body | {"note": "another"}, PROTECTION, key="k")
    ill = await net.post(path, {"at": datetime.now(UTC).isoformat()}, "partner", key="a")
    for answer in (other, ill):
        assert answer.status_code == 409 and "used for another act" in answer.json()["detail"]
    [one] = (await net.get("/v1/referrals", PROTECTION)).json()["referrals"]
    assert (one["state"], [line["what"] for line in one["history"]]) == ("accepted", ["sent", "accepted"])


async def test_who_was_asked_does_not_answer_for_who_sent_it_and_who_has_ended_is_not_asked(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id, to=LABOUR)
    await step(net, sent, "refusal", LABOUR, reason="no_capacity")
    person = {"service": "counselling", "person": {"name": "林小美"}, "county": COUNTY, "to": "hope"}
    instead = await net.post("/v1/referrals", person | {"instead_of": sent["referral_id"]}, LABOUR)
    assert instead.status_code == 403
    assert await owed(net, case_id) == [("refer_again", PROTECTION)]
    await net.database["directory"].update_one({"_id": "hope"}, {"$set": {"content.valid_to": "2026-01-01"}})
    ended = await net.post("/v1/referrals", {"service": "counselling", "case_id": case_id, "to": "hope"}, PROTECTION)
    assert ended.status_code == 422 and ended.json()["errors"][0]["code"] == "not_offered"


async def test_every_step_by_every_relation(net: Stage) -> None:
    """Addressed to me, sent by me, of another unit, of another county: who may what."""
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    ahead = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    steps = {
        "waiting": {"expected": ahead}, "acceptance": {}, "start": {}, "completion": {"outcome": "served"},
        "confirmation": {"confirmed_by_person": True}, "withdrawal": {"reason": "mistake"}, "looks": {},
        "refusal": {"reason": "no_capacity"}, "links": {}, "sessions": {},
        "parts": {"kind": "injury", "result": "consistent"}, "keeping": {"after": "3mo", "kept": True},
    }  # fmt: skip
    sending = {"confirmation", "withdrawal", "links"}
    for to, receiver in (("hope", "partner"), (LABOUR, LABOUR)):
        for role in (PROTECTION, receiver, "partner_elsewhere", POLICE, CENTRE, "tainan", "keeper", "analyst"):
            sent = await refer(net, case_id, to=to)
            path = f"/v1/referrals/{sent['referral_id']}"
            seen = (await net.get(path, role)).status_code
            if role in ("keeper", "analyst"):
                assert seen == 403, role
                continue
            assert seen == (200 if role in (PROTECTION, receiver) else 404), (to, role)
            for act, body in steps.items():
                answer = (await net.post(f"{path}/{act}", body, role)).status_code
                if role in ("partner", "partner_elsewhere") and act in sending:
                    assert answer == 403, (to, role, act)
                elif seen == 404:
                    assert answer == 404, (to, role, act)
                elif act in ("parts", "keeping"):
                    assert answer == 422, (to, role, act)  # counselling has no kinds, and nothing to keep
                elif role == PROTECTION and act in steps.keys() - sending - {"looks"}:
                    assert answer == 403, (to, role, act)  # not without saying who answered
                elif role == receiver and act in sending:
                    assert answer == 403, (to, role, act)
                else:
                    assert answer in (200, 201, 409), (to, role, act)


async def test_who_is_asked_sees_what_it_needs_and_nothing_of_the_case_and_each_look_is_on_record(net: Stage) -> None:
    await keep(net, "hope")
    sent = await refer(net, await case_in_hand(net))
    path = f"/v1/referrals/{sent['referral_id']}"
    seen = (await net.get(path, "partner")).json()
    assert (seen["case_id"], seen["report_id"], seen["instead_of"]) == (None, None, None)
    assert "canary" not in json.dumps(seen) + json.dumps(await net.database["referrals"].find_one(), default=str)
    [listed] = (await net.get("/v1/referrals", "partner")).json()["referrals"]
    assert listed["case_id"] is None
    assert (await net.get("/v1/referrals", "partner_elsewhere")).json()["referrals"] == []
    assert (await net.get("/v1/referrals", "partner_nowhere")).json()["referrals"] == []
    assert (await net.get("/v1/referrals", POLICE, unit=CENTRE)).status_code == 403
    elsewhere = {"service": "counselling", "person": {"name": "林小美"}, "county": COUNTY}
    assert (await net.post("/v1/referrals", elsewhere, "tainan")).status_code == 403
    assert (await net.did(f"{path}/looks", {}, "partner"))["note"] == "canary-note"
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [(each["by"], each["what"], each["contact_id"]) for each in looks] == [
        ("partner", "referral", sent["referral_id"])
    ]
    # Who watches over the unit that was asked sees the look, and not which case it is.
    assert looks[0]["case_id"] == ""
    async with at_desk(net, "supervisor") as head:
        assert f"/referrals/{sent['referral_id']}" in (await head.opens("/looks")).text


async def test_a_case_that_is_closed_takes_no_referral_and_one_that_ends_keeps_its_own_in_hand(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    await refer(net, case_id)
    await net.decide(decided("r1", "transferred", version=2))

    async def withdrawn() -> bool:
        return bool((await net.get(f"/v1/cases/{case_id}")).json()["state"] == "withdrawn")

    await until(withdrawn)
    assert await owed(net, case_id) == [("hear_answer", PROTECTION)]
    late = await net.post("/v1/referrals", {"service": "counselling", "case_id": case_id}, PROTECTION)
    assert late.status_code == 409 and late.json()["errors"][0]["code"] == "case_not_open"


async def test_silence_presses_and_is_owed_again(net: Stage) -> None:
    await keep(net, "hope", promise="24h")
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    await net.database["tasks"].update_one(
        {"because.id": sent["referral_id"]},
        {"$set": {"since": long_ago, "due_at": long_ago, "due": long_ago, "press_at": long_ago}},
    )

    async def twice() -> bool:
        return await owed(net, case_id) == [("hear_answer", PROTECTION)] * 2

    await until(twice)
    await step(net, sent, "acceptance", "partner")
    assert await owed(net, case_id) == [("follow_start", PROTECTION)]


async def test_at_the_page_a_worker_refers_and_a_partner_answers(net: Stage) -> None:
    await keep(net, "hope", 2)
    await keep(net, "full", 0)
    case_id = await case_in_hand(net)
    async with at_desk(net, PROTECTION) as worker, at_desk(net, "partner_1") as partner:
        page = await worker.opens(f"/cases/{case_id}")
        assert f"/referrals/new?case_id={case_id}" in page.part("referrals")
        new = f"/referrals/new?case_id={case_id}&service=counselling"
        [sent] = (await worker.opens(new)).forms("/referrals")
        filled = sent.filled({"to": "hope", "family_agrees": "yes", "note": "請諮商"})
        made = await worker.http.post("/referrals", content=urlencode(filled), headers=HEADERS)
        page = await worker.opens(made.url.path)
        assert page.path.startswith("/referrals/") and page.path != "/referrals/new", page.text
        path = page.path
        assert "Counselling" in (await worker.opens(f"/cases/{case_id}")).part("referrals")

        # Who goes back to the form that was sent and writes something else is told, and asked whether it is one more.
        filled = sent.filled({"to": "hope", "family_agrees": "yes", "note": "另一件"})
        again = await worker.http.post("/referrals", content=urlencode(filled), headers=HEADERS)
        assert again.status_code == 409 and "What this form sent before is recorded" in again.text
        elsewhere = await worker.opens("/referrals/new?county=tainan-city&service=counselling")
        assert elsewhere.status == 403, "what another county's providers have room for is not told"

        assert path in (await partner.opens("/referrals")).text
        page = await partner.opens(path)
        assert case_id[:8] not in page.text and "請諮商" not in page.text
        page = await partner.does(path, f"{path}/looks")
        assert "請諮商" in page.text
        page = await partner.does(path, f"{path}/waiting", expected="2020-01-01")
        assert "must lie ahead" in page.text
        await partner.does(path, f"{path}/acceptance")
        assert (await partner.opens(f"/cases/{case_id}")).status == 403
        page = await worker.does(path, f"{path}/start", answered_name="黃窗口", channel="telephone")
        assert "黃窗口" in page.text
        await partner.does(path, f"{path}/completion", outcome="goals_met")
        page = await worker.does(path, f"{path}/confirmation", confirmed_by_person="yes")
        assert "got it" in page.text
        assert "got it" in (await worker.opens(f"/cases/{case_id}")).part("referrals")
        assert "the person says they got it" in (await worker.opens(f"/cases/{case_id}")).part("timeline").lower()
        filtered = await worker.opens("/referrals?state=done&service=counselling&side=from_unit")
        assert path in filtered.text


async def test_after_a_handover_the_case_s_new_hands_see_and_follow_its_referral_and_the_old_ones_do_not(
    net: Stage,
) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id)
    path = f"/v1/referrals/{sent['referral_id']}"
    for old in (PROTECTION, CENTRE):
        assert (await net.get(path, old)).status_code == (200 if old == PROTECTION else 404)
    offer = await net.did(f"/v1/cases/{case_id}/handovers", {"to": CENTRE, "reason": "moved"}, PROTECTION)
    assert (await net.get(path, CENTRE)).status_code == 200, "whom the case is offered to sees what comes with it"
    await net.did(f"/v1/handovers/{offer['handover_id']}/acceptance", {}, CENTRE)
    assert (await net.get(path, PROTECTION)).status_code == 404
    assert (await net.post(f"{path}/withdrawal", {"reason": "mistake"}, PROTECTION)).status_code == 404
    assert (await net.get("/v1/referrals", PROTECTION)).json()["referrals"] == []
    [listed] = (await net.get("/v1/referrals", CENTRE, side="from_unit")).json()["referrals"]
    assert listed["referral_id"] == sent["referral_id"]
    assert await owed(net, case_id) == [("hear_answer", CENTRE)]
    assert (await step(net, sent, "withdrawal", CENTRE, reason="mistake"))["state"] == "withdrawn"


async def test_who_is_asked_answers_in_its_own_name_and_a_wait_ends_ahead(net: Stage) -> None:
    await keep(net, "hope")
    sent = await refer(net, await case_in_hand(net))
    path = f"/v1/referrals/{sent['referral_id']}"
    own = await net.post(f"{path}/acceptance", {"answered_by": {"name": "別人"}}, "partner")
    assert own.status_code == 422 and own.json()["errors"][0]["code"] == "answered_by"
    past = {"expected": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    assert (await net.post(f"{path}/waiting", past, "partner")).status_code == 422
    assert (await net.get(path, "partner")).json()["state"] == "sent"


MEDIATOR = {"id": "mediate", "service": "family_mediation"}


async def test_of_five_referrals_from_registration_three_refused_one_has_a_need_one_has_none(net: Stage) -> None:
    await keep(net, "hope", **MEDIATOR)
    couple = {"service": "family_mediation", "person": {"name": "林小美"}, "county": COUNTY, "township": "朴子市",
              "from_unit": f"{COUNTY}/civil_affairs"}  # fmt: skip
    sent = [await net.did("/v1/referrals", couple, "officer") for _ in range(5)]

    async def counted() -> dict[str, Any]:
        answer = await net.get("/v1/statistics/referrals", "analyst", county=COUNTY, service="family_mediation")
        return dict(answer.json())

    assert (await counted())["equation"] == "A = B + C + D + open: 5 = 0 + 0 + 0 + 5"
    for each in sent[:3]:
        await step(net, each, "refusal", "partner", reason="person_declined")
    await step(net, sent[3], "acceptance", "partner")
    one_open = await counted()
    assert (one_open["equation"], one_open["open"], one_open["balanced"]) == (
        "A = B + C + D + open: 5 = 3 + 1 + 0 + 1",
        1,
        True,
    )
    async with at_desk(net, "caseworker") as worker:
        page = await worker.opens("/figures/referrals")
        assert "1 still open" in page.text and "5 = 3 + 1 + 0 + 1" in page.text
    await step(net, sent[4], "refusal", "partner", reason="no_need")
    whole = await counted()
    assert whole["equation"] == "A = B + C + D: 5 = 3 + 1 + 1"
    assert whole["answered"] == {"person_refused": 3, "has_need": 1, "no_need": 1}
    assert (whole["sent"], whole["open"], whole["withdrawn"], whole["answered_in_time"]) == (5, 0, 0, 5)
    open_ = await net.get("/v1/statistics/referrals", "officer", county=COUNTY, service="family_mediation")
    [town], [provider] = open_.json()["townships"], whole["providers"]
    assert whole["townships"] == [], "of any days, a township is told to who may open its cases alone"
    async with at_desk(net, POLICE) as worker:
        assert "朴子市" not in (await worker.opens("/figures/referrals")).text
    assert (town["of"], town["sent"], provider["of"], provider["sent"]) == ("朴子市", 5, PARTNER, 5)
    assert await net.database["referrals"].count_documents({"case_id": None}) == 5
    told = (await net.get(f"/v1/referrals/{sent[0]['referral_id']}/looks", "partner")).status_code
    assert told == 405
    name = (await net.did(f"/v1/referrals/{sent[0]['referral_id']}/looks", {}, "partner"))["person"]["name"]
    assert name == "林小美"
