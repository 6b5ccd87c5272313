"""What a person must check in a report: kept as it came, never refused, never dropped."""

from collections.abc import Iterable, Iterator
from datetime import date

from contracts.codes import names as codes_of
from contracts.people import Person, Place
from contracts.reports import Flag, Report
from rules.glyphs import is_lost
from rules.nobody import is_of_two_signs
from rules.places import township_of, village_of

from intake.domain.national_id import check_digit_holds, is_sample
from intake.domain.phones import recognised
from intake.domain.plausible import birth_is_unlikely, is_placeholder


def flags_of(report: Report, on: date) -> tuple[Flag, ...]:
    """Every doubt about a report, judged by the code lists in force on the day it was received."""
    return (*_codes(report, on), *_places(report, on), *_people(report), *_dates(report, on))


def _codes(report: Report, on: date) -> Iterator[Flag]:
    yield from _unknown("kinds", "/event/kinds", report.event.kinds, on)
    yield from _unknown("danger_signs", "/event/danger_signs", report.event.danger_signs, on)
    yield from _unknown("needs", "/needs", report.needs, on)
    tools = codes_of("tools", on)
    for number, assessment in enumerate(report.assessments):
        if assessment.tool not in tools:
            yield Flag(at=f"/assessments/{number}/tool", reason="unknown_code")
    for number, person in enumerate(report.people):
        yield from _unknown("conditions", f"/people/{number}/conditions", person.conditions, on)
        relation = person.relation_to_subject
        if relation and relation not in codes_of("relations", on):
            yield Flag(at=f"/people/{number}/relation_to_subject", reason="unknown_code")


def _unknown(of: str, at: str, given: Iterable[str], on: date) -> Iterator[Flag]:
    known = codes_of(of, on)
    for number, code in enumerate(given):
        if code not in known:
            yield Flag(at=f"{at}/{number}", reason="unknown_code")


def _places(report: Report, on: date) -> Iterator[Flag]:
    counties = codes_of("counties", on)
    for at, place in _all_places(report):
        if not place:
            continue
        if place.county and place.county not in counties:
            yield Flag(at=f"{at}/county", reason="unknown_place")
        yield from doubtful_areas(at, place, report.county)


def doubtful_areas(at: str, place: Place, near: str) -> Iterator[Flag]:
    """What is no township or village of Taiwan, below a pointer, or one of several: somebody may be named there."""
    read = township_of(place.township, place.county, near) if place.township else None
    if read and not read.name:
        yield Flag(at=f"{at}/township", reason="unclear_place" if read.listed else "unknown_place")
    if place.village and not village_of(place.village, read.name if read else None, place.county or near):
        yield Flag(at=f"{at}/village", reason="unknown_place")


def _all_places(report: Report) -> Iterator[tuple[str, Place | None]]:
    yield "/event/place", report.event.place
    for number, person in enumerate(report.people):
        yield f"/people/{number}/residence", person.residence


def _people(report: Report) -> Iterator[Flag]:
    for number, person in enumerate(report.people):
        yield from identity_flags(f"/people/{number}", person.name, person.national_id)
        if is_of_two_signs(person.name) and not (person.national_id or person.birth_date or person.phones):
            yield Flag(at=f"/people/{number}/name", reason="unclear_name")
    for at, phone in _all_phones(report):
        if not recognised(phone):
            yield Flag(at=at, reason="phone_unrecognised")


def identity_flags(at: str, name: str | None, number: str | None) -> Iterator[Flag]:
    """What a person must check in who somebody is, below a pointer."""
    if name and is_lost(name):
        yield Flag(at=f"{at}/name", reason="lost_glyph")
    if number and not check_digit_holds(number):
        yield Flag(at=f"{at}/national_id", reason="national_id_check_digit")
    if number and is_sample(number):
        yield Flag(at=f"{at}/national_id", reason="national_id_sample")


def _all_phones(report: Report) -> Iterator[tuple[str, str]]:
    for number, person in enumerate(report.people):
        for place, phone in enumerate(person.phones):
            yield f"/people/{number}/phones/{place}", phone
    if report.reporter and report.reporter.phone:
        yield "/reporter/phone", report.reporter.phone


def _dates(report: Report, on: date) -> Iterator[Flag]:
    occurred = report.event.occurred_at
    known = report.known_at
    if known and (is_placeholder(known) or (occurred and known < occurred)):
        yield Flag(at="/known_at", reason="date_unlikely")
    if occurred and is_placeholder(occurred):
        yield Flag(at="/event/occurred_at", reason="date_unlikely")
    for number, person in enumerate(report.people):
        if _age_is_unlikely(person, on, occurred.date() if occurred else on):
            yield Flag(at=f"/people/{number}/birth_date", reason="date_unlikely")


def _age_is_unlikely(person: Person, on: date, occurred: date) -> bool:
    born = person.birth_date
    return born is not None and (birth_is_unlikely(born, on) or born > occurred)
