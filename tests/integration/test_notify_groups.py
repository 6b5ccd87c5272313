"""Groups and people are bound by codes that LINE shows and a signed-in colleague types; a press says whose it is."""

from typing import Any
from uuid import uuid4

import pytest
from contracts.topics import CASES
from kit import mongo
from notify.groups import watch

from tests.integration.notify_messages import NEW, told_code
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    UNITS,
    FakeLine,
    Stage,
    Wire,
    button_of,
    group_of,
    happened,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
GROUP = group_of(LEAD)
NO_KAFKA = {"kafka_bootstrap": "127.0.0.1:1"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(watch, "LEAST_ASKED", 2)


def of_person(type: str, user: str) -> dict[str, Any]:
    return happened(type, "", source={"type": "user", "userId": user}, replyToken=uuid4().hex)


async def bound(stage: Stage, line: FakeLine, user: str, role: str) -> None:
    code = await told_code(stage, line, of_person("follow", user))
    answer = await stage.send("PUT", "/v1/line-user", role, code=code.lower())
    assert answer.status_code == 200, answer.text
    assert answer.json()["reachable"]


async def told(stage: Stage, wire: Wire, line: FakeLine) -> tuple[str, str]:
    case = opened()
    await wire.send(CASES, case)
    await until(lambda: _is(stage, case.report_id, "sent"))
    return case.report_id, button_of(line.seen[-1][1])


async def _is(stage: Stage, report_id: str, state: str) -> bool:
    return [one["state"] for one in await stage.deliveries(report_id=report_id)] == [state]


async def accepted(stage: Stage, report_id: str) -> None:
    await until(lambda: _is(stage, report_id, "acknowledged"))


async def test_a_group_is_bound_by_the_code_it_was_told_and_its_notices_go_there(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(sizes={NEW: 7, GROUP: 16})
    order = {"purpose": "unit_work", "county": COUNTY, "unit": LEAD}
    async with on_stage(settings_of(settings_env), line) as stage:
        code = await told_code(stage, line, happened("join", NEW, replyToken="r"))
        assert (await stage.send("PUT", "/v1/groups", "caseworker", code=code, **order)).status_code == 403
        assert (await stage.send("PUT", "/v1/groups", "far", code=code, **order)).status_code == 403
        assert (await stage.send("PUT", "/v1/groups", code="ABCDEFGH", **order)).status_code == 404
        assert (await stage.send("PUT", "/v1/groups", code=code, group=NEW, **order)).status_code == 422
        assert (await stage.send("PUT", "/v1/groups", code=code, purpose="unit_work", county=COUNTY)).status_code == 422
        shown = f"{code[:4]}-{code[4:]}".lower()
        answer = await stage.send("PUT", "/v1/groups", code=shown, **order)
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert (view["group"], view["members"], view["bound_by"], view["trouble"]) == (NEW, 7, "officer", None)
        assert (await stage.send("PUT", "/v1/groups", code=code, **order)).status_code == 404, "a code serves once"
        await told(stage, wire, line)
        listed = (await stage.get("/v1/groups", "caseworker")).json()["groups"]
        other = (await stage.get("/v1/groups", "far")).json()["groups"]
        moved = await stage.send("PUT", "/v1/groups", group=NEW, purpose="media_watch", county=COUNTY)
        assert (moved.status_code, moved.json()["unit"]) == (200, None)
        assert (await stage.send("PUT", "/v1/groups", group="C1", **order)).status_code == 404
        back = {one["unit"]: one["group"] for one in (await stage.get("/v1/groups")).json()["groups"]}
    assert [group for group, _ in line.seen] == [NEW]
    assert {one["group"] for one in listed if one["unit"] == LEAD} == {NEW}
    assert {one["unit"] for one in listed} == {unit for unit in UNITS if unit.startswith(COUNTY)}
    assert other == []
    assert back[LEAD] == GROUP, "without one of its own a unit has that of the settings"


async def _tells(stage: Stage, groups: str, *troubles: str) -> bool:
    metrics = (await stage.http.get("/metrics")).text
    return all(f'safetynet_line_groups{{trouble="{each}"}} {groups}' in metrics for each in troubles)


async def test_a_group_that_leaves_empties_or_falls_silent_is_noticed(settings_env: dict[str, str], wire: Wire) -> None:
    police, window = group_of(f"{COUNTY}/police"), group_of(f"{COUNTY}/window")
    line = FakeLine(sizes={GROUP: 16, police: 9, window: 5})
    async with on_stage(settings_of(settings_env), line) as stage:
        await until(lambda: _tells(stage, "0.0", *watch.TROUBLES))
        await stage.webhook(happened("leave", police))
        line.sizes[window] = 0
        await stage.webhook(happened("memberLeft", window, left={"members": [{"type": "user", "userId": "U1"}]}))
        for _ in range(2):
            await told(stage, wire, line)
        await until(lambda: _tells(stage, "1.0", *watch.TROUBLES))
        found = {one["unit"]: one["trouble"] for one in (await stage.get("/v1/groups")).json()["groups"]}
        assert (found[LEAD], found[f"{COUNTY}/police"]) == ("silent", "left")
        assert found[f"{COUNTY}/window"] == "empty"
        await stage.webhook(press(button_of(line.seen[-1][1]), GROUP))
        await until(lambda: _tells(stage, "0.0", "silent"))


CHIEF, OTHER = "U.chief", "U.other"
"""No sealed token holds a full stop: their ids are looked for in what is stored."""


async def test_a_colleague_is_known_by_their_account_and_one_who_is_not_by_the_name_in_line(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={CHIEF: "局長", OTHER: "社工乙"})
    async with on_stage(settings_of(settings_env), line) as stage:
        await bound(stage, line, CHIEF, "caseworker")
        again = await told_code(stage, line, of_person("follow", OTHER))
        assert (await stage.send("PUT", "/v1/line-user", "caseworker", code=again)).status_code == 409
        assert (await stage.send("PUT", "/v1/line-user", "officer", code="ABCDEFGH")).status_code == 404
        found = []
        for user in (CHIEF, OTHER):
            report, token = await told(stage, wire, line)
            await stage.webhook(press(token, GROUP, user=user))
            await accepted(stage, report)
            found += await stage.deliveries(report_id=report)
        published = [one for one in await wire.published(stage) if one["type"] == "delivery.acknowledged"]
        await stage.webhook(of_person("unfollow", CHIEF))
        await until(lambda: _is_out_of_reach(stage))
        assert (await stage.send("DELETE", "/v1/line-user/caseworker", "officer")).status_code == 403
        assert (await stage.send("DELETE", "/v1/line-user/caseworker", "supervisor")).status_code == 204
        assert (await stage.get("/v1/line-user", "caseworker")).status_code == 404
        kept = mongo.database(mongo.connect(settings_env["mongo_url"]), settings_env["database_prefix"] + "notify")
        people = [one async for one in kept["line_people"].find({})]
    assert [(one["acknowledged_by"], one["bound"]) for one in found] == [("caseworker", True), ("社工乙", False)]
    assert {one["acknowledged_by"] for one in published if one.get("bound")} == {"caseworker"}
    assert len(people) == 2
    assert CHIEF not in repr(people) and OTHER not in repr(people), "LINE's ids of people are stored nowhere"


async def _is_out_of_reach(stage: Stage) -> bool:
    return not (await stage.get("/v1/line-user", "caseworker")).json()["reachable"]


async def test_where_only_colleagues_accept_a_press_by_somebody_unbound_is_seen(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "社工甲", "U2": "社工乙"})
    async with on_stage(settings_of(settings_env, line_unbound_press="is_seen"), line) as stage:
        await bound(stage, line, "U1", "caseworker")
        report, token = await told(stage, wire, line)
        await stage.webhook(press(token, GROUP, user="U2"))
        await until(lambda: "尚未接案" in line.replies[-1])
        [seen] = await stage.deliveries(report_id=report)
        assert (seen["state"], bool(seen["seen_at"])) == ("sent", True)
        await stage.webhook(press(token, GROUP, user="U1"))
        await until(lambda: _is(stage, report, "acknowledged"))


@pytest.mark.parametrize(
    ("user", "known", "state"),
    [
        ("U1", {"U1": "社工甲"}, "acknowledged"),  # bound, and in the group
        ("U1", {}, "sent"),  # bound; LINE knows of no such member
        ("U2", {"U2": "社工乙"}, "sent"),  # unbound
    ],
)
async def test_a_press_one_to_one_counts_when_a_colleague_of_that_group_made_it(
    settings_env: dict[str, str], wire: Wire, user: str, known: dict[str, str], state: str
) -> None:
    line = FakeLine(names=known)
    async with on_stage(settings_of(settings_env), line) as stage:
        await bound(stage, line, "U1", "caseworker")
        report, token = await told(stage, wire, line)
        replies = len(line.replies)
        own = {"source": {"type": "user", "userId": user}, "replyToken": uuid4().hex, "postback": {"data": token}}
        await stage.webhook(happened("postback", "", **own))
        await until(lambda: len(line.replies) > replies)
        assert await _is(stage, report, state)
