"""Visits of several units through the API and the pages: planned, answered by name, done by one entry."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.network_desk import at_desk, clock
from tests.integration.network_life import ahead, case_at, owed, taken, visit
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real

WHERE = {"text": "民雄鄉虛構路 1 號", "source": "family"}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def planned(net: Stage, id: str, *others: str, role: str = PROTECTION, **more: Any) -> dict[str, Any]:
    body = {"with": list(others), "at": ahead(1), "address": WHERE, "asked_for": ["employment"], "note": "談工作"}
    return await net.did(f"/v1/cases/{id}/joint-visits", body | more, role)


def now() -> str:
    return datetime.now(UTC).isoformat()


async def test_a_visit_planned_with_labour_is_labours_task_accepted_and_done_by_one_entry(net: Stage) -> None:
    id = await taken(net)
    plan = await planned(net, id, LABOUR, "village_chief")
    [invited] = plan["invitations"]
    assert (plan["state"], plan["with"], invited["unit"], invited["state"]) == (
        "planned", [LABOUR, "village_chief"], LABOUR, "invited",
    )  # fmt: skip
    tasks = (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"]
    assert {(task["what"], task["because"]["kind"]) for task in tasks} == {
        ("join_visit", "visit"), ("take_part", "collaboration"),
    }  # fmt: skip
    path = f"/v1/invitations/{invited['invitation_id']}"
    assert (await net.post(f"{path}/acceptance", {}, POLICE)).status_code == 404
    assert (await net.post(f"{path}/acceptance", {}, PROTECTION)).status_code == 403
    accepted = await net.did(f"{path}/acceptance", {"by": "勞政 張"}, LABOUR)
    assert (accepted["state"], accepted["person"]) == ("accepted", "勞政 張")

    own = next(task["id"] for task in (await case_at(net, id))["tasks"] if task["what"] == "joint_visit")
    joint = {"with": ["family", LABOUR, "village_chief"], "at": now(), "until": None, "completes": [own]}
    made = await net.did(f"/v1/cases/{id}/contacts", visit(**joint), PROTECTION)
    case = await case_at(net, id)
    assert [(each["state"], each["contact_id"]) for each in case["joint_visits"]] == [("done", made["contact_id"])]
    settled = {(each["unit"], each["state"]) for each in case["tasks"] if each["what"] == "joint_visit"}
    assert settled == {(PROTECTION, "done"), (LABOUR, "done")}
    pairs = (await net.get("/v1/statistics/joint-visits", "analyst", county=COUNTY)).json()["pairs"]
    assert {tuple(each["units"]): each["visits"] for each in pairs} == {
        ("labour", "protection"): 1, ("labour", "village_chief"): 1, ("protection", "village_chief"): 1,
    }  # fmt: skip
    stored = str(await net.database["cases"].find_one({"_id": id}))
    assert "談工作" not in stored and "虛構路" not in stored, "its words are sealed"
    told = [event["type"] for _, event in await net.told()]
    assert told == [
        "case.opened", "case.accepted", "visit.planned", "collaborator.joined", "visit.joined", "case.contacted",
    ]  # fmt: skip


async def test_who_declines_is_answered_alone_and_the_planner_names_another_or_calls_it_off(net: Stage) -> None:
    id = await taken(net)
    plan = await planned(net, id, LABOUR)
    path = f"/v1/invitations/{plan['invitations'][0]['invitation_id']}/refusal"
    for _ in range(2):
        answer = await net.post(path, {"reason": "no_capacity"}, LABOUR, key="no")
        assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    assert (await net.get(f"/v1/cases/{id}", LABOUR)).status_code == 404
    assert "name_another_visitor" in await owed(net, id)
    visits = f"/v1/joint-visits/{plan['visit_id']}"
    again = await net.did(f"{visits}/invitations", {"unit": POLICE}, PROTECTION)
    assert [(each["unit"], each["state"]) for each in again["invitations"]] == [
        (LABOUR, "declined"), (POLICE, "invited"),
    ]  # fmt: skip
    off = await net.did(f"{visits}/withdrawal", {"reason": "not_needed"}, PROTECTION)
    assert off["state"] == "withdrawn"
    assert not {"join_visit", "joint_visit", "name_another_visitor"} & (await owed(net, id)).keys()
    path = f"/v1/invitations/{again['invitations'][1]['invitation_id']}/acceptance"
    assert (await net.post(path, {}, POLICE)).status_code == 404, "it was to take part for this visit alone"
    late = await net.post(path, {}, "supervisor")
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "visit_ended")


async def test_a_visit_is_planned_ahead_with_units_of_the_county(net: Stage) -> None:
    id = await taken(net)
    for body, status, code in (
        ({"with": [LABOUR], "at": "2026-01-01T00:00:00Z"}, 422, "in_past"),
        ({"with": [], "at": ahead(1)}, 422, "too_short"),
        ({"with": ["tainan-city/labour"], "at": ahead(1)}, 409, "unit_elsewhere"),
        ({"with": [PROTECTION], "at": ahead(1)}, 409, "plans_it"),
    ):
        answer = await net.post(f"/v1/cases/{id}/joint-visits", body, PROTECTION)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code), body
    unknown = await net.post(f"/v1/joint-visits/{id}.000000000000/withdrawal", {"reason": "x"}, PROTECTION)
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, "visit_unknown")


async def test_an_invitation_is_found_in_the_case_that_took_its_case_in(net: Stage) -> None:
    one = await taken(net)
    other = await taken(net, "r2", by="李社工", apart=("r1",))
    assert one != other
    plan = await planned(net, other, LABOUR)
    asked = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, PROTECTION)
    await net.did(f"/v1/merges/{asked['merge_id']}/approval", {}, "supervisor")
    await net.did(f"/v1/invitations/{plan['invitations'][0]['invitation_id']}/acceptance", {}, LABOUR)
    [moved] = (await case_at(net, one))["joint_visits"]
    assert (moved["visit_id"], moved["invitations"][0]["state"]) == (plan["visit_id"], "accepted")


async def test_a_visit_is_planned_answered_and_recorded_at_the_pages(net: Stage) -> None:
    id = await taken(net)
    async with at_desk(net, PROTECTION) as protection, at_desk(net, LABOUR) as labour:
        here = f"/cases/{id}"
        page = await protection.does(here, f"{here}/joint-visits", at=clock(-1), **{"with": [LABOUR, "village_chief"]})  # type: ignore[arg-type]
        assert page.status == 200, page.text
        assert "Labour" in page.part("visits")
        today = await labour.opens("/today")
        assert "Answer the invitation to a joint visit" in today.text
        page = await labour.does(here, f"{here}/visit-joins")
        assert f"worker of {LABOUR}" in page.part("visits")
        task = (await owed(net, id))["joint_visit"]
        body = {"with": [LABOUR], "at": clock(0), "source": "family", "text": "虛構路 2 號", "completes": [task]}
        page = await protection.does(here, f"{here}/contacts", **body)  # type: ignore[arg-type]
        assert "Done" in page.part("visits")
        assert "joint_visit" not in await owed(net, id)


async def test_the_page_of_a_declined_visit_asks_who_else_comes(net: Stage) -> None:
    id = await taken(net)
    async with at_desk(net, PROTECTION) as protection, at_desk(net, LABOUR) as labour:
        here = f"/cases/{id}"
        await protection.does(here, f"{here}/joint-visits", at=clock(-1), **{"with": [LABOUR]})  # type: ignore[arg-type]
        page = await labour.does(here, f"{here}/visit-declines", reason="no_capacity")
        assert page.path == "/today"
        page = await protection.does(here, f"{here}/visit-invitations", unit=CENTRE)
        assert "Asked" in page.part("visits")
        page = await protection.does(here, f"{here}/visit-withdrawals", reason="not_needed")
        assert "Called off" in page.part("visits")


async def test_units_awaited_at_a_visit_are_told_that_the_case_is_not_opened(net: Stage) -> None:
    id = await taken(net)
    for _ in range(2):
        await planned(net, id, LABOUR)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": False, "reason": "no_need"}, PROTECTION)
    off = [event for _, event in await net.told() if event["type"] == "visit.withdrawn"]
    assert [(each["invited"], each["reason"]) for each in off] == [([LABOUR], "not_opened")] * 2
