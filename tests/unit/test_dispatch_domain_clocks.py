"""Every clock with a number, over a leap year, New Year's week and a make-up working day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from contracts.decisions import Outcome
from dispatch.domain.tables.cells import TableError
from dispatch.domain.triage.clocks import Span, clocks_for, due, fraction, level, parse_clocks
from dispatch.domain.triage.facts import Facts
from dispatch.policy import policies, working_day

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
    assert f"{rule.from_(START, working_day).due_at:%Y-%m-%d %H:%M}" == DUE[rule.id]  # type: ignore[attr-defined]


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
    assert f"{rule.from_(LATER, working_day).due_at:%Y-%m-%d %H:%M}" == LATER_DUE[rule.id]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("started", "ends"), [("2025-02-06 09:00", "2025-02-08"), ("2026-11-19 09:00", "2026-11-23")])
def test_a_make_up_saturday_counts_as_a_working_day(started: str, ends: str) -> None:
    """Two working days from Thursday: Friday and the worked Saturday, where there is one."""
    assert f"{spanned('2wd', datetime.fromisoformat(started).replace(tzinfo=TAIPEI)):%Y-%m-%d}" == ends


# --- how far a clock is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "reached"),
    [(-1, 0), (0, 0), (11.99, 0), (12, 50), (19.19, 50), (19.2, 80), (23.99, 80), (24, 100), (100, 100)],
)
def test_a_clock_alerts_at_half_four_fifths_and_all_of_its_time(hours: float, reached: int) -> None:
    assert level(START, START + timedelta(hours=24), START + timedelta(hours=hours)) == reached


def test_the_share_of_a_clock_goes_on_after_it_is_due() -> None:
    assert fraction(START, START + timedelta(hours=4), START + timedelta(hours=6)) == 1.5
    assert fraction(START, START + timedelta(hours=4), START - timedelta(hours=6)) == 0


def test_a_clock_that_is_due_before_it_starts_is_over_once_it_is_due() -> None:
    due_at = START - timedelta(days=15)
    assert [level(START, due_at, at) for at in (due_at - timedelta(seconds=1), due_at)] == [0, 100]


def test_deciding_ends_the_clocks_of_deciding_and_acceptance_that_of_accepting() -> None:
    assert {rule.id: rule.stops for rule in RULES if rule.stops} == {
        "dispatch": "decided", "child.grade": "decided", "unit.accept": "accepted"}  # fmt: skip


def spanned(text: str, start: datetime) -> datetime:
    return due(Span.parse(text), start, working_day)


@pytest.mark.parametrize(
    ("span", "start", "ends"),
    [
        ("24h", "2024-02-28 21:00", "2024-02-29 21:00"),
        ("1d", "2024-02-28 21:00", "2024-02-29 23:59"),
        ("1d", "2023-02-28 21:00", "2023-03-01 23:59"),
        ("1mo", "2024-01-31 09:00", "2024-02-29 23:59"),
        ("1mo", "2023-01-31 09:00", "2023-02-28 23:59"),
        ("6mo", "2024-08-31 09:00", "2025-02-28 23:59"),
        ("3mo", "2024-11-30 09:00", "2025-02-28 23:59"),
        ("-15d", "2024-03-10 09:00", "2024-02-24 23:59"),
        ("3wd", "2026-02-13 20:00", "2026-02-25 23:59"),
        ("1wd", "2023-01-19 09:00", "2023-01-30 23:59"),
        ("3wd", "2023-02-15 09:00", "2023-02-18 23:59"),
        ("1wd", "2026-12-31 09:00", "2027-01-04 23:59"),
        ("-1wd", "2026-11-23 09:00", "2026-11-20 23:59"),
        ("0wd", "2026-11-22 09:00", "2026-11-22 23:59"),
    ],
)
def test_spans_over_leap_days_holidays_and_month_ends(span: str, start: str, ends: str) -> None:
    started = datetime.fromisoformat(start).replace(tzinfo=TAIPEI)
    assert f"{spanned(span, started):%Y-%m-%d %H:%M}" == ends


def test_a_day_ends_in_taiwan_whatever_the_offset_of_the_start() -> None:
    assert spanned("1d", datetime(2026, 11, 20, 17, 0, tzinfo=UTC)) == datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)


def test_new_years_week_is_off_and_a_make_up_saturday_is_worked() -> None:
    assert not any(working_day(date(2024, 2, day)) for day in (8, 9, 10, 11, 12, 13, 14))
    assert working_day(date(2024, 2, 17))
    assert not working_day(date(2024, 2, 18))


def clocks(outcome: Outcome, priority: int = 2, facts: Facts = CHILD, **starts: datetime) -> dict[str, datetime]:
    return {one.id: one.due_at for one in clocks_for(RULES, facts, outcome, priority, starts, working_day)}


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


@pytest.mark.parametrize("text", ["", "24", "h", "1.5h", "1 d", "2w"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 24h"):
        Span.parse(text)


@pytest.mark.parametrize(
    "document",
    [{}, {"clocks": [{"id": "x"}]}, {"clocks": [dict.fromkeys(("id", "zh", "en", "start", "due", "source"), "x")]}],
)
def test_a_clock_that_cannot_be_read_says_where(document: dict[str, object]) -> None:
    with pytest.raises(TableError, match="clocks"):
        parse_clocks(document)
