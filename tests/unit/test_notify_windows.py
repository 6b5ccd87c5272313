"""Whose group hears at which hour: windows of the directory, by purpose, day and hour."""

from datetime import datetime
from typing import Any

import pytest
from contracts.directory import ContactWindow
from notify.domain.windows import heard_by

OFFICE: dict[str, Any] = {"days": ("MO", "TU", "WE", "TH", "FR"), "opens_at": "08:00", "closes_at": "17:30"}
NIGHT: dict[str, Any] = {"days": ("FR",), "opens_at": "22:00", "closes_at": "06:00"}
NIGHT_DUTY, HOTLINE = "chiayi-county/protection", "chiayi-county/window"


def window(purpose: str = "unit_work", **more: Any) -> ContactWindow:
    return ContactWindow.model_validate({"purpose": purpose} | more)


def heard(windows: list[ContactWindow], at: str, rank: int = 2) -> str | None:
    return heard_by(windows, rank, datetime.fromisoformat(f"{at}+08:00"))


@pytest.mark.parametrize(
    ("at", "unit"),
    [
        ("2026-11-23T08:00", None),  # a Monday
        ("2026-11-23T17:29", None),
        ("2026-11-23T17:30", NIGHT_DUTY),
        ("2026-11-23T07:59", NIGHT_DUTY),
        ("2026-11-22T12:00", NIGHT_DUTY),
    ],
)
def test_in_office_hours_the_unit_hears_and_beyond_them_whose_window_is_always_open(at: str, unit: str | None) -> None:
    assert heard([window(heard_by=NIGHT_DUTY), window(hours=(OFFICE,))], at) == unit


@pytest.mark.parametrize(
    ("at", "unit"),
    [
        ("2026-11-27T22:00", NIGHT_DUTY),  # a Friday
        ("2026-11-28T05:59", NIGHT_DUTY),
        ("2026-11-28T06:00", None),
        ("2026-11-28T22:00", None),
        ("2026-11-27T05:00", None),
    ],
)
def test_hours_that_close_before_they_open_end_in_the_next_morning(at: str, unit: str | None) -> None:
    assert heard([window(heard_by=NIGHT_DUTY, hours=(NIGHT,))], at) == unit


def test_what_is_gravest_goes_to_the_window_of_emergencies_where_one_is_open() -> None:
    both = [window(heard_by=NIGHT_DUTY), window("emergency", heard_by=HOTLINE), window("referrals", heard_by="x/y")]
    assert [heard(both, "2026-11-23T09:00", rank) for rank in (1, 2, 5)] == [HOTLINE, NIGHT_DUTY, NIGHT_DUTY]
    assert heard(both[:1], "2026-11-23T09:00", 1) == NIGHT_DUTY
    assert heard(both[2:], "2026-11-23T09:00", 1) is None


@pytest.mark.parametrize(("day", "unit"), [("2025-12-31", None), ("2026-01-01", NIGHT_DUTY), ("2026-02-01", None)])
def test_a_window_holds_from_its_first_day_to_its_last(day: str, unit: str | None) -> None:
    dated = window(heard_by=NIGHT_DUTY, valid_from="2026-01-01", valid_to="2026-01-31")
    assert heard([dated], f"{day}T12:00") == unit
