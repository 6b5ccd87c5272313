"""Which case a report joins where officers parted it from another, or found it to be of one family with it."""

from typing import Any

import pytest
from contracts.cases import CaseJoined, CaseOpened
from network.cases.domain.register import Register

from tests.unit.network_day import PROTECTION, Day, decided


@pytest.fixture
def day() -> Day:
    return Day()


def version(number: int, report: str, family: str = "a", **more: Any) -> Any:
    return decided(report, family=family, version=number, **more)


def test_a_report_parted_from_another_does_not_join_its_case_although_they_share_a_key(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    assert isinstance(day.decide(decided("r2", family="a", apart=("r1",))), CaseOpened)
    assert day.case("r1").id != day.case("r2").id


def test_a_report_parted_later_leaves_with_its_own_case_and_is_to_be_accepted_anew(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="ab"))
    day.press("r2", PROTECTION)
    event = day.decide(version(2, "r2", "b", apart=("r1",)))
    assert isinstance(event, CaseOpened)
    assert [each.state for each in day.case("r1").reports] == ["active", "withdrawn"]
    assert day.case("r1").history[-1].reason == "not_same"
    assert (day.case("r2").lead.accepted_by, day.case("r2").state) == (None, "waiting")


def test_parting_a_report_that_stands_alone_troubles_nobody(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="b"))
    day.press("r2", PROTECTION)
    before = day.case("r2")
    assert day.decide(version(2, "r2", "b", apart=("r1",))) is None
    assert day.case("r2").id == before.id
    assert day.case("r2").lead.accepted_by == "陳社工"


def test_a_third_report_finds_the_one_of_the_two_that_it_is_not_parted_from(day: Day) -> None:
    day.decide(decided("r1", family="ab"))
    day.decide(decided("r2", family="c", apart=("r1",)))
    day.decide(decided("r3", family="ac", apart=("r1",)))
    assert day.case("r3").id == day.case("r2").id


def test_a_report_found_to_be_of_a_family_joins_its_case_without_a_key(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    event = day.decide(decided("r2", family="b", together=("r1",)))
    assert isinstance(event, CaseJoined)
    assert day.case("r2").id == day.case("r1").id


def test_a_report_alone_in_its_case_moves_to_that_of_its_family(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="b"))
    left = day.case("r2").id
    event = day.decide(version(2, "r2", "b", together=("r1",)))
    assert isinstance(event, CaseJoined)
    assert day.case("r2").id == day.case("r1").id
    assert day.register.cases[left].state == "withdrawn"


def test_a_case_that_holds_reports_of_others_is_flagged_and_not_merged(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="b"))
    day.decide(decided("r3", family="b"))
    day.decide(version(2, "r2", "b", together=("r1",)))
    assert day.case("r2").id == day.case("r3").id != day.case("r1").id
    assert "related_case" in day.case("r2").flags


def test_a_verdict_taken_back_brings_the_report_back(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="a"))
    day.decide(version(2, "r2", "", apart=("r1",)))
    day.decide(version(3, "r2", "a", together=("r1",)))
    assert day.case("r2").id == day.case("r1").id
    assert [each.state for each in day.case("r1").reports] == ["active", "active"]


def test_another_countys_case_is_not_joined_by_a_verdict(day: Day) -> None:
    day.decide(decided("r1", family="a", county="tainan-city"))
    day.decide(decided("r2", family="b", together=("r1",)))
    assert day.case("r2").id != day.case("r1").id


def test_a_verdict_about_a_report_nobody_serves_changes_nothing() -> None:
    day = Day()
    assert isinstance(day.decide(decided("r2", family="b", together=("r1",), apart=("r0",))), CaseOpened)
    assert isinstance(day.register, Register)
