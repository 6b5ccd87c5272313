"""The Python client of agencies, against a served intake: typed answers, repeats without a second report, problems."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from intake.openapi import example
from rules.taiwan import taipei_day
from safetynet_client import (
    AsyncSafetyNet,
    ClientCredentials,
    Conflict,
    Forbidden,
    Invalid,
    NoAnswer,
    NotFound,
    Patience,
    Roster,
    SafetyNet,
    Submission,
    TooMany,
    Unauthorized,
    Unavailable,
)

from tests.integration.intake_files import CSV, a_csv, row
from tests.integration.intake_process import Process, served
from tests.integration.intake_running import CLOSED, a_report
from tests.integration.scripted_server import Told, scripted

QUICK = Patience(first=0.01)
RECEIPT = {"report_id": "5b1f3c55-6f0e-4b0e-8a57-2a6d1f6f2c10", "serial": "CYI-1151120-0041",
           "received_at": "2026-11-20T14:02:11+00:00", "status": "received", "invented_later": 1}  # fmt: skip
AWAY = {"type": "urn:safetynet:problem:unavailable", "title": "Not now", "status": 503, "detail": "Again."}


@pytest.fixture(scope="module")
def submission() -> Submission:
    return Submission.model_validate_json(json.dumps(example()))


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Process]:
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def test_everything_an_agency_does_works_and_is_typed(
    intake: Process, submission: Submission, tmp_path: Path
) -> None:
    file = tmp_path / "reports.csv"
    file.write_bytes(a_csv([row(1), row(2, 案件類型="?"), row(3)]))

    def all_of_it() -> None:
        with SafetyNet(intake.url, "police-key") as safetynet:
            receipt = safetynet.submit(submission)
            assert receipt.duty is not None
            assert receipt.duty.law == "D0050071 s50"
            assert safetynet.submit(submission).report_id == receipt.report_id
            assert safetynet.status(receipt.report_id).status == "received"
            amended = safetynet.amend(receipt.report_id, reason="電話更正", needs=["child_development"])
            assert amended.version == 2
            listed = safetynet.reconcile(taipei_day(datetime.now(UTC)), sender_refs=["A11-2026-001042", "LOST-1"])
            assert listed.missing == ("LOST-1",)
            *_, done = safetynet.follow(safetynet.batch(file).batch_id, every=0.1)
            assert (done.rows, done.accepted, done.refused) == (3, 2, 1)
            (refused,) = safetynet.rows(done.batch_id, state="refused")
            assert (refused.row, refused.errors[0].column) == (2, "案件類型")
            assert safetynet.batch(file).batch_id == done.batch_id

    await asyncio.to_thread(all_of_it)


async def test_the_client_for_asyncio_does_the_same(intake: Process, submission: Submission) -> None:
    async with AsyncSafetyNet(intake.url, "police-key") as safetynet:
        receipt = await safetynet.submit(submission, idempotency_key="mine")
        again = await asyncio.gather(*(safetynet.submit(submission, idempotency_key="mine") for _ in range(20)))
        assert {each.report_id for each in again} == {receipt.report_id}
        assert (await safetynet.status(receipt.report_id)).serial == receipt.serial
        assert receipt.gap is None
        later = await safetynet.submit(a_report(sequence=1045))
        assert later.gap is not None
        assert (later.gap.first, later.gap.last) == (1043, 1044)
        assert (await safetynet.amend(receipt.report_id, reason="更正", needs=[])).version == 2
        listed = await safetynet.reconcile(taipei_day(datetime.now(UTC)), sequence=(1042, 1044))
        assert [(gap.first, gap.last) for gap in listed.gaps] == [(1043, 1044)]
        roster = "縣市,姓名\r\n嘉義縣,林小美\r\n".encode()
        sent = await safetynet.batch(roster, type=CSV, roster=Roster.CARER_SUPPORT)
        done = [each async for each in safetynet.follow(sent.batch_id, every=0.1)][-1]
        assert (done.kind, done.roster, done.accepted) == ("roster", "carer_support", 1)
        assert [each.state async for each in safetynet.rows(done.batch_id)] == ["accepted"]


async def test_a_refusal_is_an_exception_of_its_kind_that_says_what_to_mend(
    intake: Process, submission: Submission
) -> None:
    async with AsyncSafetyNet(intake.url, "police-key", language="en") as safetynet:
        with pytest.raises(Invalid) as invalid:
            await safetynet.submit(a_report(case_type="x"))
        assert [(each.at, each.code) for each in invalid.value.errors] == [("/case_type", "not_in_list")]
        assert "Write one of" in str(invalid.value)
        await safetynet.submit(submission)
        with pytest.raises(Conflict):
            await safetynet.submit(submission.model_copy(update={"needs": ("other",)}))
        with pytest.raises(NotFound):
            await safetynet.status("nobody")
    async with AsyncSafetyNet(intake.url, "wrong") as stranger:
        with pytest.raises(Unauthorized, match="金鑰"):
            await stranger.submit(submission)
    async with AsyncSafetyNet(intake.url, "school-key") as school:
        with pytest.raises(Forbidden):
            await school.submit(a_report(county="tainan-city"))


async def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("safetynet_client.asynchronous.sleep", note)
    monkeypatch.setattr("safetynet_client.client.sleep", pauses.append)
    return pauses


async def test_both_clients_wait_as_long_as_they_are_asked_and_repeat_under_one_key(
    submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = await waited(monkeypatch)
    hard = [Told(503, AWAY, {"retry-after": "2"}), Told(429, AWAY, {"retry-after": "7"}), Told(0), Told(202, RECEIPT)]
    with scripted(*hard, *hard) as intake:
        async with AsyncSafetyNet(intake.url, "k", patience=QUICK) as safetynet:
            assert (await safetynet.submit(submission)).serial == "CYI-1151120-0041"
        with SafetyNet(intake.url, "k", patience=QUICK) as waiting:
            assert waiting.submit(submission).serial == "CYI-1151120-0041"
    keys = [headers["idempotency-key"] for _, headers in intake.came]
    assert [len(set(keys[:4])), len(set(keys[4:])), len(set(keys))] == [1, 1, 2]
    assert [int(each) for each in pauses] == [2, 7, 0, 2, 7, 0]
    assert all(each >= asked for each, asked in zip(pauses, [2, 7, 0.04] * 2, strict=True))


async def test_patience_ends_and_an_amendment_is_not_sent_twice_when_nothing_is_known(
    submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    await waited(monkeypatch)
    with scripted(*[Told(503, AWAY)] * 3, Told(429, AWAY, {"retry-after": "3600"}), Told(0)) as intake:
        async with AsyncSafetyNet(intake.url, "k", patience=Patience(attempts=3)) as safetynet:
            with pytest.raises(Unavailable):
                await safetynet.submit(submission)
            with pytest.raises(TooMany) as limited:
                await safetynet.submit(submission)
            assert limited.value.retry_after == 3600
            with pytest.raises(NoAnswer):
                await safetynet.amend("1", reason="r")
    assert len(intake.came) == 5


async def test_a_token_is_got_once_and_again_when_it_is_refused(submission: Submission) -> None:
    token = Told(200, {"access_token": "t1", "expires_in": 300})
    unknown: dict[str, Any] = {"title": "Who are you?", "status": 401}
    with scripted(token, Told(202, RECEIPT), Told(202, RECEIPT), Told(401, unknown), token, Told(202, RECEIPT)) as both:
        async with AsyncSafetyNet(both.url, ClientCredentials(f"{both.url}/token", "clinic", "secret")) as safetynet:
            for _ in range(2):
                await safetynet.submit(submission)
            with pytest.raises(Unauthorized):
                await safetynet.submit(submission)
            await safetynet.submit(submission)
    assert [path for path, _ in both.came] == ["/token", *["/v1/reports"] * 3, "/token", "/v1/reports"]
    assert both.came[0][1]["authorization"].startswith("Basic ")
    assert both.came[1][1]["authorization"] == "Bearer t1"
