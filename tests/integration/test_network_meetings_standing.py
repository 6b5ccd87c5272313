"""Meetings: where an item stands, in which order, and that it stands on the next one where a rule says so."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from contracts.calendar import CalendarChanged, DayTold
from contracts.topics import CALENDAR, DECISIONS
from rules.spans import TAIPEI

from tests.integration.kafka_reading import taken as all_taken
from tests.integration.network_life import FAMILY, ago, ahead, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, planned, series, topic
from tests.integration.network_stage import COUNTY, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
DISTRICT = {"level": "district", "purpose": "district"}
HEALTH = f"{COUNTY}/health"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_a_matter_that_went_up_is_that_matter_on_every_agenda_of_its_level(net: Stage) -> None:
    case, below = await taken(net), await planned(net, ahead(1), **DISTRICT)
    first, second = await planned(net, ahead(9)), await planned(net, ahead(30))
    body = {"case_id": case, "reason": "needs_several"}
    [item] = (await net.did(f"/v1/meetings/{below}/items", body, SECRETARY))["items"]
    at = f"/v1/meetings/{below}/items/{item['item_id']}/raise"
    await net.did(at, {"to": "bureau", "reason": "stuck_twice"}, SECRETARY)
    assert [each["item_id"] for each in (await at_meeting(net, first))["items"]] == [item["item_id"]]
    county = await planned(net, ahead(9), level="county", purpose="county")
    await net.did(f"/v1/meetings/{county}/items", body, SECRETARY)
    up = f"/v1/meetings/{first}/items/{item['item_id']}/raise"
    for path, sent in (
        (f"/v1/meetings/{second}/items", body),
        (f"/v1/meetings/{await planned(net, ahead(30), **DISTRICT)}/items", body),
        (up, {"to": "county", "reason": "stuck_twice"}),
    ):
        refused = await net.post(path, sent, SECRETARY)
        assert refused.status_code == 409, (path, refused.text)
        assert refused.json()["errors"][0]["code"] == "item_elsewhere", path


async def test_what_waits_for_the_level_above_is_not_pulled_down(net: Stage) -> None:
    case, below = await taken(net), await planned(net, ahead(1), **DISTRICT)
    body = {"case_id": case, "reason": "needs_several"}
    [item] = (await net.did(f"/v1/meetings/{below}/items", body, SECRETARY))["items"]
    at = f"/v1/meetings/{below}/items/{item['item_id']}/raise"
    await net.did(at, {"to": "bureau", "reason": "stuck_twice"}, SECRETARY)
    refused = await net.post(f"/v1/meetings/{below}/items", body, SECRETARY)
    assert refused.status_code == 409, refused.text
    bureau = await planned(net, ahead(9))
    assert [each["came"] for each in (await at_meeting(net, bureau))["items"]] == ["raised"]


async def test_what_waited_comes_as_what_it_was(net: Stage) -> None:
    first = await planned(net, ahead(1))
    off = await topic(net, first, "put_off_before")
    await net.did(f"/v1/meetings/{first}/items/{off}/deferral", {"reason": "no_time"}, SECRETARY)
    second = await planned(net, ahead(9))
    fresh = await topic(net, second, "newly_added")
    assert [(each["item_id"], each["came"]) for each in (await at_meeting(net, second))["items"]] == [
        (off, "deferred"),
        (fresh, "added"),
    ]


async def test_what_is_not_finished_heads_the_next_agenda_after_a_cancellation_too(net: Stage) -> None:
    first, second, third = [await planned(net, ahead(each)) for each in (1, 9, 30)]
    item = await topic(net, first)
    await come(net, first)
    await decide(net, first, item, POLICE, ahead(20))
    await net.did(f"/v1/meetings/{first}/end", {}, SECRETARY)
    off = await topic(net, second, "put_off_before")
    await net.did(f"/v1/meetings/{second}/items/{off}/deferral", {"reason": "no_time"}, SECRETARY)
    await net.did(f"/v1/meetings/{second}/cancellation", {"reason": "typhoon"}, SECRETARY)
    assert [(each["item_id"], each["came"]) for each in (await at_meeting(net, third))["items"]] == [
        (item, "unfinished"),
        (off, "deferred"),
    ]


async def test_what_must_be_discussed_is_on_the_next_meeting_and_is_not_put_off(net: Stage) -> None:
    joint = {"purpose": "child_protection_joint"}
    case, following, later = (
        await taken(net),
        await planned(net, ahead(1), **joint),
        await planned(net, ahead(30), **joint),
    )
    added = await net.did(f"/v1/meetings/{later}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    high = {"opened": True, "needs": ["child_development"], "tools": [{"tool": "sdm", "result": "high"}]}
    await net.did(f"/v1/cases/{case}/assessments", high | {"service_mode": "family_preservation"}, PROTECTION)
    await net.decide(decided("r2", family=["a"], people=FAMILY))
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS])

    async def always() -> bool:
        found = [*(await at_meeting(net, later))["items"], *(await at_meeting(net, following))["items"]]
        return any(each["always"] for each in found)

    await until(always)
    [there] = (await at_meeting(net, following))["items"]
    assert (there["item_id"], there["always"], len(there["because"])) == (item, True, 2)
    refused = await net.post(f"/v1/meetings/{following}/items/{item}/deferral", {"reason": "no_time"}, SECRETARY)
    assert refused.status_code == 409, refused.text
    assert refused.json()["errors"][0]["code"] == "item_always"


async def test_a_date_that_was_mistyped_takes_what_waits_once_it_is_right(net: Stage) -> None:
    first = await planned(net, ahead(1))
    item = await topic(net, first)
    await net.did(f"/v1/meetings/{first}/cancellation", {"reason": "typhoon"}, SECRETARY)
    wrong = await planned(net, ago(300))
    assert (await at_meeting(net, wrong))["items"] == []
    await net.did(f"/v1/meetings/{wrong}/date", {"at": "2030-01-08T10:00:00+08:00"}, SECRETARY)
    assert [each["item_id"] for each in (await at_meeting(net, wrong))["items"]] == [item]
    owed = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert "plan_meeting" not in [each["what"] for each in owed]


async def test_a_year_that_is_planned_again_after_a_typhoon_has_no_month_twice(net: Stage) -> None:
    monthly = {"every": "month", "nth": 3, "weekday": 1}
    before = await series(net, "bureau", 2027, rhythm=monthly)
    [july] = [each for each in before if each["at"][:7] == "2027-07"]
    day = DayTold(
        id="typhoon",
        day=datetime.fromisoformat(july["at"]).astimezone(TAIPEI).date(),
        says="off",
        reason="typhoon",
        told_by="陳",
        told_at=datetime.now(UTC),
    )
    await net.tell(CALENDAR, CalendarChanged(county=COUNTY, version=1, days=(day,)))
    await all_taken(net.kafka, net.prefix, "network", [CALENDAR])
    plan = {"year": 2027}
    again = await net.did(f"/v1/series/{july['series_id']}/plan", plan, SECRETARY)
    assert [each["meeting_id"] for each in again["meetings"]] == [each["meeting_id"] for each in before]
    found = (await net.get("/v1/meetings", SECRETARY, series_id=july["series_id"])).json()["meetings"]
    assert len(found) == 12


async def test_an_incident_that_is_known_late_brings_a_case_back(net: Stage) -> None:
    case, high = await taken(net), await planned(net, ahead(3), purpose="high_risk_violence")
    body = {"list": "high_risk_domestic_violence", "because": "judged"}
    listed = await net.did(f"/v1/cases/{case}/listings", body, SECRETARY)
    [item] = (await at_meeting(net, high))["items"]
    await net.did(f"/v1/listings/{listed['listing_id']}/delisting", {"score": 3}, SECRETARY)
    happened = datetime.now(UTC).isoformat()
    await net.did(f"/v1/meetings/{high}/items/{item['item_id']}/drop", {"reason": "delisted"}, SECRETARY)
    await net.did(f"/v1/cases/{case}/incidents", {"unit": POLICE, "what": "assault", "at": happened}, PROTECTION)
    [back] = (await at_meeting(net, high))["items"]
    assert [each["rule"] for each in back["because"]] == ["again_within_a_year"]


async def test_minutes_stay_as_they_were_approved(net: Stage) -> None:
    first = await planned(net, ahead(1), quorum={"least": 4})
    few = await topic(net, first, "too_few")
    await come(net, first, SIX[:2])
    proposed = await decide(net, first, few, POLICE, ahead(20), what="patrol")
    await net.did(f"/v1/meetings/{first}/end", {}, SECRETARY)
    await net.did(f"/v1/meetings/{first}/minutes/approval", {}, PROTECTION)
    before = (await net.get(f"/v1/meetings/{first}/minutes", POLICE)).json()
    [instead] = [each for each in (await net.get("/v1/meetings", SECRETARY)).json()["meetings"] if each["instead_of"]]
    here = instead["meeting_id"]
    await come(net, here)
    at = f"/v1/meetings/{here}/items/{few}/decisions/{proposed['decision_id']}"
    await net.did(f"{at}/adoption", {}, SECRETARY)
    assert (await net.get(f"/v1/meetings/{first}/minutes", POLICE)).json() == before
    await net.did(f"/v1/meetings/{here}/end", {}, SECRETARY)
    await net.did(f"/v1/meetings/{here}/minutes/approval", {}, PROTECTION)
    adopted = (await net.get(f"/v1/meetings/{here}/minutes", POLICE)).json()
    assert [each["state"] for each in adopted["entries"][0]["decided"]] == ["open"]
    await net.did(f"{at}/outcome", {"state": "done", "evidence": "visited"}, POLICE)
    assert (await net.get(f"/v1/meetings/{here}/minutes", POLICE)).json() == adopted
    assert (await net.get(f"/v1/meetings/{first}/minutes", POLICE)).json() == before


async def test_what_was_decided_of_a_merged_family_is_owed_there_and_by_whom_it_names(
    net: Stage,
) -> None:
    one, other = await taken(net), await taken(net, "r2", family=["z"], people=())
    id = await planned(net, ahead(1))
    added = await net.did(f"/v1/meetings/{id}/items", {"case_id": other, "reason": "needs_several"}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    await come(net, id)
    await decide(net, id, item, POLICE, ahead(20), what="decided_before")
    merge = await net.did(f"/v1/cases/{one}/merges", {"case_id": other, "reason": "same_household"}, PROTECTION)
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor")
    since = await decide(net, id, item, POLICE, ahead(20), what="decided_since")

    async def owed(case: str) -> dict[str, str]:
        tasks = (await net.get(f"/v1/cases/{case}", PROTECTION)).json()["tasks"]
        return {each["what"]: each["unit"] for each in tasks if each["because"]["kind"] == "decision"}

    both = {"decided_before": POLICE, "decided_since": POLICE}
    assert (await owed(one), await owed(other)) == (both, {})
    parted = {"reason": "mistake", "tasks": [since["task_id"]]}
    await net.did(f"/v1/merges/{merge['merge_id']}/undo", parted, "supervisor")
    assert (await owed(one), await owed(other)) == ({}, both)
    await net.did(f"/v1/meetings/{id}/end", {}, SECRETARY)
    assert await owed(other) == both
