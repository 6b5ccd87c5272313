"""An oral report (言詞通報): by when its written form is due, and that an amendment is the written form."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.reports import CaseType, Duty, Report, ReportReceived
from intake.domain.duty import with_written
from intake.rules import oral

from tests.integration.intake_running import CLOSED, Running, a_report, amend, running


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def page_of(intake: Running, id: str) -> str:
    return (await intake.http.get(f"/v1/reports/{id}/receipt", headers={"accept": "text/html"})).text


async def test_an_oral_report_is_told_by_when_its_written_form_is_due(intake: Running) -> None:
    receipt = (await intake.post(a_report(oral=True))).json()
    duty = receipt["duty"]
    assert at(duty["written_due_at"]) - at(receipt["received_at"]) == timedelta(hours=24)
    assert (duty["law"], duty["written_law"], duty["written_at"]) == ("D0050071 s50", "D0050009 s2", None)
    page = await page_of(intake, receipt["report_id"])
    assert "書面期限" in page
    assert "尚未收到" in page
    (document,) = await intake.stored()
    event = ReportReceived.model_validate_json(document["outbox"][0]["data"])
    assert event.report.oral
    assert event.duty
    assert event.duty.written_due_at == at(duty["written_due_at"])


async def test_an_amendment_is_the_written_form(intake: Running) -> None:
    id = (await intake.post(a_report(oral=True))).json()["report_id"]
    late = (await amend(intake, id, {"reason": "補電話", "needs": []})).json()
    assert late["duty"]["written_at"] is None
    told = (await amend(intake, id, {"reason": "補送書面通報", "oral": False})).json()
    assert at(told["duty"]["written_at"]) == at(told["amended_at"])
    receipt = (await intake.http.get(f"/v1/reports/{id}/receipt")).json()
    assert at(receipt["duty"]["written_at"]) == at(told["duty"]["written_at"])
    assert "尚未收到" not in await page_of(intake, id)


async def test_what_came_in_writing_is_never_made_oral_again(intake: Running) -> None:
    id = (await intake.post()).json()["report_id"]
    answer = await amend(intake, id, {"reason": "更正", "oral": True})
    assert [(each["at"], each["code"]) for each in answer.json()["errors"]] == [("/oral", "not_amendable")]
    assert (await intake.stored())[0]["version"] == 1


async def test_a_written_report_owes_nothing_more(intake: Running) -> None:
    receipt = (await intake.post(a_report(oral=False))).json()
    assert (receipt["duty"]["written_due_at"], receipt["duty"]["written_law"]) == (None, None)
    assert "書面期限" not in await page_of(intake, receipt["report_id"])


async def test_who_no_duty_binds_still_owes_the_written_form(intake: Running) -> None:
    report = a_report(oral=True, case_type="consultation_adult", reporter=None)
    receipt: Any = (await intake.post(report, agency="hospital")).json()
    assert receipt["duty"]["law"] == receipt["duty"]["written_law"] == "D0050009 s2"
    assert receipt["duty"]["due_at"] is None


@pytest.mark.parametrize("case_type", list(CaseType))
def test_every_case_type_has_its_rule_of_writing(case_type: CaseType) -> None:
    received = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
    report = Report(case_type=case_type, county="chiayi-county", oral=True)
    duty = with_written(Duty(law="L"), report, received, oral())
    assert duty
    assert duty.law == "L"
    assert duty.written_due_at == received + timedelta(hours=24)
    assert duty.written_law == ("D0080080 s6" if "sexual" in case_type else "D0050009 s2")
    assert with_written(None, report.model_copy(update={"oral": False}), received, oral()) is None
