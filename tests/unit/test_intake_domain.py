"""What intake decides: check digits, phones, flags, duties, serials, status."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import phonenumbers
import pytest
from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseId,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    ResourcesLinked,
)
from contracts.codes import names
from contracts.decisions import DecisionMade, Outcome, ReviewRequested
from contracts.event import Event
from contracts.referrals import AdviceGiven, ReferralDone, ReferralSent
from contracts.reports import CaseType, ReportId, SourceUnit, Submission
from hypothesis import given
from hypothesis import strategies as st
from intake.domain.agency import Agency
from intake.domain.duty import DutyRule, duty_of
from intake.domain.flags import flags_of
from intake.domain.national_id import check_digit_holds
from intake.domain.phones import recognised
from intake.domain.plausible import CLOCKS_DIFFER, mistakes_in
from intake.domain.serial import serial, series
from intake.domain.status import Status, Step, latest, steps_of, unit_kind
from intake.rules import corrections, duties, serial_letters
from rules.taiwan import taipei_day

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def report(**changes: Any) -> Submission:
    least = {
        "case_type": "adult_protection",
        "county": "chiayi-county",
        "event": {"kinds": ["physical_violence"]},
        "people": [{"role": "subject"}],
    }
    return Submission.model_validate_json(json.dumps(least | changes), strict=True)


@pytest.mark.parametrize("number", ["A123456789", "Q222222220", " q222222220 ", "A800000014", "AC01234567"])
def test_a_right_check_digit_holds(number: str) -> None:
    assert check_digit_holds(number)


@pytest.mark.parametrize(
    "number",
    [
        "A123456788",
        "A323456789",
        "AE01234567",
        "A12345678",
        "A1234567890",
        "1234567890",
        "",
    ],
)
def test_a_wrong_number_does_not_hold(number: str) -> None:
    assert not check_digit_holds(number)


@given(
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    st.sampled_from("1289ABCD"),
    st.text("0123456789", min_size=7, max_size=7),
)
def test_exactly_one_last_digit_holds(letter: str, second: str, middle: str) -> None:
    assert sum(check_digit_holds(f"{letter}{second}{middle}{last}") for last in range(10)) == 1


@given(st.sampled_from("12"), st.text("0123456789", min_size=7, max_size=7), st.integers(0, 8))
def test_a_single_wrong_digit_is_noticed(second: str, middle: str, position: int) -> None:
    number = next(n for last in range(10) if check_digit_holds(n := f"F{second}{middle}{last}"))
    digits = list(number[1:])
    digits[position] = str((int(digits[position]) + 1) % 10)
    assert not check_digit_holds("F" + "".join(digits))


@pytest.mark.parametrize(
    "phone",
    ["0912345678", "052261111", "05-2261111", "+886 912 345 678", "+81 3-1234-5678", "110", "113", "119", "1999"],
)
def test_a_phone_that_can_be_called_is_recognised(phone: str) -> None:
    assert recognised(phone)


@pytest.mark.parametrize("phone", ["09123456", "12345", "無", "", "0000000000"])
def test_a_phone_that_cannot_be_called_is_not_recognised(phone: str) -> None:
    assert not recognised(phone)


@given(st.from_regex(r"0[2-9][0-9]{6,9}", fullmatch=True))
def test_the_short_way_says_what_the_library_says(phone: str) -> None:
    assert recognised(phone) == phonenumbers.is_valid_number(phonenumbers.parse(phone, "TW"))


def test_a_code_is_unknown_before_its_list_began() -> None:
    assert not flags_of(report(), TODAY)
    assert [flag.reason for flag in flags_of(report(), date(2020, 12, 31))] == ["unknown_code"]


def test_every_doubt_is_flagged_where_it_stands() -> None:
    doubtful = report(
        known_at="2026-11-20T10:00:00+08:00",
        event={"kinds": ["neglect", "curse"], "occurred_at": "2026-11-21T10:00:00+08:00", "place": {"county": "mars"}},
        people=[
            {
                "role": "subject",
                "national_id": "A123456780",
                "phones": ["0912345678", "12"],
                "residence": {"county": "mars"},
            },
            {"role": "witness", "birth_date": "2026-11-22", "conditions": ["x"], "relation_to_subject": "x"},
        ],
        needs=["x"],
        assessments=[{"tool": "x", "score": 1}],
        reporter={"phone": "5"},
    )
    assert {flag.at for flag in flags_of(doubtful, TODAY)} == {
        "/event/kinds/1", "/needs/0", "/assessments/0/tool", "/people/1/conditions/0", "/people/1/relation_to_subject",
        "/event/place/county", "/people/0/residence/county", "/people/0/national_id", "/people/0/phones/1",
        "/reporter/phone", "/known_at", "/people/1/birth_date",
    }  # fmt: skip


def test_a_clock_a_little_ahead_is_believed() -> None:
    assert not list(mistakes_in(report(known_at=(NOW + CLOCKS_DIFFER).isoformat()), NOW))
    ahead = NOW + CLOCKS_DIFFER + timedelta(seconds=1)
    assert [mistake.code for mistake in mistakes_in(report(known_at=ahead.isoformat()), NOW)] == ["in_future"]


DUTIES: list[tuple[dict[str, Any], SourceUnit, str | None]] = [
    ({}, SourceUnit.POLICE, "D0050071 s50"),
    ({"case_type": "child_protection"}, SourceUnit.EDUCATION, "D0050001 s53"),
    ({"case_type": "child_protection"}, SourceUnit.CIVIL_AFFAIRS, "D0050001 s53"),
    ({"case_type": "sexual_assault_minor"}, SourceUnit.MEDICAL, "D0080079 s11"),
    ({"case_type": "consultation_minor"}, SourceUnit.EDUCATION, "D0050001 s54"),
    ({"case_type": "consultation_adult"}, SourceUnit.CIVIL_AFFAIRS, None),
    ({"event": {"kinds": ["self_harm"]}, "case_type": "consultation_adult"}, SourceUnit.MEDICAL, "L0020213 s11"),
    ({"event": {"kinds": ["neglect"]}, "people": [{"role": "subject", "conditions": ["disability"]}]},
     SourceUnit.MEDICAL, "D0050046 s75-76"),
    ({"event": {"kinds": ["abandonment"]}}, SourceUnit.MEDICAL, "D0050037 s43"),
    ({}, SourceUnit.OTHER, None),
    ({"reporter": {"mandated": True}}, SourceUnit.OTHER, "D0050071 s50"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "source", "law"), DUTIES)
def test_the_duty_of_the_sender_is_found(changes: dict[str, Any], source: SourceUnit, law: str | None) -> None:
    duty = duty_of(report(**changes), source, NOW, duties())
    assert (duty.law if duty else None) == law


@pytest.mark.parametrize(("hours_ago", "met"), [(1, True), (24, True), (25, False)])
def test_a_duty_is_met_within_its_hours(hours_ago: int, met: bool) -> None:
    known_at = NOW - timedelta(hours=hours_ago)
    duty = duty_of(report(known_at=known_at.isoformat()), SourceUnit.POLICE, NOW, duties())
    assert duty is not None
    assert (duty.known_at, duty.due_at, duty.met) == (known_at, known_at + timedelta(hours=24), met)


@pytest.mark.parametrize("changes", [{}, {"case_type": "consultation_minor", "known_at": "2026-11-20T10:00:00+08:00"}])
def test_a_duty_without_hours_or_beginning_is_neither_met_nor_missed(changes: dict[str, Any]) -> None:
    duty = duty_of(report(**changes), SourceUnit.POLICE, NOW, duties())
    assert duty is not None
    assert (duty.due_at, duty.met) == (None, None)


def test_a_duty_of_an_unknown_case_type_is_a_mistake_in_the_data() -> None:
    with pytest.raises(ValueError, match="witchcraft"):
        DutyRule.of({"id": "x", "law": "x", "hours": 1, "case_types": ["witchcraft"], "sources": []})


def test_every_protection_report_of_a_mandated_unit_has_its_24_hours() -> None:
    for case_type in list(CaseType)[:4]:
        for source in (SourceUnit.POLICE, SourceUnit.MEDICAL, SourceUnit.EDUCATION):
            known = report(case_type=case_type.value, known_at=NOW.isoformat())
            duty = duty_of(known, source, NOW, duties())
            assert duty is not None
            assert duty.due_at == NOW + timedelta(hours=24)


def test_a_serial_tells_county_and_roc_day() -> None:
    assert serial(series("CYI", TODAY), 41) == "CYI-1151122-0041"
    assert serial(series("CYI", TODAY), 12_345) == "CYI-1151122-12345"


def test_the_day_of_a_serial_begins_at_midnight_in_taiwan() -> None:
    assert taipei_day(datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert taipei_day(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == TODAY


def test_every_county_has_three_letters_of_its_own() -> None:
    letters = serial_letters()
    assert set(letters) == set(names("counties", TODAY))
    assert len(set(letters.values())) == 22
    assert all(len(each) == 3 and each.isupper() for each in letters.values())


def test_every_mending_is_worded_in_both_languages() -> None:
    assert all(words.keys() == {"code", "en", "zh"} and all(words.values()) for words in corrections().values())


def test_an_agency_reports_to_its_counties_only() -> None:
    assert Agency("a", SourceUnit.POLICE, frozenset("*")).reports_to("tainan-city")
    assert not Agency("a", SourceUnit.POLICE, frozenset({"chiayi-county"})).reports_to("tainan-city")


ID = ReportId("r")
_OF_CASE: dict[str, Any] = {
    "case_id": CaseId("c"),
    "version": 2,
    "county": "chiayi-county",
    "report_id": ID,
    "unit": "chiayi-county/protection",
}


def decided(outcome: Outcome, version: int = 1, minute: int = 1, unit: str | None = None) -> DecisionMade:
    return DecisionMade(
        report_id=ID, version=version, county="chiayi-county", agency_id="a", source_unit=SourceUnit.POLICE,
        case_type=CaseType.ADULT_PROTECTION, outcome=outcome, priority=1, unit=unit, received_at=NOW,
        decided_at=NOW + timedelta(minutes=minute), decided_by="table",
    )  # fmt: skip


def review(minute: int) -> ReviewRequested:
    return ReviewRequested(
        report_id=ID, county="chiayi-county", agency_id="a", case_type=CaseType.ADULT_PROTECTION,
        suggested=Outcome.PROTECTION, priority=1, received_at=NOW, requested_at=NOW + timedelta(minutes=minute),
    )  # fmt: skip


def accepted(minute: int) -> CaseAccepted:
    return CaseAccepted(**_OF_CASE, accepted_by="x", accepted_at=NOW + timedelta(minutes=minute))


def returned(minute: int) -> CaseReturned:
    return CaseReturned(**_OF_CASE, reason="x", returned_by="x", returned_at=NOW + timedelta(minutes=minute))


def steps(*events: Event) -> Iterator[Step]:
    return (step for event in events for step in steps_of(event) if step.report_id == ID)


WELFARE = decided(Outcome.WELFARE_CENTRE, unit="chiayi-county/welfare_centre.minxiong")
LIVES: list[tuple[list[Event], Status, str | None, str | None]] = [
    ([review(1)], Status.UNDER_REVIEW, None, None),
    ([review(0), WELFARE], Status.DISPATCHED, "welfare_centre", None),
    ([WELFARE, accepted(2)], Status.ACCEPTED, "protection", None),
    ([accepted(2), WELFARE], Status.ACCEPTED, "protection", None),
    ([WELFARE, accepted(1)], Status.ACCEPTED, "protection", None),
    ([WELFARE, returned(2)], Status.UNDER_REVIEW, None, None),
    ([WELFARE, returned(2), decided(Outcome.PROTECTION, 2, 3)], Status.DISPATCHED, "protection", None),
    ([decided(Outcome.DUPLICATE)], Status.OUTCOME, None, "duplicate"),
    ([decided(Outcome.TRANSFERRED)], Status.OUTCOME, None, "transferred"),
    (
        [ResourcesLinked(report_id=ID, county="chiayi-county", resources=("x",), linked_at=NOW)],
        Status.OUTCOME,
        None,
        "no_dispatch",
    ),
]


def assessed(minute: int, *, opened: bool = True) -> CaseAssessed:
    return CaseAssessed(
        case_id=CaseId("c"), version=4, county="chiayi-county", unit="chiayi-county/protection",
        reports=(ReportId("other"), ID), opened=opened, assessed_by="x", assessed_at=NOW + timedelta(minutes=minute),
    )  # fmt: skip


def closed(minute: int) -> CaseClosed:
    at = NOW + timedelta(minutes=minute)
    return CaseClosed(
        case_id=CaseId("c"), version=9, county="chiayi-county", unit="chiayi-county/protection", reports=(ID,),
        reason="goals_met", approved_by="x", closed_at=at, watched_until=at,
    )  # fmt: skip


def advised(minute: int) -> AdviceGiven:
    at = NOW + timedelta(minutes=minute)
    return AdviceGiven(report_id=ID, county="chiayi-county", advised=("advice_113",), given_at=at)


def _referral(**more: object) -> dict[str, object]:
    units = {"unit": "chiayi-county/provider.hope", "from_unit": "chiayi-county/window"}
    return {"referral_id": "f", "county": "chiayi-county", "service": "counselling", "report_id": ID} | units | more


def referred(minute: int, case_id: str | None = None) -> ReferralSent:
    at = NOW + timedelta(minutes=minute)
    return ReferralSent.model_validate(_referral(case_id=case_id, sent_at=at, answer_due_at=at))


def ended(minute: int, outcome: str) -> ReferralDone:
    return ReferralDone.model_validate(_referral(outcome=outcome, done_at=NOW + timedelta(minutes=minute)))


NOBODY = decided(Outcome.NO_DISPATCH)
AGAIN = decided(Outcome.PROTECTION, 2, 9, "chiayi-county/protection")
SERVICES: list[tuple[list[Event], Status, str | None]] = [
    ([WELFARE, accepted(2)], Status.ACCEPTED, None),
    ([WELFARE, accepted(2), assessed(3)], Status.ACCEPTED, "opened"),
    ([WELFARE, accepted(4), assessed(3)], Status.ACCEPTED, "opened"),
    ([WELFARE, accepted(2), assessed(3, opened=False)], Status.ACCEPTED, "not_opened"),
    ([closed(8), assessed(3), WELFARE, accepted(2)], Status.ACCEPTED, "closed"),
    ([WELFARE, accepted(2), assessed(3), returned(5)], Status.UNDER_REVIEW, None),
    ([WELFARE, accepted(2), assessed(3), AGAIN], Status.DISPATCHED, None),
    ([WELFARE, accepted(2), closed(3), AGAIN, accepted(10)], Status.ACCEPTED, None),
    ([NOBODY, advised(2)], Status.OUTCOME, "advised"),
    ([NOBODY, referred(2)], Status.OUTCOME, "referred"),
    ([NOBODY, referred(2), ended(3, "goals_met")], Status.OUTCOME, "served"),
    ([ended(3, "person_declined"), NOBODY, referred(2)], Status.OUTCOME, "not_served"),
    ([NOBODY, referred(2), AGAIN, ended(10, "served")], Status.DISPATCHED, None),
    ([WELFARE, accepted(2), referred(3, case_id="c")], Status.ACCEPTED, None),
]


@pytest.mark.parametrize(("events", "status", "service"), SERVICES)
def test_the_sender_learns_whether_the_case_was_opened_and_closed_and_no_more(
    events: list[Event], status: Status, service: str | None
) -> None:
    step = latest(steps(*events))
    assert step is not None
    assert (step.status, step.service) == (status, service)


def test_that_a_case_was_opened_again_is_somebody_elses_report() -> None:
    event = CaseReopened(
        case_id=CaseId("c"), version=10, county="x", report_id=ReportId("other"), unit="x/y", reopened_at=NOW
    )
    assert steps_of(event) == ()


@pytest.mark.parametrize(("events", "status", "kind", "outcome"), LIVES)
def test_the_sender_sees_the_latest_step(
    events: list[Event], status: Status, kind: str | None, outcome: str | None
) -> None:
    step = latest(steps(*events))
    assert step is not None
    assert (step.status, step.to_unit_kind, step.outcome) == (status, kind, outcome)


def test_a_report_that_nobody_spoke_of_has_no_step() -> None:
    assert latest([]) is None
    opened = CaseOpened(
        case_id=CaseId("c"), county="x", report_id=ID, lead="x/y", priority=1, received_at=NOW, opened_at=NOW
    )
    assert steps_of(opened) == ()


def test_the_kind_of_a_unit_is_told_and_the_unit_is_not() -> None:
    assert unit_kind("chiayi-county/welfare_centre.minxiong") == "welfare_centre"
    assert unit_kind("chiayi-county/protection") == "protection"
