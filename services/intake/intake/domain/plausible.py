"""What no report can truthfully say: refused, since the sender can correct it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from contracts.codes import names as codes_of
from contracts.reports import Report
from rules.spans import CLOCKS_DIFFER
from rules.taiwan import taipei_day

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
OLDEST = 120
PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1901, 1, 1), date(1911, 1, 1), date(1912, 1, 1), date(1970, 1, 1)})
"""What systems write for a day that they do not know: where their counting of days, or the ROC's of years, begins."""


@dataclass(frozen=True)
class Mistake:
    """A field to correct: its JSON pointer, and the code under which the correction is worded."""

    at: str
    code: str


def is_placeholder(at: datetime) -> bool:
    """Whether an instant lies on a day that stands for none, in Taiwan or where it was written."""
    return at.date() in PLACEHOLDERS or taipei_day(at) in PLACEHOLDERS


def birth_is_unlikely(born: date, on: date) -> bool:
    """Whether hardly anybody who lives on a day was born then, or it stands for no day at all."""
    return born in PLACEHOLDERS or on.year - born.year > OLDEST


def mistakes_in(report: Report, now: datetime) -> Iterator[Mistake]:
    """Every statement of a well-formed report that cannot be true at `now`."""
    today = taipei_day(now)
    if report.county not in codes_of("counties", today):
        yield Mistake("/county", "unknown_county")
    yield from _time("/known_at", report.known_at, now)
    yield from _time("/event/occurred_at", report.event.occurred_at, now)
    yield from _time("/told_by/told_at", report.told_by.told_at if report.told_by else None, now)
    for number, person in enumerate(report.people):
        if person.birth_date and person.birth_date > today:
            yield Mistake(f"/people/{number}/birth_date", "in_future")


def _time(at: str, value: datetime | None, now: datetime) -> Iterator[Mistake]:
    if value is not None and value > now + CLOCKS_DIFFER:
        yield Mistake(at, "in_future")
    if value is not None and value < EARLIEST:
        yield Mistake(at, "too_early")
