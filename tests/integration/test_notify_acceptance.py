"""Someone in the group takes a message on: by name, once, and only through LINE's signed webhook."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.cases import CaseOpened
from contracts.topics import CASES
from kit import mongo

from tests.integration.notify_stage import (
    LEAD,
    SECRET,
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
"""A webhook is answered although Kafka is away."""


async def _is(stage: Stage, report_id: str, state: str) -> bool:
    return [one["state"] for one in await stage.deliveries(report_id=report_id)] == [state]


async def _is_forgotten(events: Any, field: str) -> bool:
    return await events.count_documents({}) == 1 and await events.count_documents({field: {"$exists": True}}) == 0


async def told(stage: Stage, wire: Wire, line: FakeLine) -> tuple[CaseOpened, str]:
    """A case whose message is in the group, and the token of its button."""
    case = opened()
    await wire.send(CASES, case)
    await until(lambda: _is(stage, case.report_id, "sent"))
    return case, button_of(line.seen[-1][1])


async def test_the_first_to_press_accepts_by_name_and_the_second_is_told_so(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "社工甲", "U2": "社工乙"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case, token = await told(stage, wire, line)
        assert (await stage.webhook(press(token, GROUP))).status_code == 200
        await until(lambda: len(line.replies) == 1)
        assert (await stage.webhook(press(token, GROUP, user="U2"))).status_code == 200
        await until(lambda: len(line.replies) == 2)
        (listed,) = await stage.deliveries(report_id=case.report_id)
        published = await wire.published(stage)
    assert (listed["state"], listed["acknowledged_by"]) == ("acknowledged", "社工甲")
    assert listed["acknowledged_at"]
    assert [one["type"] for one in published] == ["delivery.sent", "delivery.acknowledged"]
    assert (published[1]["acknowledged_by"], published[1]["unit"]) == ("社工甲", LEAD)
    assert "先前已由 社工甲" in line.replies[1]


async def test_twenty_who_press_at_once_make_one_acceptance(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(names={f"U{number}": f"社工{number}" for number in range(20)})
    async with on_stage(settings_of(settings_env), line) as stage:
        _, token = await told(stage, wire, line)
        await asyncio.gather(*(stage.webhook(press(token, GROUP, user=f"U{number}")) for number in range(20)))
        await until(lambda: len(line.replies) == 20)
        published = await wire.published(stage)
    assert sum("先前" not in reply for reply in line.replies) == 1
    assert [one["type"] for one in published] == ["delivery.sent", "delivery.acknowledged"]


async def test_a_webhook_event_that_comes_twice_counts_once(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    async with on_stage(settings_of(settings_env), line) as stage:
        _, token = await told(stage, wire, line)
        pressed = press(token, GROUP)
        for _ in range(3):
            assert (await stage.webhook(pressed, pressed)).status_code == 200
        await until(lambda: len(line.replies) == 1)
        too_late = press(token, GROUP, user="U2")
        for _ in range(3):
            await stage.webhook(too_late)
        await asyncio.sleep(1)
    assert len(line.replies) == 2


async def test_a_name_line_does_not_tell_is_someone_of_the_group(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine()
    async with on_stage(settings_of(settings_env), line) as stage:
        case, token = await told(stage, wire, line)
        await stage.webhook(press(token, GROUP))
        await until(lambda: _is(stage, case.report_id, "acknowledged"))
        (listed,) = await stage.deliveries(report_id=case.report_id)
    assert listed["acknowledged_by"] == "群組成員"


async def test_a_press_before_line_answered_us_proves_that_the_message_was_seen(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(lambda _: "accepted_then_lost"), opened()
    async with on_stage(settings_of(settings_env, line_backoff_seconds=60), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: len(line.seen) == 1)
        await stage.webhook(press(button_of(line.seen[0][1]), GROUP))
        await until(lambda: _is(stage, case.report_id, "acknowledged"))
        (listed,) = await stage.deliveries(report_id=case.report_id)
        published = await wire.published(stage)
    assert listed["sent_at"]
    assert {one["type"] for one in published} == {"delivery.sent", "delivery.acknowledged"}
    assert len(line.seen) == 1


async def test_a_forged_foreign_or_misplaced_token_accepts_nothing(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case, token = await told(stage, wire, line)
        elsewhere = group_of("chiayi-county/police")
        long_after = int((datetime.now(UTC) - timedelta(days=400)).timestamp() * 1000)
        await stage.webhook(press(token + "x", GROUP), press("accept.x.y.z", GROUP), press(token, elsewhere))
        await stage.webhook(
            press("", GROUP, timestamp=long_after), happened("message", GROUP, message={"text": "林小美"})
        )
        await until(lambda: len(line.replies) == 4)
        assert await _is(stage, case.report_id, "sent")


async def test_a_press_that_a_crash_left_unhandled_is_handled_later(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case, token = await told(stage, wire, line)
        await stage.webhook(press(token, GROUP, user="U9"))
        await until(lambda: len(line.replies) == 1)
    database = mongo.database(mongo.connect(settings_env["mongo_url"]), settings_env["database_prefix"] + "notify")
    undone: dict[str, Any] = {"state": "sent", "acknowledged_at": None, "acknowledged_by": None}
    await database["deliveries"].update_one({}, {"$set": undone})
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    waiting = {"waiting_since": earlier, "user_id": "U1", "data": token}
    await database["webhook_events"].update_one({}, {"$set": waiting})
    async with on_stage(settings_of(settings_env), line) as stage:
        await until(lambda: _is(stage, case.report_id, "acknowledged"))
        (listed,) = await stage.deliveries(report_id=case.report_id)
        await until(lambda: _is_forgotten(database["webhook_events"], "user_id"))
    assert listed["acknowledged_by"] == "社工甲"


@pytest.mark.parametrize("signature", [None, "", "x", "勒頸", "other"])
async def test_what_line_did_not_sign_changes_nothing(settings_env: dict[str, str], signature: str | None) -> None:
    settings = settings_of(settings_env, **NO_KAFKA)
    body = json.dumps({"events": [happened("leave", GROUP)]}).encode()
    made = base64.b64encode(hmac.digest(b"another secret", body, hashlib.sha256)) if signature == "other" else signature
    sent = made.encode() if isinstance(made, str) else made
    async with on_stage(settings, FakeLine()) as stage:
        headers = {b"x-line-signature": sent} if sent is not None else {}
        answer = await stage.http.post("/webhooks/line", content=body, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"event": []}'])
async def test_a_signed_body_that_is_no_webhook_is_refused(settings_env: dict[str, str], body: bytes) -> None:
    signed = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256))
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        answer = await stage.http.post("/webhooks/line", content=body, headers={b"x-line-signature": signed})
        assert answer.status_code == 400


async def test_an_empty_webhook_and_unknown_events_are_answered_200(settings_env: dict[str, str]) -> None:
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        assert (await stage.webhook()).status_code == 200
        assert (await stage.webhook({"type": "new-kind"}, happened("accountLink", GROUP))).status_code == 200
        huge = await stage.http.post("/webhooks/line", content=b"x" * 1_100_000, headers={"x-line-signature": "x"})
        assert huge.status_code == 413


NEVER = [-62_135_596_800_001, -(10**18), 10**18, 10**30, 10**400, -(10**400), "9" * 5_000, 1e308, None, "soon", {}]


@pytest.mark.parametrize("timestamp", NEVER, ids=lambda each: f"{each!r:.12}")
async def test_an_event_of_an_impossible_time_spoils_none_of_its_neighbours(
    settings_env: dict[str, str], timestamp: object
) -> None:
    sound = [happened("join", group) for group in ("C1", "C2")]
    odd = happened("leave", "C3") | {"timestamp": timestamp}
    body = json.dumps({"events": [sound[0], odd, sound[1]]}).replace(f'"{"9" * 5_000}"', "9" * 5_000).encode()
    signed = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256))
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        answer = await stage.http.post("/webhooks/line", content=body, headers={b"x-line-signature": signed})
        assert answer.status_code == 200
        kept = mongo.database(mongo.connect(settings_env["mongo_url"]), settings_env["database_prefix"] + "notify")
        ids = set(await kept["webhook_events"].distinct("_id"))
        assert {each["webhookEventId"] for each in sound} <= ids


async def test_only_those_who_may_see_deliveries_see_their_own_county(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine()
    async with on_stage(settings_of(settings_env), line) as stage:
        case, _ = await told(stage, wire, line)
        asked = {"report_id": case.report_id}
        assert len(await stage.deliveries("caseworker", case_id=case.case_id)) == 1
        assert await stage.deliveries("far", **asked) == []
        assert (await stage.get("/v1/deliveries", "analyst", **asked)).status_code == 403
        assert (await stage.get("/v1/deliveries", "nobody", **asked)).status_code == 401
        assert (await stage.get("/v1/deliveries")).status_code == 422
        assert (await stage.deliveries(report_id="unknown")) == []


async def test_statistics_count_states_and_time_to_line(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine()
    async with on_stage(settings_of(settings_env), line) as stage:
        await told(stage, wire, line)
        today = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
        counted = (await stage.get("/v1/statistics/deliveries", "analyst", **{"from": today, "to": today})).json()
        elsewhen = (await stage.get("/v1/statistics/deliveries", **{"from": "2020-01-01", "to": "2020-01-02"})).json()
        wrong = await stage.get("/v1/statistics/deliveries", **{"from": "yesterday"})
        for never in ({"to": "9999-12-31"}, {"from": "0001-01-01"}, {"to": "9999-12-31T23:59:59-14:00"}):
            assert (await stage.get("/v1/statistics/deliveries", **never)).status_code == 422
        metrics = (await stage.http.get("/metrics")).text
        ready = await stage.http.get("/readyz")
    seconds = counted["seconds_from_received_to_sent"]
    assert counted["states"] == {"sent": 1}
    assert seconds["n"] == 1
    assert 0 < seconds["p50"] == seconds["p99"] < 30
    assert elsewhen == {"states": {}, "seconds_from_received_to_sent": {"p50": None, "p99": None, "n": 0}}
    assert wrong.status_code == 422
    assert "safetynet_line_quota_left" in metrics
    assert ready.status_code == 200
