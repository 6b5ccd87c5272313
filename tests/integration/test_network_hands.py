"""Changing hands: a leaver's caseload, sixteen workers in one family, two cases merged and parted again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.cases import CaseId
from contracts.roles import Caller
from network.cases import ending_deeds, merging_api
from network.cases.api import Doing, Parts
from network.cases.store import Cases
from network.tasks.store import Tasks

from tests.integration.network_life import ahead, case_at, owed, taken, visit
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

CASES, TASKS = 40, 112
LEAVER, HEIRS = "陳社工", ("林社工", "黃社工", "吳社工")


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def caseload(net: Stage) -> list[str]:
    """The ids of forty cases of one worker, with 112 tasks."""
    await net.decide(*(decided(f"r{n}", clocks=()) for n in range(CASES)))
    ids = [str((await net.case_of(f"r{n}"))["case_id"]) for n in range(CASES)]
    for number, id in enumerate(ids):
        body = {"report_id": f"r{number}", "accepted_by": LEAVER}
        await net.did(f"/v1/cases/{id}/acceptances", body, PROTECTION)
    owes = {"unit": PROTECTION, "what": "home_visit", "due_at": ahead(5), "person": LEAVER}
    await asyncio.gather(*(net.did(f"/v1/cases/{ids[n % CASES]}/tasks", owes, PROTECTION) for n in range(TASKS)))
    return ids


async def everything_open(net: Stage, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        after = {"after": page["next"]} if page["next"] else {}
        page = (await net.get("/v1/tasks", "supervisor", limit="200", **query, **after)).json()
        found += page["tasks"]
    return found


async def test_a_leaver_with_40_cases_and_112_tasks_drops_none(net: Stage) -> None:
    ids = await caseload(net)
    owns = (await net.get(f"/v1/people/{LEAVER}/owns", "supervisor")).json()
    assert (len(owns["cases"]), len(owns["tasks"]), owns["nothing"]) == (CASES, TASKS, False)

    out = {"from": {"unit": PROTECTION, "person": LEAVER}, "to": [{"unit": PROTECTION, "person": p} for p in HEIRS]}
    lines = (await net.did("/v1/caseloads/handovers", out | {"reason": "leaves"}, "supervisor"))["handovers"]
    assert sorted(line["case_id"] for line in lines) == sorted(ids)
    assert not [line for line in lines if line["problem"]]
    shares = Counter(line["to_person"] for line in lines)
    assert max(shares.values()) - min(shares.values()) <= 1
    again = (await net.did("/v1/caseloads/handovers", out | {"reason": "leaves"}, "supervisor"))["handovers"]
    assert len([line for line in again if line["problem"]]) == CASES, "each is offered already, and each is told"
    assert {task["person"] for task in await everything_open(net)} == {LEAVER}, "the old one answers until it is taken"

    owners: list[set[tuple[str, Any]]] = []
    for line in lines[1:]:
        await net.did(f"/v1/handovers/{line['handover_id']}/acceptance", {"by": line["to_person"]}, PROTECTION)
        mine = [task for task in await everything_open(net, unit=PROTECTION) if task["what"] == "home_visit"]
        owners.append({(task["unit"], task["person"]) for task in mine})
        assert len(mine) == TASKS
    await net.did(f"/v1/handovers/{lines[0]['handover_id']}/refusal", {"reason": "too_many"}, PROTECTION)
    assert all(person for step in owners for _, person in step), "at no step a task without an owner"

    left = (await net.get(f"/v1/people/{LEAVER}/owns", "supervisor")).json()
    refused = await case_at(net, lines[0]["case_id"])
    print({"taken": CASES - 1, "refused": 1, "left with the leaver": len(left["cases"]), "tasks": TASKS})
    assert (left["cases"], left["nothing"]) == ([refused["case_id"]], False)
    assert [each["answer"] for each in refused["handovers"]] == ["too_many"]
    assert "settle_handover" in await owed(net, refused["case_id"])
    first = [task for task in await everything_open(net) if task["what"] == "first_contact"]
    assert len(first) == CASES - 1


async def test_a_leaver_who_takes_part_in_a_case_leaves_nothing_behind(net: Stage) -> None:
    id = await taken(net)
    ask = {"unit": POLICE, "asked_for": ["patrol"], "due_at": ahead(3)}
    asked = await net.did(f"/v1/cases/{id}/collaborators", ask, PROTECTION)
    await net.did(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": "周警員"}, POLICE)
    await net.did(f"/v1/tasks/{(await owed(net, id))['patrol']}/completion", {}, POLICE)
    owns = (await net.get("/v1/people/周警員/owns", "supervisor")).json()
    assert (owns["cases"], owns["tasks"], owns["nothing"]) == ([id], [], False), "on the family's list without a task"

    out = {"from": {"unit": POLICE, "person": "周警員"}, "to": [{"unit": POLICE, "person": "黃警員"}]}
    [line] = (await net.did("/v1/caseloads/handovers", out | {"reason": "leaves"}, POLICE))["handovers"]
    await net.did(f"/v1/handovers/{line['handover_id']}/acceptance", {"by": "黃警員"}, POLICE)
    assert (await net.get("/v1/people/周警員/owns", "supervisor")).json()["nothing"]
    assert (await net.get("/v1/people/黃警員/owns", "supervisor")).json()["cases"] == [id]


async def test_a_leaver_leaves_nothing_behind_that_is_in_no_open_case(net: Stage) -> None:
    """What an enrolment of a person owes, what is followed up of a case that is closed, and a letter's answer."""
    leaver, heir = "minxiong", f"worker of {CENTRE}"
    asked = {"programme": "leaving_poverty", "person": "person:carer", "entered_by": "roster", "worker": leaver}
    enrolled = await net.did("/v1/enrolments", asked, leaver)
    two = [f"worker of {PROTECTION}", f"supervisor of {PROTECTION}"]
    letter = {"county": COUNTY, "to": PROTECTION, "readers": two, "text": "canary"}
    warning = await net.did("/v1/staff-warnings", letter, leaver)
    owns = (await net.get(f"/v1/people/{leaver}/owns", "supervisor")).json()
    left = {each["id"]: each["because"]["id"] for each in owns["tasks"]}
    assert set(left.values()) == {enrolled["enrolment_id"], warning["warning_id"]} and not owns["cases"]

    out = {"from": {"unit": CENTRE, "person": leaver}, "to": [{"unit": CENTRE, "person": heir}], "reason": "leaves"}
    lines = (await net.did("/v1/caseloads/handovers", out, f"supervisor of {CENTRE}"))["tasks"]
    assert {(each["task_id"], each["to_unit"], each["to_person"]) for each in lines} == {
        (id, CENTRE, heir) for id in left
    }
    assert (await net.get(f"/v1/people/{leaver}/owns", "supervisor")).json()["nothing"]
    theirs = (await net.get("/v1/tasks", CENTRE, person=heir)).json()["tasks"]
    assert {each["id"] for each in theirs} == set(left)
    assert (await net.get(f"/v1/staff-warnings/{warning['warning_id']}", CENTRE)).status_code == 200
    listed = (await net.get("/v1/staff-warnings", CENTRE)).json()["warnings"]
    assert [each["warning_id"] for each in listed] == [warning["warning_id"]]
    looked = await net.post(f"/v1/staff-warnings/{warning['warning_id']}/looks", {}, CENTRE)
    assert looked.status_code == 403, "who waits for the answer reads no more than who sent it"


async def test_a_family_with_sixteen_workers_shows_them_all_and_one_leads(net: Stage) -> None:
    id = await taken(net)
    units = [f"{COUNTY}/unit_{n}" for n in range(15)]
    for number, unit in enumerate(units):
        ask = {"unit": unit, "asked_for": ["visit"], "due_at": ahead(3)}
        asked = await net.did(f"/v1/cases/{id}/collaborators", ask, PROTECTION)
        await net.did(
            f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": f"協力 {number}"}, "supervisor"
        )
    case = await case_at(net, id)
    workers = {case["lead"]["person"], *(each["person"] for each in case["collaborators"] if each["state"] == "joined")}
    assert (len(workers), case["lead"]["unit"]) == (16, PROTECTION)
    assert len({task["unit"] for task in case["tasks"] if task["what"] == "visit"}) == 15
    closing = await net.post(f"/v1/cases/{id}/closings", {"reason": "goals_met"}, PROTECTION)
    unheard = [each["about"] for each in closing.json()["errors"] if each["code"] == "collaborator_not_heard"]
    assert sorted(unheard) == sorted(units), "nobody closes over the heads of those who serve the family"


async def test_two_cases_of_one_household_become_one_and_part_again_with_nothing_lost(net: Stage) -> None:
    one = await taken(net)
    await net.did(f"/v1/cases/{one}/assessments", {"opened": True, "needs": ["economic_hardship"]}, PROTECTION)
    await net.decide(decided("r2", "welfare_centre", family=["b"]))
    other = str((await net.case_of("r2"))["case_id"])
    await net.did(f"/v1/cases/{other}/acceptances", {"report_id": "r2", "accepted_by": "林社工"}, CENTRE)
    await net.did(f"/v1/cases/{other}/tasks", {"unit": CENTRE, "what": "financial_aid", "due_at": ahead(3)}, CENTRE)

    ask = {"case_id": other, "reason": "same_household"}
    assert (await net.post(f"/v1/cases/{one}/merges", ask, POLICE)).status_code == 404
    asked = await net.did(f"/v1/cases/{one}/merges", ask, "supervisor")
    path = f"/v1/merges/{asked['merge_id']}"
    assert (await net.post(f"{path}/approval", {}, "supervisor")).status_code == 409, "two people"
    await net.did(f"{path}/approval", {}, "supervisor_2")

    both, gone = await case_at(net, one), await case_at(net, other)
    assert (gone["state"], gone["merged_into"]) == ("merged", one)
    assert sorted(each["report_id"] for each in both["reports"]) == ["r1", "r2"]
    assert (both["lead"]["unit"], {each["unit"] for each in both["collaborators"]}) == (PROTECTION, {CENTRE})
    assert {task["unit"] for task in both["tasks"] if task["what"] == "financial_aid"} == {CENTRE}
    assert (await net.case_of("r2"))["case_id"] == one
    await net.decide(decided("r3", family=["b"]))
    assert (await net.case_of("r3"))["case_id"] == one, "a report of the other family joins the one case"
    await net.did(f"/v1/cases/{one}/tasks", {"unit": CENTRE, "what": "job", "due_at": ahead(3)}, CENTRE)

    await net.did(f"{path}/undo", {"reason": "mistake", "reports": ["r3"]}, "supervisor")
    first, second = await case_at(net, one), await case_at(net, other)
    assert [each["report_id"] for each in first["reports"]] == ["r1"]
    assert sorted(each["report_id"] for each in second["reports"]) == ["r2", "r3"]
    assert (second["state"], second["lead"]["person"]) == ("accepted", "林社工")
    what = {task["what"] for task in second["tasks"] if task["state"] == "open"}
    assert {"financial_aid"} <= what
    assert {task["unit"] for task in first["tasks"] if task["what"] == "job"} == {CENTRE}, "what arose since stays"
    assert (await net.case_of("r3"))["case_id"] == other
    told = [event["type"] for _, event in await net.told()]
    assert (told.count("case.merged"), told.count("case.split")) == (1, 1)
    assert (await net.post(f"{path}/undo", {"reason": "mistake"}, "supervisor")).status_code == 409


async def test_a_report_that_joins_a_case_while_that_is_merged_goes_with_it(net: Stage) -> None:
    one = await taken(net)
    await net.decide(decided("r2", "welfare_centre", family=["b"]))
    other = str((await net.case_of("r2"))["case_id"])
    asked = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, "supervisor")
    parts: Parts = net.app.state.parts
    head = Caller(name="督導 2", role="supervisor", counties=frozenset({COUNTY}))
    touched = await merging_api._both(asked["merge_id"], Doing(head, parts, None))
    await net.decide(decided("r3", family=["b"]))
    assert (await net.case_of("r3"))["case_id"] == other
    await parts.acts.act(one, head, ending_deeds.merge(asked["merge_id"]), touched=touched)
    assert [(await net.case_of(report))["case_id"] for report in ("r2", "r3")] == [one, one]


async def test_a_lead_goes_to_another_unit_only_when_it_takes_it_by_name(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/contacts", visit(), PROTECTION)
    offered = await net.did(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
    assert offered["owed"] == (await case_at(net, id))["owed"]
    back = f"/v1/handovers/{offered['handover_id']}/refusal"
    assert (await net.did(back, {"reason": "mistake"}, PROTECTION))["state"] == "withdrawn", "whoever offered it"
    offered = await net.did(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
    path = f"/v1/handovers/{offered['handover_id']}"
    assert (await net.post(f"{path}/acceptance", {}, LABOUR)).status_code == 404
    assert (await case_at(net, id))["lead"]["unit"] == PROTECTION
    await net.did(f"{path}/acceptance", {"by": "林社工"}, CENTRE)
    case = await case_at(net, id)
    assert (case["lead"]["unit"], case["lead"]["person"]) == (CENTRE, "林社工")
    assert {task["unit"] for task in case["tasks"] if task["state"] == "open"} == {CENTRE}
    assert (await net.get(f"/v1/cases/{id}", PROTECTION)).status_code == 404
    assert (await net.post(f"{path}/acceptance", {"by": "林社工"}, CENTRE)).status_code == 409


async def test_a_caseload_that_is_sent_again_names_the_hands_that_it_was_offered_to(net: Stage) -> None:
    for report in ("r1", "r2"):
        await net.decide(decided(report, family=[report]))
        case = await net.case_of(report)
        body = {"report_id": report, "accepted_by": "陳社工"}
        await net.did(f"/v1/cases/{case['case_id']}/acceptances", body, PROTECTION)
    body = {
        "from": {"unit": PROTECTION, "person": "陳社工"}, "reason": "leaves",
        "to": [{"unit": PROTECTION, "person": each} for each in ("甲", "乙")],
    }  # fmt: skip
    lines = (await net.post("/v1/caseloads/handovers", body, "supervisor", key="k")).json()["handovers"]
    first, second = sorted(lines, key=lambda each: each["to_person"] != "甲")
    await net.did(f"/v1/handovers/{first['handover_id']}/acceptance", {"by": "甲"}, PROTECTION)
    again = (await net.post("/v1/caseloads/handovers", body, "supervisor", key="k")).json()["handovers"]
    assert again == [second]


@pytest.mark.parametrize("listed", [False, True])
async def test_a_case_is_read_with_its_tasks_though_it_becomes_part_of_another_meanwhile(
    net: Stage, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    one = await taken(net)
    await net.decide(decided("r2", "welfare_centre", family=["b"]))
    other = str((await net.case_of("r2"))["case_id"])
    await net.did(f"/v1/cases/{other}/acceptances", {"report_id": "r2", "accepted_by": "林社工"}, CENTRE)
    await net.did(f"/v1/cases/{other}/tasks", {"unit": CENTRE, "what": "financial_aid", "due_at": ahead(3)}, CENTRE)
    asked = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, "supervisor")
    of_cases = Tasks.of_cases

    async def merged_meanwhile(self: Tasks, *given: Any) -> Any:
        monkeypatch.setattr(Tasks, "of_cases", of_cases)
        await net.did(f"/v1/merges/{asked['merge_id']}/approval", {}, "supervisor_2")
        return await of_cases(self, *given)

    monkeypatch.setattr(Tasks, "of_cases", merged_meanwhile)
    cases: Cases = net.app.state.parts.cases
    found = await cases.served_by("林社工") if listed else [await cases.get(CaseId(other))]
    told = [(each.id, each.state, "financial_aid" in {task.what for task in each.tasks}) for each in found if each]
    assert told == [(other, "accepted", True)]


async def test_who_is_given_a_task_and_gives_up_a_case_while_they_are_asked_for_owns_something(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, elsewhere = await taken(net), await taken(net, "r2", family=["b"], people=())
    ask = {"unit": POLICE, "asked_for": ["patrol"], "due_at": ahead(3)}
    for case, person in ((id, "周警員"), (elsewhere, "黃警員")):
        asked = await net.did(f"/v1/cases/{case}/collaborators", ask, PROTECTION)
        await net.did(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": person}, POLICE)
    await net.did(f"/v1/tasks/{(await owed(net, id))['patrol']}/completion", {}, POLICE)
    out = {"from": {"unit": POLICE, "person": "周警員"}, "to": [{"unit": POLICE, "person": "黃警員"}]}
    [line] = (await net.did("/v1/caseloads/handovers", out | {"reason": "leaves"}, POLICE))["handovers"]
    served_by = Cases.served_by

    async def changes_meanwhile(self: Cases, *given: Any) -> Any:
        monkeypatch.setattr(Cases, "served_by", served_by)
        task = {"unit": POLICE, "what": "patrol", "due_at": ahead(3), "person": "周警員"}
        await net.did(f"/v1/cases/{elsewhere}/tasks", task, PROTECTION)
        await net.did(f"/v1/handovers/{line['handover_id']}/acceptance", {"by": "黃警員"}, POLICE)
        return await served_by(self, *given)

    monkeypatch.setattr(Cases, "served_by", changes_meanwhile)
    owns = (await net.get("/v1/people/周警員/owns", "supervisor")).json()
    assert (owns["cases"], owns["nothing"]) == ([id], False)
    owns = (await net.get("/v1/people/周警員/owns", "supervisor")).json()
    assert (owns["cases"], len(owns["tasks"])) == ([], 1)
