"""The serial a person can read out: `CYI-1151122-0041` is the 41st report to Chiayi County on ROC 115-11-22."""

from datetime import date

from rules.taiwan import roc_year


def series(prefix: str, on: date) -> str:
    """What the serials of one county and day begin with: `CYI-1151122`."""
    return f"{prefix}-{roc_year(on):03d}{on.month:02d}{on.day:02d}"


def serial(series: str, number: int) -> str:
    """The `number`th serial of a series, from 1; four digits, more when a day needs them."""
    return f"{series}-{number:04d}"
