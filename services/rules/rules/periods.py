"""The fixed periods for which counts are told to whoever may not open what is counted: quarters, half-years, years.

Ranges that overlap can be subtracted from each other, and what is left is the count of a few days. So the days that
may be asked for are few, and each holds the other whole: a year its halves, a half its quarters. docs/adr/0041 says
why nothing follows of a hidden count from such a nesting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (3, 6, 12)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days, both included."""

    first: date
    last: date


def is_fixed(first: date, last: date, today: date) -> bool:
    """Whether these days are a whole quarter, half-year or year that has ended."""
    return Span(first, last) in fixed(first.year, today)


def fixed(year: int, today: date) -> tuple[Span, ...]:
    """The fixed periods of a year that have ended, the shortest first."""
    return tuple(each for months in MONTHS for each in _of(year, months) if each.last < today)


def latest(today: date) -> Span:
    """The quarter that ended last."""
    return max(each for year in (today.year - 1, today.year) for each in fixed(year, today) if _is_quarter(each))


def _is_quarter(span: Span) -> bool:
    return (span.last - span.first).days < 93


def _of(year: int, months: int) -> Iterator[Span]:
    for month in range(1, 13, months):
        end = date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
        yield Span(date(year, month, 1), end - timedelta(days=1))
