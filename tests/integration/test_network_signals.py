"""Detectives who could not see (2025-08): a question on the spot, five answers, and everybody who hears of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from contracts.decisions import PersonKey
from network.signals.rules import rules

from tests.integration.network_desk import HEADERS, at_desk
from tests.integration.network_signals import NUMBER, OTHER, PATROL, home_of, key_of, question
from tests.integration.network_stage import COUNTY, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest_asyncio.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def taken(net: Stage, *people: PersonKey, **more: Any) -> str:
    """The id of a case of these people that somebody of the protection team took on."""
    await net.decide(decided("r1", family=["a"], people=people, **more))
    case = str((await net.case_of("r1"))["case_id"])
    await net.did(f"/v1/cases/{case}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION)
    return case


async def asked(net: Stage, body: dict[str, Any] | None = None, role: str = POLICE) -> dict[str, Any]:
    return await net.did("/v1/signals", body or question(), role)


async def test_an_officer_is_answered_at_once_and_the_supervisor_and_the_lead_learn_of_it(net: Stage) -> None:
    her = PersonKey(key=key_of(net, NUMBER), role="subject")
    case = await taken(net, her)
    await net.decide(decided("r2", "no_dispatch", people=(her,)))
    await net.told()
    mark = {"mark": "protection_order"}
    assert (await net.post(f"/v1/cases/{case}/marks", mark, "tainan")).status_code == 404
    order = await net.did(f"/v1/cases/{case}/marks", mark, PROTECTION)

    first = await net.post("/v1/signals", question(), POLICE, "once")
    again = await net.post("/v1/signals", question(), POLICE, "once")
    assert first.json() == again.json(), "sent twice, asked once"
    told = dict(first.json())
    assert {name: told[name] for name in ("listed_high_risk", "protection_order", "staff_warning", "in_service")} == {
        "listed_high_risk": False, "protection_order": True, "staff_warning": False, "in_service": True,
    }  # fmt: skip
    assert told["contact"]["unit"] == PROTECTION
    assert told["identity_certain"] and told["asked_before"] == 0
    unknown = await asked(net, question(OTHER))
    assert unknown.keys() == told.keys(), "nothing known has the shape of something known"
    assert (unknown["in_service"], unknown["reports_in_12_months"]) == (False, 0)
    ended = await net.did(f"/v1/marks/{order['mark_id']}/end", {"reason": "withdrawn by the court"}, PROTECTION)
    [shown] = (await net.get(f"/v1/cases/{case}/marks", PROTECTION)).json()
    assert ended["reason"] == shown["reason"] == "withdrawn by the court"
    assert "by the court" not in str([each async for each in net.database["marks"].find()]), "sealed"
    second = await asked(net)
    assert (second["protection_order"], second["asked_before"]) == (False, 1)

    new = await net.did(f"/v1/signals/{told['signal_id']}/new_to_me", {}, POLICE)
    assert new["new_to_me"]
    assert (await net.post(f"/v1/signals/{told['signal_id']}/new_to_me", {}, PROTECTION)).status_code == 404

    async def heard() -> Any:
        found = (await net.get(f"/v1/cases/{case}")).json()
        return [task for task in found["tasks"] if task["what"] == "hear_asking"]

    [task] = await until(heard)
    assert (task["unit"], task["state"]) == (PROTECTION, "open"), "two questions are one look"
    lines = (await net.get(f"/v1/cases/{case}/timeline")).json()
    assert "signal.asked" in str(lines) and POLICE in str(lines), "the asker's unit is there for the lead to see"

    seen = (await net.get("/v1/signals", "supervisor")).json()["signals"]
    assert [each["asker"] for each in seen] == [PATROL] * 3
    assert NUMBER not in str(seen), "never about whom"
    assert [each["new_to_me"] for each in seen] == [None, None, True]
    assert (await net.get("/v1/signals", "tainan")).json()["signals"] == []


async def test_who_may_not_ask_is_refused_alike_whoever_it_is_about_and_a_lost_device_is_cut_off(net: Stage) -> None:
    for number in (NUMBER, OTHER):
        body = question(number)
        assert (await net.post("/v1/signals", body, PROTECTION)).status_code == 403, "another unit's name"
        labour = body | {"asker": {"name": "a", "unit": f"{COUNTY}/labour"}}
        assert (await net.post("/v1/signals", labour, f"{COUNTY}/labour")).status_code == 403, "no purpose of theirs"
        assert (await net.post("/v1/signals", body | {"purpose": "curious"}, POLICE)).status_code == 422
        assert (await net.post("/v1/signals", body, "analyst")).status_code == 403
    await asked(net)
    lost = {"asker": PATROL, "reason": "the telephone was stolen"}
    assert (await net.post("/v1/signals/cuts", lost, "tainan")).status_code == 404
    cut = await net.did("/v1/signals/cuts", lost, "supervisor")
    assert len(cut["seen"]) == 1, "what it was told is listed"
    assert "stolen" not in str([each async for each in net.database["asking_cuts"].find()]), "sealed"
    assert (await net.post("/v1/signals", question(), POLICE)).status_code == 403
    await net.did("/v1/signals/restorations", lost, "supervisor")
    assert (await net.post("/v1/signals", question(), POLICE)).status_code == 200


async def test_an_account_that_is_cut_off_is_told_nothing_in_any_units_name_nor_what_it_was_told_before(
    net: Stage,
) -> None:
    mine = question(asker={"name": "officer", "unit": POLICE})
    assert (await net.post("/v1/signals", mine, "officer", "k")).status_code == 200
    await net.did("/v1/signals/cuts", {"asker": mine["asker"], "reason": "stolen"}, "supervisor")
    elsewhere = mine | {"asker": {"name": "officer", "unit": PROTECTION}}
    other = mine | {"asker": {"name": "somebody", "unit": PROTECTION}}
    answers = [await net.post("/v1/signals", body, "officer", key) for body, key in
               ((mine, "k"), (mine, None), (elsewhere, None), (other, None))]  # fmt: skip
    assert [each.status_code for each in answers] == [403] * 4
    assert (await net.post("/v1/signals", other, PROTECTION)).status_code == 200, "others ask on"


async def test_own_family_and_the_fifth_without_a_number_alarm_and_the_limit_holds(net: Stage) -> None:
    mine = {"kind": "staff", "county": COUNTY, "unit": POLICE, "name": "王警員", "people": [{"national_id": NUMBER}]}
    answer = await net.http.put("/v1/signals/guarded", json=mine, headers={"Authorization": "Bearer supervisor"})
    assert answer.status_code == 204
    for _ in range(5):
        await asked(net, question(event=None))

    async def alarmed() -> Any:
        found = (await net.get("/v1/signals", "supervisor", alarming=True)).json()["signals"]
        return found if len(found) == 5 else None

    last, *_, first = await until(alarmed)
    assert first["alarms"] == ["own_family"]
    assert last["alarms"][:2] == ["own_family", "without_event"]
    await net.database["asking_counts"].update_many({"_id": {"$regex": "王警員"}}, {"$set": {"count": 1000}})
    assert (await net.post("/v1/signals", question(), POLICE)).status_code == 429


async def test_a_system_cannot_ask_for_everybody_under_ever_new_names(net: Stage) -> None:
    limit = rules().limits.caller_per_hour
    for n in range(2):
        await asked(net, question(asker={"name": f"警員{n}", "unit": POLICE}))
    await net.database["asking_counts"].update_many({"count": 2}, {"$set": {"count": limit}})
    refused = await net.post("/v1/signals", question(OTHER, asker={"name": "警員9", "unit": POLICE}), POLICE)
    assert refused.status_code == 429, "each name is under its own limit"
    assert str(limit) in refused.json()["detail"] and refused.headers["retry-after"] == "3600"
    assert (await net.post("/v1/signals", question(), "supervisor")).status_code == 200, "another system asks on"
    assert await net.database["askings"].count_documents({}) == 3


async def test_a_patrol_asks_in_one_field_and_reads_no_name_and_the_supervisor_has_a_page(net: Stage) -> None:
    async with at_desk(net, POLICE) as patrol:
        page = await patrol.does("/ask", "/ask", who="Q222222220", event="110-1")
        assert page.status == 200 and "tel:113" in page.text and NUMBER not in page.text
        assert "on record" in page.text and "Was this new to you?" in page.text
        wrong = await patrol.does("/ask", "/ask", who="林小美")
        assert wrong.status == 422
        house = await patrol.does("/ask", "/ask", who="嘉義縣民雄鄉建國路一段1號")
        assert house.status == 200
    async with at_desk(net, "supervisor") as supervisor:
        page = await supervisor.opens("/askings")
        assert "Violence on the scene" in page.text
        await supervisor.does("/askings", "/askings/cuts", of={"unit": POLICE})
        assert "Cut off" in (await supervisor.opens("/askings")).text
    async with at_desk(net, POLICE) as patrol:
        assert (await patrol.does("/ask", "/ask", who="Q222222220")).status == 403


HOUSE = "嘉義縣民雄鄉虛構路8號"


def at_house(address: str) -> dict[str, Any]:
    return {name: said for name, said in question(address=address).items() if name != "national_id"}


async def test_a_form_with_a_purpose_that_does_not_exist_is_told_so(net: Stage) -> None:
    async with at_desk(net, POLICE) as patrol:
        form = (await patrol.opens("/ask")).forms("/ask")[0]
        fields = dict(form.filled({"who": NUMBER})) | {"purpose": "curious"}
        answer = await patrol.http.post("/ask", data=fields, headers=HEADERS)
    assert answer.status_code == 422 and "curious" not in answer.text


async def test_the_house_that_is_reported_most_is_not_the_one_of_which_nothing_is_known(net: Stage) -> None:
    her = PersonKey(key=key_of(net, NUMBER), role="subject", home=home_of(net, HOUSE))
    await taken(net, her)
    for number in range(2, 12):
        await net.decide(decided(f"r{number}", "no_dispatch", people=(her,)))
    await net.told()
    told = await asked(net, at_house(HOUSE))
    assert told["in_service"] and told["reports_in_12_months"] == 11


async def test_what_cannot_be_looked_up_is_not_answered_with_no(net: Stage) -> None:
    answer = await net.post("/v1/signals", at_house("虛構路8號"), POLICE)
    assert answer.status_code == 422, answer.text
