"""When a span ends in Taiwan, over leap days, holidays and worked Saturdays, and how much of it is over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from rules.spans import TAIPEI, Span, done_at, due, fraction, level
from rules.working_days import working_day

START = datetime(2024, 2, 2, 14, 30, tzinfo=TAIPEI)


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


@pytest.mark.parametrize(("started", "ends"), [("2025-02-06 09:00", "2025-02-08"), ("2026-11-19 09:00", "2026-11-23")])
def test_a_make_up_saturday_counts_as_a_working_day(started: str, ends: str) -> None:
    """Two working days from Thursday: Friday and the worked Saturday, where there is one."""
    assert f"{spanned('2wd', datetime.fromisoformat(started).replace(tzinfo=TAIPEI)):%Y-%m-%d}" == ends


@pytest.mark.parametrize("text", ["", "24", "h", "1.5h", "1 d", "2w"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 24h"):
        Span.parse(text)


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


def test_a_clock_that_is_minutes_ahead_tells_of_now_and_one_that_is_hours_ahead_of_nothing_done() -> None:
    a_minute_ago, in_a_minute = START - timedelta(minutes=1), START + timedelta(minutes=1)
    assert done_at(a_minute_ago, START) == a_minute_ago
    assert done_at(in_a_minute, START) == START
    assert done_at(START + timedelta(hours=1), START) is None
