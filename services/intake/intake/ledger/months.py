"""Months as agencies write them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rules.taiwan import taipei_day

PATTERN = r"^20\d\d-(0[1-9]|1[0-2])$"


def month_of(at: datetime) -> str:
    """The month in Taiwan: `2026-11`."""
    return f"{taipei_day(at):%Y-%m}"


def days_of(month: str) -> Sequence[str]:
    """The days of a month, `2026-11-01` and on."""
    day = date.fromisoformat(f"{month}-01")
    days = []
    while f"{day:%Y-%m}" == month:
        days.append(day.isoformat())
        day += timedelta(days=1)
    return days
