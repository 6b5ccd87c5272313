"""A person made ready to be compared with many: what costs something to read is read once, not once for each pair."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from contracts.people import Person, Role
from rules.names import birthday, folded, plain_address, stated_name, stated_phones, syllables
from rules.national_id import is_national_id
from rules.people import is_family


@dataclass(frozen=True, slots=True)
class House:
    """Where someone lives: the township, the road with its numbers, and those numbers alone."""

    township: str
    road: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of a person. Empty or None is what the report lacks, or what names nobody (不詳, 陳○○).

    `folds` is the name in one glyph for every way of writing it, `signs` those glyphs in order, `heard` its syllables
    in order; `right_id` says that the national id is one; `birth_day` is the
    birthday written out, `slip` the same for it and its usual slips.
    """

    is_subject: bool = False
    national_id: str = ""
    right_id: bool = False
    name: str = ""
    folds: str = ""
    signs: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    born: date | None = None
    birth_day: str = ""
    slip: str = ""
    phones: frozenset[str] = frozenset()
    house: House | None = None
    sex: str | None = None


def traits_of(person: Person) -> Traits:
    """What is compared of a person."""
    name, given_id = stated_name(person.name), _stated_id(person)
    folds = folded(name) if name else ""
    return Traits(
        is_subject=person.role is Role.SUBJECT,
        national_id=given_id,
        right_id=is_national_id(given_id),
        name=name,
        folds=folds,
        signs=tuple(sorted(folds)),
        heard=tuple(sorted(syllables(str(person.name)))) if name else (),
        born=person.birth_date,
        birth_day=person.birth_date.isoformat() if person.birth_date else "",
        slip=birthday(person.birth_date) if person.birth_date else "",
        phones=frozenset(stated_phones(person.phones)),
        house=_house(person),
        sex=person.sex,
    )


def of_family(people: Iterable[Person]) -> Iterator[tuple[int, Traits]]:
    """The members of the family among the people of a report, each with its place among them all."""
    return ((number, traits_of(person)) for number, person in enumerate(people) if is_family(person))


def _stated_id(person: Person) -> str:
    """The id as given; empty where it is none at all (不詳)."""
    given = (person.national_id or "").strip().upper()
    return given if sum(map(str.isdigit, given)) >= 7 else ""


def _house(person: Person) -> House | None:
    at = person.residence
    found = plain_address(at.address, at.township, at.village) if at and at.address else None
    return House(*found, tuple(re.findall(r"\d+", found[1]))) if found else None
