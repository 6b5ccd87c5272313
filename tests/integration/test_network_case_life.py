"""A case lives: owed, visited, assessed, helped, handed over, closed, watched; told as stories through the API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.network_life import PLAN, ago, ahead, case_at, owed, taken, visit
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def missing(net: Stage, id: str, **body: Any) -> set[str]:
    """What stands in the way of closing."""
    answer = await net.post(f"/v1/cases/{id}/closings", body, PROTECTION)
    assert answer.status_code == 409, answer.text
    return {each["code"] for each in answer.json()["errors"]}


async def test_a_case_is_visited_assessed_and_closed_by_two_and_the_next_days_report_reopens_it(net: Stage) -> None:
    id = await taken(net)
    assert (await case_at(net, id))["state"] == "accepted"
    await net.did(f"/v1/cases/{id}/contacts", visit(note="孩子說想上學"), PROTECTION)
    assessment = {
        "opened": True,
        "needs": ["economic_hardship", "child_development"],
        "service_mode": "family_preservation",
    }
    await net.did(f"/v1/cases/{id}/assessments", assessment, PROTECTION)
    task = await net.did(
        f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "school_enrolment", "due_at": ahead(5)}, PROTECTION
    )
    for day in (0.8, 0.5, 0.3):
        await net.did(
            f"/v1/cases/{id}/contacts",
            visit(kind="telephone", at=ago(day), until=None, seen=[], address=None),
            PROTECTION,
        )

    closing = {"reason": "goals_met", "return_plan": PLAN}
    assert await missing(net, id, **closing) == {"task_open"}
    await net.did(f"/v1/tasks/{task['id']}/completion", {"evidence": "school_letter"}, PROTECTION)
    asked = await net.did(f"/v1/cases/{id}/closings", closing, PROTECTION)
    own = await net.post(f"/v1/closings/{asked['closing_id']}/approval", {}, PROTECTION)
    assert own.status_code == 403, "a caseworker does not govern"
    closed = await net.did(f"/v1/closings/{asked['closing_id']}/approval", {}, "supervisor")
    assert closed["watched_until"] > ahead(29)
    assert (await case_at(net, id))["state"] == "closed"
    assert (await net.get("/v1/cases", county=COUNTY, state="open")).json()["cases"] == []

    await net.decide(decided("r2", family=["a"]))
    case = await net.case_of("r2")
    assert (case["case_id"], case["state"], case["lead"]["person"]) == (id, "reopened", "陳社工")
    assert [each["reopened_by"] for each in case["closings"]] == ["r2"]
    # The child's follow-up began by itself when the case closed.
    follow_up = {"family_follow_up.monthly_visit", "family_follow_up.sum_up"}
    assert set(await owed(net, id)) == {"unit.accept", "review_closing"} | follow_up
    told = [event["type"] for _, event in await net.told()]
    assert told == [
        "case.opened", "case.accepted", "case.contacted", "case.assessed", *3 * ["case.contacted"], "case.closed",
        "case.reopened", "case.joined",
    ]  # fmt: skip


async def test_who_asked_to_close_does_not_approve_it(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/contacts", visit(), PROTECTION)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
    asked = await net.did(f"/v1/cases/{id}/closings", {"reason": "goals_met", "return_plan": PLAN}, "supervisor")
    path = f"/v1/closings/{asked['closing_id']}"
    assert (await net.post(f"{path}/approval", {"by": "somebody else"}, "supervisor")).status_code == 409
    await net.did(f"{path}/refusal", {"reason": "too_early"}, "supervisor_2")
    assert (await case_at(net, id))["state"] == "opened"


async def test_a_family_that_cannot_be_reached_is_not_closed_before_it_was_looked_for(net: Stage) -> None:
    """Ombudsman 113-9: closed as 'cannot be reached', reported again the next day."""
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
    why: dict[str, Any] = {"reason": "cannot_be_reached", "return_plan": PLAN}
    call = {"kind": "telephone", "at": ago(3), "reached": False}
    wrong = {"kind": "visit", "at": ago(2), "reached": False, "address": {"text": "抄錯的地址", "source": "unknown"}}
    for attempt in (call, wrong):
        await net.did(f"/v1/cases/{id}/contacts", attempt, PROTECTION)
    assert await missing(net, id, **why) == {"attempts", "welfare_check_not_considered", "address_not_current"}
    right = wrong | {"at": ago(1), "address": {"text": "戶政查得的地址", "source": "household_registration"}}
    await net.did(f"/v1/cases/{id}/contacts", right, PROTECTION)
    why["evidence"] = {"welfare_check": "done", "words": "與警察共訪，鄰居說昨日仍在"}
    asked = await net.did(f"/v1/cases/{id}/closings", why, PROTECTION)
    await net.did(f"/v1/closings/{asked['closing_id']}/approval", {}, "supervisor")
    await net.decide(decided("r2", family=["a"]))
    case = await net.case_of("r2")
    assert (case["state"], case["flags"], case["closings"][0]["reopened_by"]) == ("reopened", ["reopened"], "r2")


async def test_two_counties_and_a_charity_do_not_each_think_that_another_watches(net: Stage) -> None:
    """Closed as moved or served elsewhere only once the other has confirmed, by name and time."""
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/contacts", visit(), PROTECTION)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
    for reason in ("moved", "served_elsewhere"):
        assert await missing(net, id, reason=reason, return_plan=PLAN) == {"acknowledgement_missing"}
    confirmed = {"acknowledged": {"by": "tainan-city/protection", "at": ago(0.1)}}
    await net.did(
        f"/v1/cases/{id}/closings", {"reason": "moved", "evidence": confirmed, "return_plan": PLAN}, PROTECTION
    )


async def test_a_child_whom_nobody_saw_for_ten_days_keeps_the_case_open(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
    await net.did(f"/v1/cases/{id}/contacts", visit(at=ago(11), until=None), PROTECTION)
    assert await missing(net, id, reason="goals_met", return_plan=PLAN) == {"person_not_seen"}
    by_telephone = await net.post(f"/v1/cases/{id}/contacts", visit(kind="telephone", until=None), PROTECTION)
    assert by_telephone.status_code == 422
    await net.did(f"/v1/cases/{id}/contacts", visit(kind="session"), PROTECTION)
    [child, _] = (await case_at(net, id))["people"]
    assert (child["last_seen_by"], child["last_seen_alone"]) == (f"worker of {PROTECTION}", True)
    await net.did(f"/v1/cases/{id}/closings", {"reason": "goals_met", "return_plan": PLAN}, PROTECTION)


async def test_police_as_a_collaborator_takes_its_part_by_name_or_the_lead_names_another(net: Stage) -> None:
    id = await taken(net)
    ask = {"unit": POLICE, "asked_for": ["personal_safety", "patrol"], "due_at": ahead(3)}
    assert (await net.get(f"/v1/cases/{id}", POLICE)).status_code == 404
    asked = await net.did(f"/v1/cases/{id}/collaborators", ask, PROTECTION)
    path = f"/v1/collaborations/{asked['collaboration_id']}"
    assert (await net.post(f"{path}/acceptance", {}, LABOUR)).status_code == 404
    assert (await net.post(f"{path}/acceptance", {}, CENTRE)).status_code == 404
    joined = await net.did(f"{path}/acceptance", {"by": "林警員"}, POLICE)
    assert (joined["state"], joined["person"]) == ("joined", "林警員")
    assert (await net.post(f"{path}/refusal", {"reason": "no_capacity"}, POLICE)).status_code == 409
    tasks = (await net.get("/v1/tasks", POLICE, unit=POLICE)).json()["tasks"]
    assert sorted((task["what"], task["person"]) for task in tasks) == [
        ("patrol", "林警員"),
        ("personal_safety", "林警員"),
    ]
    await net.did(f"{path}/release", {"reason": "moved"}, PROTECTION)
    assert (await net.get(f"/v1/cases/{id}", POLICE)).status_code == 404
    assert {task["unit"] for task in (await case_at(net, id))["tasks"] if task["state"] == "open"} == {PROTECTION}

    again = await net.did(f"/v1/cases/{id}/collaborators", ask | {"unit": LABOUR}, PROTECTION)
    declined = await net.did(f"/v1/collaborations/{again['collaboration_id']}/refusal", {"reason": "not_ours"}, LABOUR)
    assert declined["state"] == "declined"
    assert "name_another" in await owed(net, id)


async def test_a_joint_visit_is_one_contact_that_settles_the_tasks_of_both(net: Stage) -> None:
    id = await taken(net)
    ask = {"unit": LABOUR, "asked_for": ["joint_visit"], "due_at": ahead(3)}
    asked = await net.did(f"/v1/cases/{id}/collaborators", ask, PROTECTION)
    await net.did(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": "勞政 張"}, LABOUR)
    tasks = await owed(net, id)
    made = await net.did(
        f"/v1/cases/{id}/contacts",
        visit(**{"with": ["family", LABOUR], "completes": [tasks["joint_visit"]]}),
        PROTECTION,
    )
    assert (made["late"], made["overlaps"], made["with"]) == (False, [], ["family", LABOUR])
    [task] = [each for each in (await case_at(net, id))["tasks"] if each["what"] == "joint_visit"]
    assert (task["state"], task["evidence"], task["unit"]) == ("done", made["contact_id"], LABOUR)
    pairs = (await net.get("/v1/statistics/joint-visits", "analyst", county=COUNTY)).json()["pairs"]
    assert pairs == [{"units": ["labour", "protection"], "visits": 1}]
    right = visit(at=ago(400), until=ago(399.9), corrects=made["contact_id"], **{"with": ["family", LABOUR]})
    made = await net.did(f"/v1/cases/{id}/contacts", right, PROTECTION)
    pairs = (await net.get("/v1/statistics/joint-visits", "analyst", county=COUNTY)).json()["pairs"]
    assert pairs == [], "it was another year, and what was wrong counts for nothing"
    right = visit(corrects=made["contact_id"], **{"with": ["family", LABOUR]})
    await net.did(f"/v1/cases/{id}/contacts", right, PROTECTION)
    pairs = (await net.get("/v1/statistics/joint-visits", "analyst", county=COUNTY)).json()["pairs"]
    assert pairs == [{"units": ["labour", "protection"], "visits": 1}]


async def test_what_is_entered_late_or_stands_in_two_places_at_once_is_marked(net: Stage) -> None:
    id = await taken(net)
    first = await net.did(f"/v1/cases/{id}/contacts", visit(at=ago(3), until=ago(2.9)), PROTECTION)
    second = await net.did(f"/v1/cases/{id}/contacts", visit(at=ago(2.95), until=ago(2.8)), PROTECTION)
    call = await net.did(
        f"/v1/cases/{id}/contacts", {"kind": "telephone", "at": ago(2.95), "reached": True}, PROTECTION
    )
    assert (first["late"], second["overlaps"], call["overlaps"]) == (True, [first["contact_id"]], [])
    ahead_of_ours = await net.post(f"/v1/cases/{id}/contacts", visit(at=ahead(0.001), until=None), PROTECTION)
    assert ahead_of_ours.status_code == 201, "a telephone's clock may be a minute fast"
    tomorrow = await net.post(f"/v1/cases/{id}/contacts", visit(at=ahead(1), until=None), PROTECTION)
    assert (tomorrow.status_code, tomorrow.json()["errors"][0]["code"]) == (422, "in_future")
    for path, body in (
        ("contacts", visit(until=ahead(0.05))),
        ("closings", {"reason": "moved", "evidence": {"acknowledged": {"by": POLICE, "at": ahead(1)}}}),
    ):
        answer = await net.post(f"/v1/cases/{id}/{path}", body, PROTECTION)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "in_future"), path


async def test_the_same_key_records_a_visit_once(net: Stage) -> None:
    id = await taken(net)
    body = visit(at=ago(1))
    answers = [await net.post(f"/v1/cases/{id}/contacts", body, PROTECTION, key="phone-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["contact_id"] for answer in answers}) == 1
    assert len((await case_at(net, id))["contacts"]) == 1


async def test_a_case_that_is_not_opened_needs_a_reason_and_owes_nothing(net: Stage) -> None:
    id = await taken(net)
    assert (await net.post(f"/v1/cases/{id}/assessments", {"opened": False}, PROTECTION)).status_code == 422
    await net.did(f"/v1/cases/{id}/assessments", {"opened": False, "reason": "no_need"}, PROTECTION)
    case = await case_at(net, id)
    assert (case["state"], case["owed"]) == ("not_opened", [])
    late = await net.post(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit"}, PROTECTION)
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "case_not_open")
    [told] = [event for _, event in await net.told() if event["type"] == "case.assessed"]
    assert told["watched_until"] == case["watched_until"], "who reads it knows until when a report opens it again"


async def test_a_family_that_was_not_opened_and_is_reported_again_is_looked_at_again(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": False, "reason": "no_need"}, PROTECTION)
    await net.decide(decided("r2", family=["a"]))
    case = await net.case_of("r2")
    assert (case["case_id"], case["state"], case["closings"]) == (id, "reopened", [])
    assert case["returned_after_closing"] == []


async def test_no_tick_takes_a_report_on_that_nobody_took_on_by_name(net: Stage) -> None:
    await net.decide(decided("r1", family=["a"], collaborators=(POLICE,)))
    id = (await net.case_of("r1"))["case_id"]
    for what, task in (await owed(net, id)).items():
        for answer in ("completion", "drop"):
            refused = await net.post(f"/v1/tasks/{task}/{answer}", {"reason": "no_need"}, "supervisor")
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "by_name"), what
    assert set(await owed(net, id)) == {"unit.accept", "take_part"}


async def test_an_older_tool_result_stays_and_the_latest_counts(net: Stage) -> None:
    id = await taken(net)
    for result in ("high", "medium"):
        body = {"opened": True, "needs": [], "tools": [{"tool": "sdm", "result": result}]}
        await net.did(f"/v1/cases/{id}/assessments", body, PROTECTION)
    found = [each["tools"][0]["result"] for each in (await case_at(net, id))["assessments"]]
    assert found == ["high", "medium"]


async def test_a_task_presses_at_each_step_of_its_time_once(net: Stage) -> None:
    id = await taken(net)
    due = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    task = await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": due}, PROTECTION)

    async def told() -> list[int]:
        return [event["step"] for event in await net.told_of_tasks() if event["task_id"] == task["id"]]

    async def all_told() -> bool:
        return 100 in await told()

    await until(all_told)
    steps = await told()
    assert steps == sorted(set(steps))


async def test_a_recurring_task_is_owed_again_when_it_was_done_or_missed(net: Stage) -> None:
    id = await taken(net)
    tiny = {"unit": PROTECTION, "what": "visit", "due_at": "1990-01-01T00:00:00Z", "every": "1d"}
    for wrong in (tiny, tiny | {"due_at": ahead(1), "every": "0d"}):
        assert (await net.post(f"/v1/cases/{id}/tasks", wrong, PROTECTION)).status_code == 422
    for due in (ago(1), ahead(10)):
        body = {"unit": PROTECTION, "what": "monthly_visit", "due_at": due, "every": "1mo"}
        task = await net.did(f"/v1/cases/{id}/tasks", body, PROTECTION)
    await net.did(f"/v1/tasks/{task['id']}/completion", {}, PROTECTION)

    async def again() -> bool:
        tasks = (await case_at(net, id))["tasks"]
        return sum(each["what"] == "monthly_visit" for each in tasks) == 4

    await until(again)


async def test_a_plan_says_who_does_what_by_when_and_is_looked_at_again(net: Stage) -> None:
    id = await taken(net)
    plan = {"goals": ["child_safe"], "agreed": True, "review_at": ahead(30), "words": "孩子放學有人接"}
    plan["steps"] = [{"unit": PROTECTION, "what": "home_visit", "due_at": ahead(n)} for n in (3, 10)]
    early = await net.post(f"/v1/cases/{id}/plans", plan, PROTECTION)
    assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "not_assessed")
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
    stranger = plan | {"steps": [{"unit": LABOUR, "what": "job", "due_at": ahead(3)}]}
    assert (await net.post(f"/v1/cases/{id}/plans", stranger, PROTECTION)).json()["errors"][0]["about"] == LABOUR
    made = await net.did(f"/v1/cases/{id}/plans", plan, PROTECTION)
    tasks = {task["id"]: task["what"] for task in (await case_at(net, id))["tasks"] if task["state"] == "open"}
    assert [tasks[step] for step in made["steps"]] == ["home_visit", "home_visit"]
    assert "review_plan" in tasks.values()
    await net.did(f"/v1/plans/{made['plan_id']}/review", {}, PROTECTION)
    [kept] = (await case_at(net, id))["plans"]
    assert (kept["agreed"], kept["reviewed_by"]) == (True, f"worker of {PROTECTION}")


async def test_a_key_that_comes_again_with_another_body_is_told_so_and_nothing_is_done(net: Stage) -> None:
    id = await taken(net)
    path, asked = f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "school_enrolment", "note": "週三到校"}
    first = await net.post(path, asked, PROTECTION, key="k")
    turned = dict(reversed(asked.items()))
    assert (await net.post(path, turned, PROTECTION, key="k")).json() == first.json(), "the same, however it is written"
    for other in ({"what": "counselling"}, {"note": "週四到校"}, {"by": "林社工"}):
        answer = await net.post(path, asked | other, PROTECTION, key="k")
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:safetynet:problem:conflict"), answer.text
        assert "Idempotency-Key was used for another act, which stands" in answer.json()["detail"]
    assert set(await owed(net, id)) - {"assess"} == {"school_enrolment"}, "it has no day: the case owes one by another"
    assert "週三" not in str(await net.database["cases"].find_one({"_id": id}))


async def test_one_key_on_two_acts_does_both_and_a_repeat_answers_as_before(net: Stage) -> None:
    id = await taken(net)
    path = f"/v1/cases/{id}/tasks"
    asked = {"unit": PROTECTION, "what": "school_enrolment"}
    given = [(await net.post(path, asked, PROTECTION, key="k")).json()["what"] for _ in range(2)]
    assert given == ["school_enrolment", "school_enrolment"]
    await net.did(path, asked | {"what": "counselling"}, PROTECTION)
    tasks = await owed(net, id)
    for what in ("school_enrolment", "counselling"):
        answer = await net.post(f"/v1/tasks/{tasks[what]}/completion", {}, PROTECTION, key="k")
        assert answer.json()["state"] == "done", what
    for part, body in (("contacts", visit()), ("assessments", {"opened": True, "needs": []})):
        answer = await net.post(f"/v1/cases/{id}/{part}", body, PROTECTION, key="k")
        assert answer.status_code == 201, f"{part}: {answer.text}"


async def test_what_was_made_in_a_case_that_became_part_of_another_is_answered_again(net: Stage) -> None:
    one = await taken(net)
    other = await taken(net, "r2", by="李社工", apart=("r1",))
    asked = {
        "tasks": {"unit": PROTECTION, "what": "home_visit", "due_at": ahead(1)},
        "joint-visits": {"with": ["village_chief"], "at": ahead(1)},
    }
    paths = {f"/v1/cases/{other}/{part}": body for part, body in asked.items()}
    before = [(await net.post(path, body, PROTECTION, key="k")).json() for path, body in paths.items()]
    merge = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, PROTECTION)
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor")
    again = [(await net.post(path, body, PROTECTION, key="k")).json() for path, body in paths.items()]
    assert [each.get("id", each.get("visit_id")) for each in again] == [
        each.get("id", each.get("visit_id")) for each in before
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "content"), [("application/json", ""), ("text/plain", "no"), ("text/plain", "")])
async def test_a_key_beside_what_is_no_body_is_told_as_such(net: Stage, kind: str, content: str) -> None:
    id = await taken(net)
    headers = {"Authorization": f"Bearer {PROTECTION}", "Idempotency-Key": "k", "content-type": kind}
    answer = await net.http.post(f"/v1/cases/{id}/contacts", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
