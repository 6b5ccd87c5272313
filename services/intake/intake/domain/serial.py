"""The serial a person can read out: `CYI-1151122-0041` is the 41st report to Chiayi County on ROC 115-11-22."""

from datetime import date, datetime, timedelta, timezone

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
_ROC_OFFSET = 1911


def taipei_day(at: datetime) -> date:
    """The calendar day in Taiwan, which has no summer time."""
    return at.astimezone(TAIPEI).date()


def series(prefix: str, on: date) -> str:
    """What the serials of one county and day begin with: `CYI-1151122`."""
    return f"{prefix}-{on.year - _ROC_OFFSET:03d}{on.month:02d}{on.day:02d}"


def serial(series: str, number: int) -> str:
    """The `number`th serial of a series, from 1; four digits, more when a day needs them."""
    return f"{series}-{number:04d}"
