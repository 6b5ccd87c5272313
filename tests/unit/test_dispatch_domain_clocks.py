"""Every clock with a number, over a leap year, New Year's week and a make-up working day."""

from datetime import date, datetime, timedelta, timezone

import pytest
from contracts.decisions import Outcome
from dispatch.domain.triage.clocks import clocks_for, parse_clocks
from dispatch.domain.triage.facts import Facts
from dispatch.policy import policies
from rules.calendars import NATIONAL
from rules.cells import TableError

TAIPEI = timezone(timedelta(hours=8))
RULES = policies().in_force("chiayi-county", date(2026, 11, 20)).clocks
CHILD = Facts("child_protection", "police", "chiayi-county")

# From Friday 2024-02-02 14:30 in Taiwan: a leap year, and New Year's week with 8 to 14 February off, the first of
# them in exchange for Saturday 2024-02-17, which was worked (official calendar of 2024).
START = datetime(2024, 2, 2, 14, 30, tzinfo=TAIPEI)
DUE = {
    "dispatch": "2024-02-03 14:30",
    "child.grade": "2024-02-03 14:30",
    "child.level1.see_child": "2024-02-03 14:30",
    "child.level1.report": "2024-02-06 23:59",
    "child.level2.report": "2024-03-03 23:59",
    "child.plan": "2024-05-02 23:59",
    "child.emergency_placement": "2024-02-05 14:30",
    "placement.review": "2024-01-18 23:59",
    "placement.petition": "2024-01-26 23:59",
    "vulnerable_child.visit": "2024-02-12 23:59",
    "vulnerable_child.report": "2024-03-03 23:59",
    "welfare_centre.first_contact": "2024-02-07 23:59",
    "disability.visit": "2024-02-03 14:30",
    "disability.report": "2024-02-15 23:59",
    "sexual.written_report": "2024-02-03 14:30",
    "psychiatric.discharge_plan": "2024-02-05 23:59",
    "youth.open_decision": "2024-02-16 23:59",
    "youth.plan": "2024-03-02 23:59",
    "youth.visit": "2024-03-02 23:59",
    "youth.follow_up": "2024-08-02 23:59",
    "central_database.upload": "2024-02-09 23:59",
    "high_care_load.visit": "2024-03-02 23:59",
    "unit.accept": "2024-02-02 18:30",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_clock_is_due_when_its_rule_says(rule: object) -> None:
    assert f"{rule.from_(START, NATIONAL).due_at:%Y-%m-%d %H:%M}" == DUE[rule.id]  # type: ignore[attr-defined]


def test_no_clock_is_without_its_expected_time() -> None:
    assert {rule.id for rule in RULES} == DUE.keys()


# From Thursday 2025-01-23 18:00: New Year's week has 27 January (in exchange for Saturday 2025-02-08, which was worked)
# to 31 January off, and 28 February of a common year is a holiday.
LATER = datetime(2025, 1, 23, 18, 0, tzinfo=TAIPEI)
LATER_DUE = {
    "dispatch": "2025-01-24 18:00",
    "child.grade": "2025-01-24 18:00",
    "child.level1.see_child": "2025-01-24 18:00",
    "child.level1.report": "2025-01-27 23:59",
    "child.level2.report": "2025-02-22 23:59",
    "child.plan": "2025-04-23 23:59",
    "child.emergency_placement": "2025-01-26 18:00",
    "placement.review": "2025-01-08 23:59",
    "placement.petition": "2025-01-16 23:59",
    "vulnerable_child.visit": "2025-02-02 23:59",
    "vulnerable_child.report": "2025-02-22 23:59",
    "welfare_centre.first_contact": "2025-02-04 23:59",
    "disability.visit": "2025-01-24 18:00",
    "disability.report": "2025-02-05 23:59",
    "sexual.written_report": "2025-01-24 18:00",
    "psychiatric.discharge_plan": "2025-01-26 23:59",
    "youth.open_decision": "2025-02-06 23:59",
    "youth.plan": "2025-02-23 23:59",
    "youth.visit": "2025-02-23 23:59",
    "youth.follow_up": "2025-07-23 23:59",
    "central_database.upload": "2025-01-30 23:59",
    "high_care_load.visit": "2025-02-23 23:59",
    "unit.accept": "2025-01-23 22:00",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_clock_is_due_when_its_rule_says_in_a_common_year(rule: object) -> None:
    assert f"{rule.from_(LATER, NATIONAL).due_at:%Y-%m-%d %H:%M}" == LATER_DUE[rule.id]  # type: ignore[attr-defined]


def test_deciding_ends_the_clocks_of_deciding_and_acceptance_that_of_accepting() -> None:
    assert {rule.id: rule.stops for rule in RULES if rule.stops} == {
        "dispatch": "decided", "child.grade": "decided", "unit.accept": "accepted"}  # fmt: skip


def clocks(outcome: Outcome, priority: int = 2, facts: Facts = CHILD, **starts: datetime) -> dict[str, datetime]:
    return {one.id: one.due_at for one in clocks_for(RULES, facts, outcome, priority, starts, NATIONAL)}


def test_the_clocks_of_a_child_in_danger() -> None:
    running = clocks(Outcome.PROTECTION, 1, received=START, graded=START, dispatched=START)
    assert list(running) == ["unit.accept", "child.grade", "child.level1.see_child", "dispatch", "child.level1.report"]


def test_a_lower_priority_gets_the_level_two_clocks() -> None:
    running = clocks(Outcome.PROTECTION, 2, received=START, graded=START, dispatched=START)
    assert "child.level2.report" in running
    assert "child.level1.see_child" not in running


def test_a_clock_runs_only_once_its_event_has_happened() -> None:
    assert set(clocks(Outcome.PROTECTION, received=START)) == {"dispatch", "child.grade"}


def test_the_clocks_of_a_vulnerable_child() -> None:
    running = clocks(Outcome.WELFARE_CENTRE, 3, received=START, dispatched=START)
    assert {"vulnerable_child.visit", "vulnerable_child.report", "welfare_centre.first_contact", "unit.accept"} < set(
        running
    )


def test_a_person_with_a_disability_is_seen_within_a_day() -> None:
    facts = Facts("adult_protection", "police", "chiayi-county", conditions=frozenset({"disability"}))
    assert {"disability.visit", "disability.report"} < set(clocks(Outcome.PROTECTION, facts=facts, received=START))


def test_practice_carries_its_flag() -> None:
    flagged = {rule.id for rule in RULES if not rule.verified}
    assert {"dispatch", "unit.accept", "welfare_centre.first_contact", "child.level1.report"} <= flagged
    assert "child.grade" not in flagged


@pytest.mark.parametrize(
    "document",
    [{}, {"clocks": [{"id": "x"}]}, {"clocks": [dict.fromkeys(("id", "zh", "en", "start", "due", "source"), "x")]}],
)
def test_a_clock_that_cannot_be_read_says_where(document: dict[str, object]) -> None:
    with pytest.raises(TableError, match="clocks"):
        parse_clocks(document)
