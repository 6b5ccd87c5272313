"""Amendments: a new version with its reason, sealed; the former versions are kept; a repeat is no version."""

import asyncio
import json
from typing import Any

import bson
import pytest
from contracts.reports import ReportAmended
from intake.settings import Settings
from intake.store import Reports
from kit.sealed import KeyVault, join

from tests.integration.intake_running import CLOSED, a_report, amend, running

REASON = "林小美的電話號碼更正"


@pytest.fixture
def env(settings_env: dict[str, str]) -> dict[str, str]:
    return settings_env | {"kafka_bootstrap": CLOSED}


async def test_an_amendment_is_a_new_version_and_the_former_is_kept(env: dict[str, str]) -> None:
    async with running(env) as intake:
        first = await intake.post(key="one")
        id = first.json()["report_id"]
        people = a_report()["people"]
        people[0]["phones"] = ["0987654321", "12"]
        answer = await amend(intake, id, {"reason": REASON, "people": people, "event": {"danger_signs": []}})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["version"], answer.json()["serial"]) == (2, first.json()["serial"])
        assert [flag["at"] for flag in answer.json()["flags"]] == ["/people/0/phones/1"]
        (document,) = await intake.stored()
        assert [former["version"] for former in document["history"]] == [1]
        assert "danger_signs" in document["history"][0]["report"]["event"]
        assert "danger_signs" not in document["report"]["event"]
        assert (await intake.post(key="one")).json() == first.json()


async def test_an_amendment_may_say_that_it_is_a_merge_patch(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        body = json.dumps({"reason": REASON, "needs": []})
        answers = [
            await intake.http.patch(f"/v1/reports/{id}", content=body, headers={"content-type": kind})
            for kind in ("application/merge-patch+json", "application/json-patch+json")
        ]
        assert [answer.status_code for answer in answers] == [200, 415]
        assert answers[1].headers["accept-patch"] == "application/merge-patch+json, application/json"


async def test_the_event_of_an_amendment_holds_the_whole_report_and_the_reason_sealed(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        await amend(intake, id, {"reason": REASON, "event": {"narrative": "改寫的敘述"}})
        (document,) = await intake.stored()
        event = ReportAmended.model_validate_json(document["outbox"][1]["data"])
        assert (event.report_id, event.version, event.agency_id) == (id, 2, "police")
        vault = KeyVault(intake.keys, Settings.model_validate(env).key_bytes("master_key"))
        (reason, values) = await vault.open([event.reason_sealed, event.sealed["report"]])
        assert reason == {"reason": REASON}
        assert values
        whole = join(event.report.model_dump(mode="json"), values)
        assert whole["event"]["narrative"] == "改寫的敘述"
        assert whole["people"][0]["name"] == "林小美"
        raw = bson.encode(document)
        for canary in ("林小美", "電話號碼更正", "改寫的敘述", "王警員"):
            assert canary.encode() not in raw


async def test_an_amendment_that_changes_nothing_is_no_version(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        for _ in range(2):
            answer = await amend(intake, id, {"reason": "更正", "needs": []})
            assert answer.json()["version"] == 2
        (document,) = await intake.stored()
        assert len(document["outbox"]) == 2


async def test_of_two_amendments_at_one_instant_none_is_lost(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        changes = [{"reason": "更正", "needs": [need]} for need in ("member_adversity", "child_development")]
        statuses = sorted(
            answer.status_code for answer in await asyncio.gather(*(amend(intake, id, each) for each in changes))
        )
        (document,) = await intake.stored()
        assert statuses in ([200, 200], [200, 409])
        assert document["version"] == 1 + statuses.count(200)
        assert len(document["history"]) == statuses.count(200)


WRONG: list[tuple[str, Any, int, str | None]] = [
    ("no reason", {"needs": []}, 422, "/reason"),
    ("a blank reason", {"reason": " ", "needs": []}, 422, "/reason"),
    ("a long reason", {"reason": "x" * 501, "needs": []}, 422, "/reason"),
    ("another county", {"reason": "x", "county": "tainan-city"}, 422, "/county"),
    ("another reference", {"reason": "x", "sender_ref": "B"}, 422, "/sender_ref"),
    ("an unknown null", {"reason": "x", "event": {"colour": None}}, 422, "/event/colour"),
    ("a list taken out", {"reason": "x", "needs": None}, 422, "/needs"),
    ("an unknown field", {"reason": "x", "colour": "red"}, 422, "/colour"),
    ("no people left", {"reason": "x", "people": None}, 422, "/people"),
    ("a future time", {"reason": "x", "known_at": "2090-01-01T00:00:00+08:00"}, 422, "/known_at"),
    ("a list", [], 422, ""),
    ("not JSON", b"{", 400, None),
    ("a lone surrogate", b'{"reason": "\\ud800"}', 400, None),
    ("broken UTF-8", b'{"reason": "\xff"}', 400, None),
    ("deep", b'{"reason": "x", "event": ' + b"[" * 20 + b"]" * 20 + b"}", 400, None),
    ("large", {"reason": "x", "event": {"narrative": "x" * 300_000}}, 413, None),
]


@pytest.mark.parametrize(("what", "body", "status", "at"), WRONG, ids=[row[0] for row in WRONG])
async def test_a_wrong_amendment_is_refused(
    env: dict[str, str], what: str, body: Any, status: int, at: str | None
) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        before = await intake.stored()
        answer = await amend(intake, id, body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        if at is not None:
            assert at in [error["at"] for error in answer.json()["errors"]]
        assert [document["version"] for document in await intake.stored()] == [1]
        assert len(before) == 1


async def test_only_the_sender_may_amend(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        assert (await amend(intake, id, {"reason": "x", "needs": []}, "hospital")).status_code == 404
        assert (await amend(intake, "none", {"reason": "x", "needs": []})).status_code == 404


async def test_an_erased_report_cannot_be_amended(env: dict[str, str]) -> None:
    async with running(env) as intake:
        id = (await intake.post()).json()["report_id"]
        await intake.keys.delete_many({"owner": id})
        assert (await amend(intake, id, {"reason": "x", "needs": []})).status_code == 410
        assert (await Reports(intake.database).of_agency(id, "police") or {})["version"] == 1


async def test_a_long_chinese_report_may_be_amended_as_it_was_sent(env: dict[str, str]) -> None:
    home = {"township": "鄉" * 40, "village": "村" * 40, "address": "路" * 200}
    witnesses = [{"role": "witness", "name": f"證人{number}" + "陳" * 190, "residence": home} for number in range(49)]
    report = a_report(people=[{"role": "subject", "name": "林小美"}, *witnesses])
    report |= {"event": {"narrative": "爭" * 20_000}, "needs": [f"{number}" + "需" * 60 for number in range(64)]}
    assert 140_000 < len(json.dumps(report, ensure_ascii=False).encode()) < 256 * 1024 < len(json.dumps(report))
    async with running(env) as intake:
        id = (await intake.post(report)).json()["report_id"]
        for reason in ("第一次更正", "第二次更正"):
            answer = await amend(intake, id, {"reason": reason, "event": {"narrative": reason + "爭" * 19_000}})
            assert answer.status_code == 200, answer.text
