"""Taiwan's hour and years: days in Taipei, and years of the Republic (民國)."""

from datetime import date, datetime

from contracts.times import BEFORE_THE_REPUBLIC

from rules.spans import TAIPEI


def taipei_day(at: datetime) -> date:
    """The calendar day in Taiwan."""
    return at.astimezone(TAIPEI).date()


def roc_year(day: date) -> int:
    """The year of the Republic: 115 for 2026."""
    return day.year - BEFORE_THE_REPUBLIC


def roc_day(day: date) -> str:
    """A day as people in Taiwan write it: 115年11月22日."""
    return f"{roc_year(day)}年{day.month}月{day.day}日"
