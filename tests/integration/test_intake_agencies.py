"""Onboarding by an administrator: keys shown once, rotated without a gap, ended, narrowed; and the sandbox."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from web.callers import digest

from tests.integration.intake_files import CSV, a_csv, row
from tests.integration.intake_running import CLOSED, Running, a_report, running
from tests.waiting import until

CALLERS = [
    {"name": "ops", "role": "administrator", "counties": ["*"], "token_sha256": digest("ops-token")},
    {"name": "officer", "role": "officer", "counties": ["*"], "token_sha256": digest("officer-token")},
]
OPS = {"authorization": "Bearer ops-token"}


@pytest.fixture
async def intake(settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr("intake.gate.REMEMBERED", 0.0)
    async with running(settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}) as intake:
        yield intake


async def register(intake: Running, **asked: Any) -> dict[str, Any]:
    body = {"agency_id": "clinic", "source_unit": "medical"} | asked
    answer = await intake.http.post("/v1/agencies", json=body, headers=OPS)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def rotate(intake: Running, **asked: Any) -> dict[str, Any]:
    answer = await intake.http.post("/v1/agencies/clinic/keys", json=asked, headers=OPS)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def change(intake: Running, **changes: Any) -> httpx.Response:
    return await intake.http.patch("/v1/agencies/clinic", json=changes, headers=OPS)


async def posting(intake: Running, key: str, **report: Any) -> int:
    return (await intake.post(a_report(**report), authorization=f"Bearer {key}")).status_code


async def test_a_key_is_shown_once_and_opens_at_once(intake: Running) -> None:
    shown = await register(intake, counties=["chiayi-county"])
    key = shown.pop("key")
    assert await posting(intake, key) == 202
    assert await posting(intake, key, county="tainan-city") == 403
    told = (await intake.http.get("/v1/agencies/clinic", headers=OPS)).json()
    assert told == shown | {"key": None}
    listed = await intake.http.get("/v1/agencies", headers=OPS)
    assert {each["agency_id"] for each in listed.json()["agencies"]} == {
        "police",
        "hospital",
        "school",
        "gone",
        "clinic",
    }
    kept = [each async for each in intake.database["agencies"].find()]
    assert key not in listed.text + str(kept)
    assert digest(key) not in listed.text


async def test_rotation_leaves_no_gap_and_ends_the_former_key(intake: Running) -> None:
    first = (await register(intake))["key"]
    second = await rotate(intake, overlap_hours=1)
    assert second["former_until"]
    assert [await posting(intake, key) for key in (first, second["key"])] == [202, 202]
    third = (await rotate(intake, overlap_hours=0))["key"]
    assert [await posting(intake, key) for key in (first, second["key"], third)] == [202, 401, 202]


async def test_a_request_that_comes_again_under_its_key_makes_one_secret_and_is_told_the_same(intake: Running) -> None:
    under = OPS | {"idempotency-key": "k1"}
    body = {"agency_id": "clinic", "source_unit": "medical"}
    first, again = [await intake.http.post("/v1/agencies", json=body, headers=under) for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())
    path, ends = "/v1/agencies/clinic/keys", {"overlap_hours": 0}
    pressed = await asyncio.gather(*(intake.http.post(path, json=ends, headers=under) for _ in range(3)))
    assert {each.status_code for each in pressed} == {201}
    [key] = {each.json()["key"] for each in pressed}
    assert [await posting(intake, each) for each in (first.json()["key"], key)] == [401, 202]
    other = await intake.http.post(path, json={"overlap_hours": 5}, headers=under)
    assert (other.status_code, "was used for another request" in other.text) == (409, True)
    fresh = (await rotate(intake, overlap_hours=0))["key"]
    late = await intake.http.post(path, json=ends, headers=under)
    assert (late.status_code, "has ended" in late.text) == (409, True), "a key that ended is not taken up again"
    assert await posting(intake, fresh) == 202
    assert key not in str([each async for each in intake.database["agencies"].find()])


async def test_rotations_at_one_instant_lose_no_key_in_use(intake: Running) -> None:
    first = (await register(intake))["key"]
    keys = [first, *(each["key"] for each in await asyncio.gather(*(rotate(intake) for _ in range(5))))]
    assert {await posting(intake, key) for key in keys} == {202}


async def test_a_key_ends_when_it_was_said_to(intake: Running) -> None:
    ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert await posting(intake, (await register(intake, key_until=ended))["key"]) == 401


async def test_a_suspended_agency_is_refused_and_taken_back(intake: Running) -> None:
    key = (await register(intake))["key"]
    for active, status in ((False, 403), (True, 202)):
        assert (await change(intake, active=active)).json()["active"] is active
        assert await posting(intake, key) == status


async def test_scopes_narrow_a_key_and_a_rate_binds_one_agency(intake: Running) -> None:
    key = (await register(intake, scopes=["reconciliations"]))["key"]
    own = {"authorization": f"Bearer {key}"}
    assert await posting(intake, key) == 403
    listing = {"day": "2026-11-20", "sender_refs": ["A"]}
    assert (await intake.http.post("/v1/reconciliations", json=listing, headers=own)).status_code == 200
    assert (await intake.http.get("/v1/agencies/me", headers=own)).status_code == 200
    await change(intake, scopes=[], rate="2/hour")
    assert [await posting(intake, key) for _ in range(3)][-1] == 429
    assert (await intake.post()).status_code == 202
    changed = (await change(intake, rate="9/hour", rates={"reads": "1/hour"})).json()
    assert (changed["rate"], changed["rates"]) == ("9/hour", {"reads": "1/hour"})
    assert [(await intake.http.get("/v1/agencies/me", headers=own)).status_code for _ in range(2)] == [200, 429]
    assert (await change(intake, rates={})).json()["rates"] == {}
    assert (await change(intake, rates={"everything": "1/hour"})).status_code == 422


async def test_only_an_administrator_may_do_so(intake: Running) -> None:
    for token, status in (("police-key", 401), ("officer-token", 403)):
        headers = {"authorization": f"Bearer {token}"}
        for answer in (
            await intake.http.get("/v1/agencies", headers=headers),
            await intake.http.post("/v1/agencies", json={}, headers=headers),
            await intake.http.post("/v1/agencies/police/keys", json={}, headers=headers),
            await intake.http.patch("/v1/agencies/police", json={"active": False}, headers=headers),
        ):
            assert answer.status_code == status
    assert (await intake.post()).status_code == 202


async def test_an_id_is_taken_once_and_an_unknown_one_is_not_found(intake: Running) -> None:
    await register(intake)
    asked = {"agency_id": "clinic", "source_unit": "police"}
    assert (await intake.http.post("/v1/agencies", json=asked, headers=OPS)).status_code == 409
    assert (await intake.http.post("/v1/agencies/nobody/keys", json={}, headers=OPS)).status_code == 404
    assert (await intake.http.patch("/v1/agencies/nobody", json={"active": True}, headers=OPS)).status_code == 404
    wrong = await intake.http.post("/v1/agencies", json=asked | {"counties": ["mars"]}, headers=OPS)
    assert (wrong.status_code, wrong.json()["errors"][0]["at"]) == (422, "/counties")


async def test_a_sandbox_report_is_answered_and_reaches_nobody(intake: Running) -> None:
    key = (await register(intake, sandbox=True))["key"]
    own = {"authorization": f"Bearer {key}"}
    receipt = (await intake.post(a_report(sender_ref="S-1"), authorization=f"Bearer {key}")).json()
    assert receipt["serial"].startswith("TST-")
    assert receipt["duty"]["law"] == "D0050071 s50"
    patch = {"reason": "mended", "needs": []}
    amended = await intake.http.patch(f"/v1/reports/{receipt['report_id']}", json=patch, headers=own)
    assert amended.json()["version"] == 2
    batch = await intake.http.post("/v1/batches", content=a_csv([row(1), row(2)]), headers=own | {"content-type": CSV})

    async def done() -> bool:
        return (await intake.http.get(batch.headers["location"], headers=own)).json()["state"] == "done"

    await until(done)
    assert await posting(intake, key, case_type="?") == 422
    stored = await intake.stored()
    assert len(stored) == 3
    assert not any(each.get("outbox") for each in stored)
    assert {each["county"] for each in stored} == {"sandbox"}
    real = await intake.post()
    assert real.json()["serial"].startswith("CYI-")
    assert real.json()["serial"].endswith("-0001")
