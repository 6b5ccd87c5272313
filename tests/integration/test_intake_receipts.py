"""The receipt again: as JSON for machines, as a page to print for people, and for its sender alone."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.intake_running import CANARIES, CLOSED, Running, a_report, running


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def test_the_receipt_is_the_one_that_was_given(intake: Running) -> None:
    given = await intake.post()
    again = await intake.http.get(f"{given.headers['location']}/receipt")
    assert again.json() == given.json()
    assert again.headers["cache-control"] == "no-store"


async def test_a_page_to_print_says_serial_duty_and_due_time_and_names_nobody(intake: Running) -> None:
    given = await intake.post(a_report(known_at="2026-11-20T21:40:00+08:00", sender_ref="A<b>1"))
    for lang, law, due in (
        ("zh-TW", "家庭暴力防治法第50條", "民國115年（2026年）11月21日 週六 21:40"),
        ("en", "art. 50 (D0050071)", "Sat, Nov 21, 2026 (ROC 115) 21:40"),
    ):
        headers = {"accept": "text/html", "accept-language": lang}
        page = await intake.http.get(f"{given.headers['location']}/receipt", headers=headers)
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert [told for told in (given.json()["serial"], law, due, "A&lt;b&gt;1") if told not in page.text] == []
        assert not [canary for canary in CANARIES if canary in page.text and canary != "……"]


async def test_a_receipt_without_hours_or_a_duty_is_a_page_too(intake: Running) -> None:
    for changes in ({"known_at": None}, {"case_type": "consultation_adult", "reporter": None}):
        given = await intake.post(a_report(**changes), agency="hospital")
        headers = {"accept": "text/html", "authorization": "Bearer hospital-key"}
        page = await intake.http.get(f"{given.headers['location']}/receipt", headers=headers)
        assert (page.status_code, given.json()["serial"] in page.text) == (200, True)


async def test_another_agency_sees_no_receipt(intake: Running) -> None:
    given = await intake.post()
    headers = {"authorization": "Bearer hospital-key", "accept": "text/html"}
    assert (await intake.http.get(f"{given.headers['location']}/receipt", headers=headers)).status_code == 404
