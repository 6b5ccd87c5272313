"""Reconciliation names exactly what was lost on the way: a proxy between sender and intake drops, doubles, reorders."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from rules.taiwan import taipei_day

from tests.integration.intake_running import CLOSED, Running, a_report, running

TODAY = taipei_day(datetime.now(UTC)).isoformat()


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def reconcile(intake: Running, agency: str = "police", **listing: Any) -> dict[str, Any]:
    answer = await intake.http.post(
        "/v1/reconciliations", json={"day": TODAY} | listing, headers={"authorization": f"Bearer {agency}-key"}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["listed"] == sum(told["stages"].values())
    return told


def numbered(count: int) -> list[dict[str, Any]]:
    return [a_report(sender_ref=f"A-{number:04d}", sequence=number) for number in range(1, count + 1)]


async def bad_way(intake: Running, reports: list[dict[str, Any]], seed: int) -> tuple[list[str], list[int]]:
    """What a bad network does: drops every tenth report or so, doubles some, and mixes them up; the dropped ones."""
    dice = random.Random(seed)
    dropped = [each for each in reports if dice.random() < 0.1]
    kept = [each for each in reports if each not in dropped]
    arriving = kept + [each for each in kept if dice.random() < 0.2]
    dice.shuffle(arriving)
    for report in arriving:
        assert (await intake.post(report)).status_code == 202
    return [each["sender_ref"] for each in dropped], [each["sequence"] for each in dropped]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_it_names_exactly_what_a_bad_way_dropped(intake: Running, seed: int) -> None:
    reports = numbered(80)
    refs, numbers = await bad_way(intake, reports, seed)
    assert refs
    told = await reconcile(intake, sender_refs=[each["sender_ref"] for each in reports])
    assert told["missing"] == refs
    assert told["stages"] == {"received": 80 - len(refs), "decided": 0, "dispatched": 0, "accepted": 0,
                              "missing": len(refs)}  # fmt: skip
    by_number = await reconcile(intake, first_sequence=1, last_sequence=80)
    named = [number for gap in by_number["gaps"] for number in range(gap["first"], gap["last"] + 1)]
    assert named == numbers
    assert (by_number["repeated"], by_number["unlisted"]) == ([], [])


async def test_sending_the_missing_again_closes_the_list(intake: Running) -> None:
    reports = numbered(30)
    refs, _ = await bad_way(intake, reports, 4)
    for report in reports:
        if report["sender_ref"] in refs:
            await intake.post(report)
    told = await reconcile(intake, sender_refs=[each["sender_ref"] for each in reports])
    assert (told["missing"], told["gaps"], told["stages"]["received"]) == ([], [], 30)


async def test_a_list_sees_its_own_agency_only(intake: Running) -> None:
    await intake.post(a_report(sender_ref="A-1", sequence=1), agency="hospital")
    told = await reconcile(intake, sender_refs=["A-1"])
    assert (told["missing"], told["unlisted"], told["gaps"]) == (["A-1"], [], [])
    assert (await reconcile(intake, "hospital", sender_refs=["A-1"]))["missing"] == []


async def test_what_was_received_and_not_listed_is_named_too(intake: Running) -> None:
    await intake.post(a_report(sender_ref="A-1", sequence=5))
    unlisted = (await intake.post(a_report(sender_ref="A-2", sequence=7))).json()["report_id"]
    told = await reconcile(intake, sender_refs=["A-1", "A-1"])
    assert (told["listed"], told["repeated"], told["unlisted"]) == (1, ["A-1"], [unlisted])
    assert told["gaps"] == [{"first": 6, "last": 6}]


async def test_a_place_follows_what_became_of_the_report(intake: Running) -> None:
    steps = {"A": "received", "B": "outcome", "C": "dispatched", "D": "accepted", "E": "under_review"}
    for ref, status in steps.items():
        id = (await intake.post(a_report(sender_ref=ref))).json()["report_id"]
        noted = {"order": 1, "at": datetime.now(UTC), "status": status}
        if ref != "A":
            await intake.database["reports"].update_one({"_id": id}, {"$set": {"feedback.decision": noted}})
    told = await reconcile(intake, sender_refs=[*steps, "F"])
    assert {line["sender_ref"]: line["stage"] for line in told["reports"]} == {
        "A": "received", "B": "decided", "C": "dispatched", "D": "accepted", "E": "received", "F": "missing",
    }  # fmt: skip


async def test_a_count_says_how_many_of_a_range_were_used(intake: Running) -> None:
    for number in (1, 2, 9):
        await intake.post(a_report(sequence=number))
    assert (await reconcile(intake, first_sequence=1, last_sequence=9, count=3))["stages"]["missing"] == 0
    assert (await reconcile(intake, first_sequence=1, last_sequence=9, count=5))["stages"]["missing"] == 2


WRONG: list[dict[str, Any]] = [
    {},
    {"sender_refs": ["A"], "first_sequence": 1, "last_sequence": 2},
    {"first_sequence": 3, "last_sequence": 2},
    {"first_sequence": 3},
    {"sender_refs": ["A B"]},
    {"sender_refs": ["A"], "day": "20 November"},
]


@pytest.mark.parametrize("listing", WRONG, ids=str)
async def test_a_list_that_lists_nothing_is_told_how_to_mend_it(intake: Running, listing: dict[str, Any]) -> None:
    answer = await intake.http.post("/v1/reconciliations", json={"day": TODAY} | listing)
    assert answer.status_code == 422
    assert all(entry["detail"] and entry["code"] != "wrong" for entry in answer.json()["errors"]), answer.text
