"""A person made ready to be compared with many: what costs something to read is read once, not once for each pair."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from contracts.people import Person, Role
from rules.addresses import plain_address
from rules.names import birthday, folded, read_name, stated_phones, syllables
from rules.national_id import is_foreign, is_national_id, is_old_residence, is_sample, plain_id
from rules.nobody import is_a_child, masked
from rules.people import is_family
from rules.places import township_of


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
    in order, `spelt` each spelling of it, `latin` whether it is in Latin letters alone; `masked` is a name of which
    some glyphs are covered. `right_id` says that the national id is one, of the old form where `old_id`; `carer_id`
    that it may be the mother's, by what stands for a name. `birth_day` is the birthday written out, `slip` the same
    for it and its usual slips.
    """

    is_subject: bool = False
    national_id: str = ""
    right_id: bool = False
    old_id: bool = False
    carer_id: bool = False
    passport: str = ""
    name: str = ""
    folds: str = ""
    signs: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    spelt: frozenset[str] = frozenset()
    latin: bool = False
    masked: str = ""
    born: date | None = None
    birth_day: str = ""
    slip: str = ""
    phones: frozenset[str] = frozenset()
    house: House | None = None
    sex: str | None = None


def traits_of(person: Person) -> Traits:
    """What is compared of a person."""
    read, given_id = read_name(person.name), _stated_id(person)
    name = next(iter(read.spellings), "")
    folds = folded(name) if name else ""
    return Traits(
        is_subject=person.role is Role.SUBJECT,
        national_id=given_id,
        right_id=is_national_id(given_id) or is_old_residence(given_id),
        old_id=is_old_residence(given_id),
        carer_id=bool(person.name) and not name and is_a_child(read.written),
        passport=given_id if is_foreign(given_id) else "",
        name=name,
        folds=folds,
        signs=tuple(sorted(folds)),
        heard=tuple(sorted(syllables(read.glyphs or read.latin))),
        spelt=frozenset(read.spellings),
        latin=not read.glyphs,
        masked="" if name else folded(masked(read.written)),
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
    """The id as given; empty where it is none at all (不詳), or the one that forms print."""
    given = plain_id(person.national_id)
    return given if sum(map(str.isdigit, given)) >= 6 and not is_sample(given) else ""


def _house(person: Person) -> House | None:
    at = person.residence
    if not (at and at.address):
        return None
    township = (at.township and township_of(at.township, at.county).name) or at.township
    found = plain_address(at.address, township, at.village)
    return House(*found, tuple(re.findall(r"\d+", found[1]))) if found else None
