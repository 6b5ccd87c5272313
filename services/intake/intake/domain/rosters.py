"""What a roster entry means: what a person must check in it, what cannot be true, and when a visit is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.codes import names as codes_of
from contracts.people import Person, Place, Role
from contracts.reports import Flag
from contracts.rosters import RosterEntry
from rules.spans import Span

from intake.domain.flags import doubtful_areas, identity_flags
from intake.domain.phones import recognised
from intake.domain.plausible import Mistake, birth_is_unlikely


@dataclass(frozen=True)
class VisitClock:
    """The clock that starts when a roster is received: a span in hours, days or months, and where it comes from."""

    span: Span
    source: str
    verified: bool


def person_of(entry: RosterEntry) -> Person:
    """Whom an entry names, as a report would name them."""
    at = Place(county=entry.county, township=entry.township, village=entry.village, address=entry.address)
    return Person.model_construct(
        role=Role.SUBJECT, name=entry.name, national_id=entry.national_id, birth_date=entry.birth_date,
        phones=entry.phones, residence=at,
    )  # fmt: skip


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
    yield from doubtful_areas("", Place(township=entry.township, village=entry.village), entry.county)
    yield from identity_flags("", entry.name, entry.national_id)
    for number, phone in enumerate(entry.phones):
        if not recognised(phone):
            yield Flag(at=f"/phones/{number}", reason="phone_unrecognised")
    if entry.birth_date and birth_is_unlikely(entry.birth_date, on):
        yield Flag(at="/birth_date", reason="date_unlikely")
