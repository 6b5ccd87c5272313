"""Each kind of service by its own answers, with the figures that governments printed, through the API."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.topics import REFERRALS

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_stage import CENTRE, COUNTY, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
PRISON = f"{COUNTY}/provider.prison"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


def offers(service: str, **more: Any) -> dict[str, Any]:
    return {"service": service} | more


async def step(net: Stage, referral: dict[str, Any], act: str, role: str = "partner", **body: Any) -> dict[str, Any]:
    return await net.did(f"/v1/referrals/{referral['referral_id']}/{act}", body, role)


async def figures(net: Stage, service: str) -> dict[str, Any]:
    answer = await net.get("/v1/statistics/referrals", "analyst", county=COUNTY, service=service)
    return dict(answer.json())


async def test_family_education_of_six_sessions_reaches_its_goals_and_the_case_page_says_so(net: Stage) -> None:
    await keep(net, "hope", **offers("family_education"))
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id, service="family_education")
    early = await net.post(f"/v1/referrals/{sent['referral_id']}/sessions", {}, "partner")
    assert early.status_code == 409 and early.json()["errors"][0]["code"] == "referral_is_sent"
    await step(net, sent, "acceptance")
    path = f"/v1/referrals/{sent['referral_id']}/sessions"
    for number in range(6):
        for _ in range(2):  # sent twice under a key it is one session
            await net.post(path, {}, "partner", key=f"session {number}")
    await step(net, sent, "completion", outcome="goals_met")
    seen = (await net.get(f"/v1/referrals/{sent['referral_id']}", PROTECTION)).json()
    assert (seen["sessions"], seen["outcome"], seen["state"]) == (6, "goals_met", "done")
    assert (await net.get(f"/v1/cases/{case_id}", PROTECTION)).json()["referrals"] == [sent["referral_id"]]
    assert (await figures(net, "family_education"))["sessions"] == 6
    await keep(net, "bank", **offers("food_bank"))
    parcel = await refer(net, case_id, service="food_bank")
    counted = await net.post(f"/v1/referrals/{parcel['referral_id']}/sessions", {}, PROTECTION)
    assert counted.status_code == 422, "nobody counts how often a parcel was met"


async def test_a_medical_centre_answers_each_kind_that_was_asked_and_the_lead_alone_sees_it(net: Stage) -> None:
    await keep(net, "hope", **offers("medical_evaluation"))
    case_id = await case_in_hand(net)
    asked = {"collaborator": CENTRE, "unit": CENTRE, "asked_for": ["visit"], "due_at": "2030-01-01T00:00:00+08:00"}
    collaboration = await net.did(f"/v1/cases/{case_id}/collaborators", asked, PROTECTION)
    await net.did(f"/v1/collaborations/{collaboration['collaboration_id']}/acceptance", {}, CENTRE)
    body = {"service": "medical_evaluation", "case_id": case_id}
    for kinds in ([], ["a_new_kind"]):
        wrong = await net.post("/v1/referrals", body | {"asked_for": kinds}, PROTECTION)
        assert wrong.status_code == 422 and "injury" in wrong.text
    kinds = ["injury", "toxicology", "psychiatric_therapy"]
    sent = await refer(net, case_id, service="medical_evaluation", asked_for=kinds)
    path = f"/v1/referrals/{sent['referral_id']}"
    await step(net, sent, "acceptance")
    first, second = (datetime.now(UTC) + timedelta(microseconds=after) for after in (0, 1))
    await step(net, sent, "parts", kind="injury", result="consistent", at=first.isoformat())
    open_ = await net.post(f"{path}/completion", {"outcome": "served"}, "partner")
    assert open_.status_code == 409 and open_.json()["errors"][0]["code"] == "part_open"
    await step(net, sent, "parts", kind="toxicology", result="inconclusive")
    for wrong_part in ({"kind": "parent_education", "result": "was_given"}, {"kind": "injury", "result": "consistent"}):
        assert (await net.post(f"{path}/parts", wrong_part, "partner")).status_code == 409
    for ill in ({"kind": "injury"}, {"kind": "injury", "result": "a report in words"}):
        assert (await net.post(f"{path}/parts", ill, "partner")).status_code == 422
    await step(net, sent, "parts", kind="psychiatric_therapy", reason="not_provided")
    await step(net, sent, "completion", outcome="served")
    parts = (await net.get(path, PROTECTION)).json()["parts"]
    assert [(each["kind"], each["result"], each["reason"]) for each in parts] == [
        ("injury", "consistent", None), ("toxicology", "inconclusive", None),
        ("psychiatric_therapy", None, "not_provided"),
    ]  # fmt: skip
    assert datetime.fromisoformat(parts[0]["at"]) < datetime.fromisoformat(parts[1]["at"]), "each on its own date"
    assert second
    assert (await net.get(path, CENTRE)).status_code == 404
    assert (await net.get(f"/v1/cases/{case_id}", CENTRE)).json()["referrals"] == []
    assert (await net.get("/v1/referrals", CENTRE)).json()["referrals"] == []
    story = json.dumps((await net.get(f"/v1/cases/{case_id}/timeline", CENTRE)).json())
    assert "referral.part_done" in story and "provider" not in story


async def test_a_referral_after_sexual_assault_is_sealed_and_no_event_says_what_it_is(net: Stage) -> None:
    await keep(net, "hope", **offers("sexual_assault_support"))
    case_id = await case_in_hand(net)
    body = {"service": "sexual_assault_support", "case_id": case_id, "asked_for": ["examination"]}
    assert (await net.post("/v1/referrals", body, PROTECTION)).status_code == 422, "its purpose is written sealed"
    sent = await refer(net, case_id, service="sexual_assault_support")
    await step(net, sent, "acceptance")
    path = f"/v1/referrals/{sent['referral_id']}"
    assert (await net.did(f"{path}/looks", {}, "partner"))["note"] == "canary-note"
    for stranger in ("tainan", CENTRE, "partner_elsewhere"):
        assert (await net.get(path, stranger)).status_code == 404
    await all_sent(net.database["referrals"], net.database["tasks"])
    told = repr(await on_topic(net.kafka, net.prefix, REFERRALS)) + repr(await net.told_of_tasks())
    assert "sealed" in told and not [word for word in ("sexual", "provider", "canary") if word in told]
    kept = json.dumps(await net.database["steps"].find({"case_id": case_id}).to_list(None), default=str)
    assert "referral.accepted" in kept and "provider" not in kept


async def test_of_twenty_referrals_to_work_fifteen_are_accepted_nine_placed_and_six_kept_it(net: Stage) -> None:
    await keep(net, "hope", **offers("employment_service"))
    person = {"service": "employment_service", "person": {"name": "林小美"}, "county": COUNTY}
    wrong = await net.post("/v1/referrals", person | {"group": "anybody"}, "officer")
    assert wrong.status_code == 422 and "ex_offender" in wrong.text
    groups = ["neet"] * 10 + ["ex_offender"] * 10
    sent = [await net.did("/v1/referrals", person | {"group": group}, "officer") for group in groups]
    for number, each in enumerate(sent):
        await (step(net, each, "acceptance") if number < 15 else step(net, each, "refusal", reason="not_eligible"))
    for number, each in enumerate(sent[:15]):
        await step(net, each, "completion", outcome="at_work" if number < 9 else "person_declined")
    tasks = (await net.get("/v1/tasks", "officer", unit=f"{COUNTY}/window")).json()["tasks"]
    assert len([each for each in tasks if each["what"] == "ask_kept"]) == 9
    for number, each in enumerate(sent[:9]):
        await step(net, each, "keeping", "officer", after="3mo", kept=number < 6)
    early = await net.post(
        f"/v1/referrals/{sent[10]['referral_id']}/keeping", {"after": "3mo", "kept": True}, "officer"
    )
    assert early.status_code == 422, "of somebody who never worked nobody asks whether they still do"
    whole = await figures(net, "employment_service")
    assert (whole["sent"], whole["answered"]) == (20, {"accepted": 15, "refused": 5})
    assert (whole["outcomes"], whole["kept"]) == ({"at_work": 9, "person_declined": 6}, {"3mo": 6})
    by_group = {each["of"]: (each["sent"], each["outcomes"].get("at_work"), each["kept"]) for each in whole["groups"]}
    assert by_group == {"ex_offender": (10, None, {}), "neet": (10, 9, {"3mo": 6})}
    assert [(each["of"], each["sent"]) for each in whole["years"]] == [(str(datetime.now(UTC).year), 20)]
    tasks = (await net.get("/v1/tasks", "officer", unit=f"{COUNTY}/window")).json()["tasks"]
    assert len([each for each in tasks if each["what"] == "refer_again"]) == 3 + 5, "who lost the job is somebody's"


async def test_of_75_places_the_nearest_hands_the_parcel_out_and_one_that_nobody_fetched_comes_back(net: Stage) -> None:
    towns = ["朴子市", "布袋鎮", "大林鎮", "民雄鄉", "竹崎鄉"]
    for number in range(75):
        town = towns[number % len(towns)]
        await keep(net, f"food-{number:02}", **offers("food_bank", townships=[town]))
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id, service="food_bank", township="竹崎鄉")
    assert sent["to"] == f"{COUNTY}/provider.food-04", "the first that serves this township"
    told = {"answered_by": {"name": "站長"}}
    await step(net, sent, "acceptance", PROTECTION, **told)
    [owed] = [
        each for each in (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
        if each["because"]["id"] == sent["referral_id"]
    ]  # fmt: skip
    due = datetime.fromisoformat(owed["due_at"]) - datetime.now(UTC)
    assert owed["what"] == "follow_outcome" and timedelta(days=6) < due < timedelta(days=8)
    lost = await refer(net, case_id, service="food_bank", township="竹崎鄉")
    await step(net, lost, "acceptance", PROTECTION, **told)
    await step(net, sent, "completion", PROTECTION, outcome="collected", **told)
    await step(net, lost, "completion", PROTECTION, outcome="not_collected", **told)
    tasks = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    back = {each["because"]["id"]: each["what"] for each in tasks if each["because"]["kind"] == "referral"}
    assert back == {sent["referral_id"]: "ask_person", lost["referral_id"]: "refer_again"}


async def test_a_prison_refers_two_weeks_before_release_and_hears_the_kind_of_outcome(net: Stage) -> None:
    release = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    body = {"service": "release_support", "person": {"name": "林小美"}, "county": COUNTY, "to": CENTRE,
            "needed_on": release, "note": "canary-note"}  # fmt: skip
    sent = await net.did("/v1/referrals", body, "prison")
    path = f"/v1/referrals/{sent['referral_id']}"
    assert (sent["from_unit"], sent["needed_on"]) == (PRISON, release)
    window = (await net.get("/v1/tasks", "officer", unit=f"{COUNTY}/window")).json()["tasks"]
    assert [each["what"] for each in window] == ["hear_answer"], "a prison has no desk here: the window follows it"
    await step(net, sent, "acceptance", CENTRE)
    first = datetime.now(UTC).isoformat()
    await step(net, sent, "start", CENTRE, at=first)
    await step(net, sent, "completion", CENTRE, outcome="goals_met")
    told = (await net.get(path, "prison")).json()
    assert (told["state"], told["outcome"], told["started_at"][:19]) == ("done", "goals_met", first[:19])
    assert (told["history"], told["answered_by"], told["reason"]) == ([], None, None)
    assert [each["referral_id"] for each in (await net.get("/v1/referrals", "prison")).json()["referrals"]] == [
        sent["referral_id"]
    ]
    for other in ("partner", "partner_elsewhere", PROTECTION, "tainan"):
        assert (await net.get(path, other)).status_code == 404
    for act, ill in {
        "acceptance": {},
        "completion": {"outcome": "served"},
        "withdrawal": {"reason": "mistake"},
    }.items():
        assert (await net.post(f"{path}/{act}", ill, "prison")).status_code == 403
        said = ill | {"answered_by": {"name": "自己"}}
        assert (await net.post(f"{path}/{act}", said, "prison")).status_code == 403
    for of in ({"case_id": "any"}, {"report_id": "any"}):
        ill = {name: value for name, value in body.items() if name != "person"} | of
        assert (await net.post("/v1/referrals", ill, "prison")).status_code == 404
    assert (await net.post("/v1/referrals", body | {"from_unit": CENTRE}, "prison")).status_code == 403


async def test_a_partner_of_a_unit_that_leads_a_case_sees_and_refers_nothing_of_it(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id)
    body = {"service": "counselling", "case_id": case_id}
    assert (await net.post("/v1/referrals", body, "partner_inside")).status_code == 404
    assert (await net.get(f"/v1/referrals/{sent['referral_id']}", "partner_inside")).status_code == 404
    assert (await net.get("/v1/referrals", "partner_inside")).json()["referrals"] == []


async def test_a_youth_whom_a_school_refers_is_at_work_after_four_months(net: Stage) -> None:
    await keep(net, "hope", **offers("youth_service"))
    body = {"service": "youth_service", "person": {"name": "林小美"}, "county": COUNTY}
    sent = await net.did("/v1/referrals", body, "partner_elsewhere")
    for act, more in (("acceptance", {}), ("start", {}), ("completion", {"outcome": "at_work"})):
        await step(net, sent, act, **more)
    told = (await net.get(f"/v1/referrals/{sent['referral_id']}", "partner_elsewhere")).json()
    assert (told["state"], told["outcome"]) == ("done", "at_work")
    assert (await figures(net, "youth_service"))["outcomes"] == {"at_work": 1}


async def test_an_assessment_with_two_indicators_is_visited_the_same_day_and_matched_to_who_has_room(
    net: Stage,
) -> None:
    """Item 34: the visit is owed the same day; of transport the first provider is full, so the next one is asked."""
    await keep(net, "full", 0, **offers("transport"))
    await keep(net, "hope", 1, **offers("transport"))
    case_id = await case_in_hand(net)
    flagged = {"service": "priority_visit", "case_id": case_id, "to": CENTRE}
    for few in ([], ["lives_alone"], ["lives_alone", "lives_alone"], ["lives_alone", "anything"]):
        refused = await net.post("/v1/referrals", flagged | {"asked_for": few}, PROTECTION)
        assert refused.status_code == 422 and "carer_overloaded" in refused.text, few
    two = ["lives_alone", "cannot_go_out"]
    sent = await net.did("/v1/referrals", flagged | {"asked_for": two}, PROTECTION)
    [visit] = (await net.get("/v1/tasks", CENTRE, unit=CENTRE)).json()["tasks"]
    due = datetime.fromisoformat(visit["due_at"]) - datetime.fromisoformat(sent["sent_at"])
    assert (visit["what"], due) == ("answer_referral", timedelta(hours=4))
    await step(net, sent, "acceptance", CENTRE)
    [visit] = (await net.get("/v1/tasks", CENTRE, unit=CENTRE)).json()["tasks"]
    assert visit["what"] == "finish_referral", "the visit itself"
    await step(net, sent, "completion", CENTRE, outcome="matched")

    full = await net.post("/v1/referrals", {"service": "transport", "case_id": case_id, "to": "full"}, PROTECTION)
    assert [(each["code"], each["about"]) for each in full.json()["errors"]] == [
        ("provider_full", "full"), ("next_best", "hope"),
    ]  # fmt: skip
    ride = await refer(net, case_id, service="transport")
    assert (ride["provider"], ride["state"]) == ("hope", "sent")


async def test_a_care_visit_of_an_association_is_somebodys_until_it_was_made(net: Stage) -> None:
    """Item 36: an association that finds nobody at home is not done: who sent it is owed the next step."""
    await keep(net, "hope", **offers("care_visit"))
    case_id = await case_in_hand(net)
    sent = await refer(net, case_id, service="care_visit")
    await step(net, sent, "acceptance")
    owed = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert "follow_outcome" in [each["what"] for each in owed], "the visit is followed, without a beginning of its own"
    await step(net, sent, "completion", outcome="not_at_home")
    owed = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert "refer_again" in [each["what"] for each in owed]
    again = await refer(net, case_id, service="care_visit", instead_of=sent["referral_id"])
    await step(net, again, "acceptance")
    await step(net, again, "completion", outcome="visited")
    found = await figures(net, "care_visit")
    assert (found["sent"], found["open"], found["withdrawn"]) == (2, 0, 0)
    told = (await net.get(f"/v1/referrals/{again['referral_id']}", PROTECTION)).json()
    assert (told["state"], told["outcome"]) == ("done", "visited")
