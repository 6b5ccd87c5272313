"""What a roster entry means: what a person must check in it, what cannot be true, and when a visit is due."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from contracts.codes import names as codes_of
from contracts.reports import Flag
from contracts.rosters import RosterEntry
from rules.spans import TAIPEI

from intake.domain.flags import unlisted_areas
from intake.domain.national_id import check_digit_holds
from intake.domain.phones import recognised
from intake.domain.plausible import Mistake, birth_is_unlikely


@dataclass(frozen=True)
class VisitClock:
    """The clock that starts when a roster is received."""

    months: int
    source: str
    verified: bool


def due(received_at: datetime, visit: VisitClock) -> datetime:
    """When the visit is due: on the same day and hour in Taiwan some months on, or that month's last day."""
    at = received_at.astimezone(TAIPEI)
    year, month = divmod(at.year * 12 + at.month - 1 + visit.months, 12)
    last = monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last)).astimezone(received_at.tzinfo)


def entry_flags(entry: RosterEntry, on: date) -> tuple[Flag, ...]:
    """Every doubt about an entry, which is kept anyway."""
    return tuple(_doubts(entry, on))


def entry_mistakes(entry: RosterEntry, on: date) -> Iterator[Mistake]:
    """Every statement of a well-formed entry that cannot be true on a day."""
    if entry.county not in codes_of("counties", on):
        yield Mistake("/county", "unknown_county")
    if entry.birth_date and entry.birth_date > on:
        yield Mistake("/birth_date", "in_future")


def _doubts(entry: RosterEntry, on: date) -> Iterator[Flag]:
    known = codes_of("care_load", on)
    for number, code in enumerate(entry.indicators):
        if code not in known:
            yield Flag(at=f"/indicators/{number}", reason="unknown_code")
    yield from unlisted_areas("", entry.township, entry.village)
    if entry.national_id and not check_digit_holds(entry.national_id):
        yield Flag(at="/national_id", reason="national_id_check_digit")
    for number, phone in enumerate(entry.phones):
        if not recognised(phone):
            yield Flag(at=f"/phones/{number}", reason="phone_unrecognised")
    if entry.birth_date and birth_is_unlikely(entry.birth_date, on):
        yield Flag(at="/birth_date", reason="date_unlikely")
