"""FHIR of referrals: every status both ways, the guide's shapes, nobody's name, and wrong input corrected."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from contracts.event import Sealed
from kit.problems import Conflict, Forbidden, Problem
from network.referrals.domain.referral import Line, Referral, Said, State
from network.referrals.fhir.capability import statement
from network.referrals.fhir.hearing import HEARD, Stale, changing, heard, read
from network.referrals.fhir.kinds import kinds
from network.referrals.fhir.outcomes import outcome
from network.referrals.fhir.resources import TASK_CODE, ServiceRequest, Task, TaskStatus
from network.referrals.fhir.saying import CATEGORIES, OUTCOMES, REASONS, STATUS, person_of, request_of, task_of

COUNTY = "chiayi-county"
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
AHEAD = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
BY = Said("蔡夥伴", NOW + timedelta(hours=1))
STATES: tuple[State, ...] = get_args(State)


def referral(state: State = "sent", **more: Any) -> Referral:
    facts: dict[State, dict[str, Any]] = {
        "waiting": {"expected_at": AHEAD}, "refused": {"reason": "no_capacity", "ended_at": NOW},
        "started": {"started_at": NOW}, "withdrawn": {"reason": "not_needed", "ended_at": NOW},
        "done": {"started_at": NOW, "outcome": "served", "ended_at": NOW},
    }  # fmt: skip
    made = Referral(
        "r-1", COUNTY, "mental_health_care", f"{COUNTY}/provider.hope", f"{COUNTY}/protection", "陳社工", NOW,
        NOW + timedelta(days=2), "hope", "case-canary", "report-canary", "民雄鄉", ("home_visit",), True,
        Sealed("sealed-canary"), Sealed("person-canary"), "instead-canary",
    )  # fmt: skip
    history = (Line(NOW, "sent", "陳社工"), *((Line(NOW, state, "x"),) if state != "sent" else ()))
    return replace(made, state=state, history=history, version=len(history), **facts.get(state, {}) | more)


def put(status: str, **more: Any) -> Task:
    body = {"resourceType": "Task", "id": "r-1", "status": status, "intent": "order"}
    return Task.model_validate_json(json.dumps(body | more))


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


REASON = {"statusReason": concept(REASONS, "no_capacity") | {"text": "人力不足"}}
UNTIL = {"restriction": {"period": {"end": AHEAD.isoformat()}}}
OUTPUT = {"output": [{"type": {"text": "outcome"}, "valueCodeableConcept": concept(OUTCOMES, "served")}]}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_said_and_heard_and_what_was_said_may_be_sent_back(state: State) -> None:
    told = task_of(referral(state), "en")
    assert (told.status, HEARD[told.status]) == (STATUS[state], state)
    assert told.business_status and told.business_status.coding and told.business_status.coding[0].code == state
    again = Task.model_validate_json(json.dumps(told.json_body))
    assert again == told
    said = heard(again, referral(state))
    assert said.state == state
    same = referral(state)
    assert changing(said, same, None)(same, BY) is same
    reason_told = told.status_reason is not None and bool(told.status_reason.text)
    assert reason_told == (state in ("waiting", "refused", "withdrawn")), "the guide wants a text with each reason"
    request = request_of(referral(state), "zh")
    assert ServiceRequest.model_validate_json(json.dumps(request.json_body)) == request
    over = {"refused": "revoked", "withdrawn": "revoked", "done": "completed"}
    assert request.status == over.get(state, "active")


def test_every_status_that_is_taken_moves_the_referral() -> None:
    moves: dict[str, tuple[State, dict[str, Any], State]] = {
        "accepted": ("sent", {}, "accepted"), "rejected": ("sent", REASON, "refused"),
        "received": ("sent", UNTIL, "waiting"), "on-hold": ("sent", UNTIL, "waiting"),
        "in-progress": ("accepted", {}, "started"), "completed": ("started", OUTPUT, "done"),
    }  # fmt: skip
    assert moves.keys() == set(get_args(TaskStatus)) - {"requested", "cancelled"}
    for status, (before, more, after) in moves.items():
        found = referral(before)
        moved = changing(heard(put(status, **more), found), found, "1" if before == "sent" else "2")(found, BY)
        assert (moved.state, moved.version) == (after, found.version + 1)
        assert task_of(moved, "en").status in (status, "on-hold")


def test_what_is_not_the_asked_sides_is_refused() -> None:
    found = referral("accepted")
    with pytest.raises(Forbidden):
        changing(heard(put("cancelled"), found), found, None)
    with pytest.raises(Conflict):
        changing(heard(put("requested"), found), found, None)
    with pytest.raises(Stale):
        changing(heard(put("in-progress"), found), found, "1")(found, BY)
    assert changing(heard(put("accepted"), found), found, "1")(found, BY) is found, "a repeat is harmless"
    assert changing(heard(put("accepted"), found), referral(), "1")(found, BY) is found, "and so are two at once"


def test_nothing_of_the_case_and_nobodys_name_is_said_and_no_two_referrals_can_be_joined() -> None:
    asked = referral("done", confirmed=False)
    told = json.dumps([task_of(asked, "zh").json_body, request_of(asked, "zh").json_body], ensure_ascii=False)
    assert "canary" not in told and "陳社工" not in told
    heard_of = replace(asked, history=(*asked.history, Line(NOW + timedelta(days=1), "not_confirmed", "陳社工")))
    assert task_of(heard_of, "zh") == task_of(asked, "zh"), "what the person said is for who sent it"
    assert person_of(asked) != person_of(replace(asked, id="r-2"))
    subject = request_of(asked, "zh").subject
    assert subject == task_of(asked, "zh").for_ and subject.reference is None and subject.display is None


# The shapes of the guide's examples of a Task that was accepted, one that was passed on and one that was completed, and
# of the ServiceRequest behind them: written here from their facts, with fictitious values.
_TASK: dict[str, Any] = {
    "resourceType": "Task", "id": "r-1",
    "meta": {"versionId": "6", "lastUpdated": "2022-04-22T14:37:03.283000Z", "source": "#abc"},
    "intent": "order",
    "code": {"coding": [{"system": TASK_CODE, "code": "fulfill", "display": "Fulfill the focal request"}]},
    "focus": {"reference": "ServiceRequest/r-1"}, "for": {"reference": "Patient/p-1", "display": "王小明"},
    "authoredOn": "2020-09-11T21:56:54.671000Z",
    "requester": {"reference": "PractitionerRole/role-1", "display": "某診所家醫科"},
    "owner": {"reference": "Organization/platform-1", "display": "某轉介平台"},
}  # fmt: skip
_ACTIVITY = concept(CATEGORIES, "resulting-activity")
EXAMPLES: dict[str, dict[str, Any]] = {
    "accepted": _TASK | {"status": "accepted"},
    "passed on": _TASK | {"status": "accepted", "partOf": [{"reference": "Task/t-1"}]},
    "completed": _TASK | {"status": "completed", "output": [
        {"type": _ACTIVITY, "valueReference": {"reference": "Procedure/pantry-1"}},
        {"type": _ACTIVITY, "valueCodeableConcept": concept(OUTCOMES, "served")},
    ]},
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_shapes_of_the_guides_examples_come_in_and_go_out_the_same(name: str) -> None:
    task = Task.model_validate_json(json.dumps(EXAMPLES[name]))
    assert task.json_body == EXAMPLES[name]
    before = referral("accepted" if name == "completed" else "sent")
    after = changing(heard(task, before), before, None)(before, BY)
    assert task_of(after, "en").status == EXAMPLES[name]["status"]
    assert "王小明" not in json.dumps(task_of(after, "zh").json_body, ensure_ascii=False)


def test_the_shape_of_the_guides_request_comes_in_and_goes_out_the_same() -> None:
    body = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order",
        "category": [concept("http://snomed.info/sct", "410606002"), concept(CATEGORIES, "food-insecurity")],
        "code": concept("http://snomed.info/sct", "467771000124109"), "subject": {"reference": "Patient/p-1"},
        "reasonReference": [{"reference": "Condition/food-1"}],
    }  # fmt: skip
    assert ServiceRequest.model_validate_json(json.dumps(body)).json_body == body


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "failed"}, "Task.status", "'requested'"),
    ({"status": "accepted", "note": [{"text": "canary"}]}, "Task.note", "statusReason"),
    ({"status": "accepted", "intent": "plan"}, "Task.intent", "order"),
    ({"status": "accepted", "authoredOn": 1795000000}, "Task.authoredOn", "2026-11-20T21:40:00+08:00"),
    ({"status": "accepted", "code": {"text": "x"}}, "Task.code", "fulfill"),
    ({"status": "accepted", "id": "r-2"}, "Task.id", "r-1"),
    ({"status": "accepted", "focus": {"reference": "ServiceRequest/r-2"}}, "Task.focus", "ServiceRequest/r-1"),
    ({"status": "rejected"}, "Task.statusReason", "no_capacity"),
    ({"status": "rejected", "statusReason": {"text": "canary"}}, "Task.statusReason", "no_capacity"),
    ({"status": "on-hold"}, "Task.restriction.period.end", "until when"),
    ({"status": "on-hold", "restriction": {"period": {"end": "2001-01-01T00:00:00Z"}}},
     "Task.restriction.period.end", "ahead"),
    ({"status": "completed"}, "Task.output", "served"),
    ({"status": "completed", "output": [{"type": {"text": "x"}, "valueCodeableConcept": concept(OUTCOMES, "canary")}]},
     "Task.output", "served"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "at", "how"), WRONG)
def test_wrong_input_is_an_outcome_that_says_where_and_how(body: dict[str, Any], at: str, how: str) -> None:
    found = referral("sent" if body["status"] != "completed" else "started")
    sent = json.dumps({"resourceType": "Task", "id": "r-1", "intent": "order"} | body)
    with pytest.raises(Problem) as raised:
        changing(heard(read(sent.encode()), found), found, None)
    told = outcome(raised.value, "en")
    [issue] = told["issue"]
    assert (told["resourceType"], issue["severity"], issue["code"]) == ("OperationOutcome", "error", "invalid")
    assert how in issue["details"]["text"]
    assert issue["expression"] == [at]
    assert "canary" not in json.dumps(told)


def test_what_is_no_json_is_told_and_the_server_says_what_it_does() -> None:
    with pytest.raises(Problem) as raised:
        read(b"<Task/>")
    assert "not valid JSON" in json.dumps(outcome(raised.value, "en"))
    said = statement()
    assert (said["resourceType"], said["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    [task, _] = said["rest"][0]["resource"]
    assert [each["code"] for each in task["interaction"]] == ["read", "search-type", "update"]
    assert kinds().services["food_bank"] == "food-insecurity" and not kinds().verified
