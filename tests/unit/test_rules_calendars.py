"""Clocks in working days where a county closes, over a typhoon, New Year's week and a make-up Saturday."""

from datetime import UTC, date, datetime

import pytest
from contracts.calendar import DayTold
from rules.calendars import NATIONAL, Calendar, moved
from rules.spans import TAIPEI, Span

TUESDAY = "2026-07-14"
OFF = "2026-07-15 off 2026-07-14 20:00"
"""A typhoon closes the county on Wednesday, told on the evening before."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def told(*lines: str) -> Calendar:
    """From lines such as `2026-07-15 off 2026-07-14 20:00`."""
    days = []
    for number, line in enumerate(lines):
        day, says, when = line.split(" ", 2)
        said = {"id": str(number), "day": day, "says": says, "told_at": at(when)}
        days.append(DayTold.model_validate(said | {"reason": "typhoon", "told_by": "李督導"}))
    return Calendar(tuple(days), len(days))


def ends(span: str, start: str, *lines: str) -> str:
    return f"{told(*lines).due(Span.parse(span), at(start)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("lines", "span", "start", "due"),
    [
        pytest.param([], "3wd", f"{TUESDAY} 09:00", "2026-07-17 23:59", id="as the nation works"),
        pytest.param([OFF], "3wd", f"{TUESDAY} 09:00", "2026-07-20 23:59", id="told while it ran"),
        pytest.param([OFF], "3wd", f"{TUESDAY} 21:00", "2026-07-20 23:59", id="told before it started"),
        pytest.param([OFF], "1wd", "2026-07-13 09:00", "2026-07-14 23:59", id="due before the day off"),
        pytest.param([OFF], "24h", f"{TUESDAY} 21:00", "2026-07-15 21:00", id="hours run on"),
        pytest.param([OFF], "1d", f"{TUESDAY} 21:00", "2026-07-15 23:59", id="a calendar day is one"),
        pytest.param([OFF], "1mo", "2026-06-15 21:00", "2026-07-15 23:59", id="a month is one"),
        pytest.param(
            [OFF, "2026-07-15 withdrawn 2026-07-14 23:00"], "3wd", f"{TUESDAY} 09:00", "2026-07-17 23:59",
            id="withdrawn",
        ),
        pytest.param(
            [OFF, "2026-07-15 withdrawn 2026-07-15 05:30"], "1wd", f"{TUESDAY} 09:00", "2026-07-15 23:59",
            id="withdrawn in the morning",
        ),
        pytest.param(
            [OFF, "2026-07-15 withdrawn 2026-07-16 10:00"], "1wd", f"{TUESDAY} 09:00", "2026-07-16 23:59",
            id="withdrawn too late: nobody is late at once",
        ),
        pytest.param(
            ["2026-07-15 off 2026-07-16 08:00"], "1wd", f"{TUESDAY} 09:00", "2026-07-15 23:59",
            id="over before it was told",
        ),
        pytest.param(
            [OFF, "2026-07-16 off 2026-07-15 20:00"], "1wd", f"{TUESDAY} 09:00", "2026-07-17 23:59",
            id="a second day off prolongs what the first one moved",
        ),
        pytest.param(
            ["2026-02-24 off 2026-02-23 20:00"], "3wd", "2026-02-13 20:00", "2026-02-26 23:59",
            id="after New Year's week",
        ),
        pytest.param(
            ["2026-02-17 off 2026-02-13 21:00"], "3wd", "2026-02-13 20:00", "2026-02-25 23:59", id="off already"
        ),
        pytest.param(
            ["2025-02-08 off 2025-02-07 20:00"], "2wd", "2025-02-06 09:00", "2025-02-10 23:59", id="a make-up Saturday"
        ),
        pytest.param(
            ["2026-07-18 worked 2026-07-16 20:00", OFF], "3wd", f"{TUESDAY} 09:00", "2026-07-18 23:59",
            id="a Saturday is worked for it",
        ),
        pytest.param([OFF], "-1wd", "2026-07-16 09:00", "2026-07-14 23:59", id="backwards"),
    ],
)  # fmt: skip
def test_when_a_clock_ends(lines: list[str], span: str, start: str, due: str) -> None:
    assert ends(span, start, *lines) == due


def test_two_counties_differ() -> None:
    assert not told(OFF).works(date(2026, 7, 15))
    assert NATIONAL.works(date(2026, 7, 15))


def test_a_clock_that_moved_says_by_what_and_keeps_its_offset() -> None:
    start, due_at = at(f"{TUESDAY} 09:00").astimezone(UTC), at("2026-07-17 23:59:59").astimezone(UTC)
    change = moved(told(OFF), "3wd", start, due_at)
    assert change
    assert (change.due_at, change.by.id) == (at("2026-07-20 23:59:59"), "0")
    assert change.due_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("lines", "span", "due"),
    [
        pytest.param([OFF], "3wd", "2026-07-20", id="moved already"),
        pytest.param([OFF], "3d", "2026-07-17", id="no working days"),
        pytest.param([OFF], None, "2026-07-17", id="a time that a person named"),
        pytest.param(["2026-07-29 off 2026-07-14 20:00"], "3wd", "2026-07-16", id="other lists of the nation's days"),
    ],
)
def test_a_clock_stays(lines: list[str], span: str | None, due: str) -> None:
    assert moved(told(*lines), span, at(f"{TUESDAY} 09:00"), at(f"{due} 23:59:59")) is None
