"""Meetings: who came, as somebody writes it down on the page and corrects it; proposals there; many who act at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, item_on, planned, topic
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
HEALTH = f"{COUNTY}/health"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_a_correction_on_the_page_keeps_everybody_who_was_written_down(net: Stage) -> None:
    id = await planned(net, ahead(1))
    there = [
        {"unit": POLICE, "person": "甲", "heads": 3},
        {"unit": POLICE, "person": "乙", "deputy_for": "丙"},
        {"unit": "tainan-city/health", "person": "客"},
        {"unit": PROTECTION, "person": "主席"},
    ]
    away = [{"unit": LABOUR, "person": "丁", "reason": "ill"}, {"unit": HEALTH, "reason": "strike"}]
    await net.did(f"/v1/meetings/{id}/attendance", {"present": there, "absent": away}, SECRETARY)
    before = await at_meeting(net, id)
    form = f"/meetings/{id}/attendance"
    async with at_desk(net, SECRETARY) as secretary:
        await secretary.does(f"/meetings/{id}", form)
        after = await at_meeting(net, id)
        for name in ("present", "absent"):
            assert sorted(map(str, after[name])) == sorted(map(str, before[name])), name
        wrong = await secretary.does(f"/meetings/{id}", form, **{f"heads:{POLICE}#2": "0", f"person:{POLICE}#2": "戊"})
        [again] = wrong.forms(form)
    assert "戊" in [each.value for each in again.fields], "what was typed stays"


async def test_members_by_name_have_a_row_each(net: Stage) -> None:
    members = [{"name": "王委員", "unit": POLICE}, {"name": "林委員"}]
    id = await planned(net, ahead(1), members=members)
    async with at_desk(net, SECRETARY) as secretary:
        await secretary.does(f"/meetings/{id}", f"/meetings/{id}/attendance")
    assert (await at_meeting(net, id))["quorum"]["present"] == 2


async def test_a_proposal_is_not_taken_on_the_page(net: Stage) -> None:
    id = await planned(net, ahead(1))
    item = await topic(net, id)
    await come(net, id, SIX[:2])
    made = await decide(net, id, item, POLICE, ahead(20))
    async with at_desk(net, SECRETARY) as secretary:
        at = f"/meetings/{id}/items/{item}/decisions/{made['decision_id']}/withdrawal"
        await secretary.does(f"/meetings/{id}", at, reason="not_agreed")
    assert (await item_on(net, id, item))["decisions"][0]["state"] == "withdrawn"


async def test_a_figure_that_no_county_has_is_refused(net: Stage) -> None:
    id = await planned(net, ahead(1))
    item = await topic(net, id)
    await come(net, id)
    made = await decide(net, id, item, POLICE, ahead(20))
    said = {"state": "done", "evidence": "visited", "figures": {"visits": 1e308}}
    answer = await net.post(f"/v1/meetings/{id}/items/{item}/decisions/{made['decision_id']}/outcome", said, POLICE)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/body/figures/visits")


async def test_many_who_act_at_once_leave_one_matter_one_plan_and_each_decision_owed_once(net: Stage) -> None:
    case = await taken(net)
    first, second = await planned(net, ahead(1)), await planned(net, ahead(30))
    body: dict[str, Any] = {"case_id": case, "reason": "needs_several"}
    adding = (net.post(f"/v1/meetings/{id}/items", body, SECRETARY) for id in (first, second) * 3)
    assert {each.status_code for each in await asyncio.gather(*adding)} == {201, 409}
    [at] = [id for id in (first, second) if (await at_meeting(net, id))["items"]]
    [item] = (await at_meeting(net, at))["items"]
    body = {"level": "bureau", "purpose": "bureau", "host": PROTECTION, "chairs": [PROTECTION], "rhythm": {"nth": 3}}
    made = await net.did("/v1/series", body, SECRETARY)
    plan = f"/v1/series/{made['series_id']}/plan"
    await asyncio.gather(*(net.post(plan, {"year": 2028}, SECRETARY) for _ in range(3)))
    assert await net.database["meetings"].count_documents({"series_id": made["series_id"]}) == 12

    await come(net, at)
    here, few = f"/v1/meetings/{at}/items/{item['item_id']}", {"present": [{"unit": PROTECTION}]}
    decision = {"what": "visit_together", "lead": POLICE, "due_at": ahead(20)}
    acts = [(f"{here}/decisions", decision)] * 3 + [
        (f"/v1/meetings/{at}/attendance", few),
        (f"/v1/meetings/{at}/end", {}),
        (f"{here}/deferral", {"reason": "no_time"}),
        (f"{here}/raise", {"to": "county", "reason": "stuck"}),
        (f"{here}/drop", {"reason": "no_time"}),
    ]
    answers = await asyncio.gather(*(net.post(path, sent, SECRETARY) for path, sent in acts))
    assert max(each.status_code for each in answers) < 500
    found = await net.database["items"].find_one({"_id": item["item_id"]})
    owed = await net.database["tasks"].find({"state": "open"}).to_list(None)
    assert found
    for each in found["decisions"]:
        mine = [task for task in owed if task["because"]["id"] == each["id"]]
        assert len(mine) == (each["state"] in ("open", "not_done")), each
    waits = any(task["what"] == "plan_meeting" and task["because"]["id"] == found["_id"] for task in owed)
    assert waits == (found["state"] == "open" and found["meeting_id"] is None)
