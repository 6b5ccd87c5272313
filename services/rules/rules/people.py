"""Under which keyed indexes the people of a report are known; the keys say nothing about the people."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self

from contracts.decisions import PersonKey
from contracts.event import BlindIndex
from contracts.people import Person, Role
from contracts.reports import Report

from rules.addresses import plain_address
from rules.names import (
    Name,
    birthday,
    is_switchboard,
    plain_name,
    read_name,
    sound,
    stated_phones,
    syllables,
    written_before,
)
from rules.national_id import is_foreign, is_national_id, is_old_residence, plain_id
from rules.nobody import is_a_child, masked
from rules.places import township_of

Index = Callable[..., str]
"""`index(kind, *values)`: the same opaque string for the same values, telling nothing without the key."""

HERE_ALONE = "at"
"""The kind of a key that one report alone has: nothing tells this person from others."""
STRONG = ("id", "ro", "nb", "pn")
"""Kinds of key that identify a person: national id; residence number of the old form; name and birth date; phone and
name. Numbers of two kinds do not speak against each other: who had an old number has a new one.
"""

NUMBERS = ("id", "ro")
"""Those of them that somebody was given: two of one kind are two people."""

IDENTITIES = ("id", "ro", "nb")
"""Kinds of key under which a person is one person in every report, the strongest first."""

WEAK = ("pp", "ph", "sb", "ny", "na", "ad", "sg")
"""Kinds of key that only suggest a person: passport; phone; the sound of the name (in any order) and the birthday (or
its usual slips); name and birth year; name and residence address; the house; the first syllable and the birth date.
"""

TOLD = ("hs", "ls", "bs", "ym", "yd", "md", "cf", "cm")
"""Kinds of key under which nobody is looked up, by which two who share a stronger key are held against each other: the
sound of the name in glyphs and in Latin letters; the birthday or a slip of it; its year and month, year and day, month
and day; the number of a woman and of a man who cares for them.
"""

MOST_KEYS = 10
"""So many of the keys of one person are told; each spelling of a name is one."""

PHONES = 3
"""How many phones of a person are keys: every key is a document that the report's transaction touches."""

_FAMILY_ROLES = frozenset({Role.SUBJECT, Role.HOUSEHOLD_MEMBER, Role.CAREGIVER})
FAMILY_RELATIONS = frozenset(
    {"spouse", "ex_spouse", "partner", "parent", "child", "sibling", "grandparent", "grandchild", "relative"}
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Blind indexes `<kind>:<opaque>` under which this report's people are known.

    `subject`: strong keys of subjects. `family`: strong keys of subjects, household, caregivers and an alleged
    perpetrator of the family; they decide which family. `blocking`: everything to look up and register under.
    `people`: the strong keys of the family once more, person by person: which name belongs to which national id.
    `told`: of each subject the strong keys, and what else is told of them, see TOLD.
    """

    subject: frozenset[str] = frozenset()
    family: frozenset[str] = frozenset()
    blocking: frozenset[str] = frozenset()
    people: frozenset[frozenset[str]] = frozenset()
    told: frozenset[frozenset[str]] = frozenset()

    def stored(self) -> dict[str, list[Any]]:
        """As a plain document, the same for the same keys."""
        sets = {name: sorted(getattr(self, name)) for name in ("subject", "family", "blocking")}
        return sets | {"people": sorted(map(sorted, self.people)), "told": sorted(map(sorted, self.told))}

    @classmethod
    def of_stored(cls, document: Mapping[str, list[Any]]) -> Self:
        """Of a plain document; one that was stored before `people` or `told` were kept has none."""
        sets = {name: frozenset(document.get(name, ())) for name in ("subject", "family", "blocking")}
        people, told = (frozenset(map(frozenset, document.get(name, ()))) for name in ("people", "told"))
        return cls(**sets, people=people, told=told)


NO_KEYS = Keys()


def keys_of(report: Report, index: Index) -> Keys:
    """The keys of a report's people; empty when they are unknown or their data key was destroyed."""
    return _keys([_read(each) for each in report.people], index)


def known_in(report: Report, report_id: str, index: Index) -> tuple[Keys, tuple[PersonKey, ...]]:
    """Both `keys_of` and `named_in`, for which each person is read once."""
    people, index = [_read(each) for each in report.people], cache(index)
    return _keys(people, index), _named(people, report_id, index)


def _keys(read: Sequence["_Read"], index: Index) -> Keys:
    subject: set[str] = set()
    family: set[str] = set()
    blocking: set[str] = set()
    people: set[frozenset[str]] = set()
    told: set[frozenset[str]] = set()
    carers = set(_carers(read))
    for person in (each for each in read if is_family(each.form)):
        strong = _keyed(person.strong, index)
        family |= strong
        people |= {strong} if strong else set()
        blocking |= _keyed(_numbers(person) if person.is_child else (), index)
        if person.form.role is Role.SUBJECT:
            subject |= strong
            blocking |= _keyed(_weak(person), index)
            told |= {strong | _keyed({*_told(person), *carers}, index)} if strong else set()
    known = frozenset(subject), frozenset(family), frozenset(blocking | family)
    return Keys(*known, people=frozenset(people), told=frozenset(told))


def _keyed(values: Iterable[tuple[str, ...]], index: Index) -> frozenset[str]:
    return frozenset(f"{kind}:{index(kind, *parts)}" for kind, *parts in values)


def named_in(report: Report, report_id: str, index: Index) -> tuple[PersonKey, ...]:
    """Everybody in a report, each once, without a name."""
    return _named([_read(each) for each in report.people], report_id, index)


def _named(read: Sequence["_Read"], report_id: str, index: Index) -> tuple[PersonKey, ...]:
    found: dict[str, PersonKey] = {}
    for position, each in enumerate(read):
        person, key = each.form, _key(each, report_id, position, index)
        born = person.birth_date.year if person.birth_date else None
        also = tuple(other for other in _identities(each, index)[:MOST_KEYS] if other != key)
        found.setdefault(
            key,
            PersonKey(
                key=key, role=person.role, relation=person.relation_to_subject, birth_year=born, sex=person.sex,
                also=also, home=_house(each, index), phones=telephones(person, index),
            ),
        )  # fmt: skip
    return tuple(found.values())


def telephones(person: Person, index: Index) -> tuple[BlindIndex, ...]:
    """The numbers of a person, without those of a switchboard: strangers share them."""
    stated = stated_phones(person.phones)[:PHONES]
    return tuple(BlindIndex(f"ph:{index('ph', each)}") for each in stated if not is_switchboard(each))


def key_of(person: Person, report_id: str, position: int, index: Index) -> BlindIndex:
    """By what a person is known everywhere; whoever cannot be told from others is known in this report alone."""
    return _key(_read(person), report_id, position, index)


def _key(person: "_Read", report_id: str, position: int, index: Index) -> BlindIndex:
    kind, *values = _identity(person) or (HERE_ALONE, report_id, str(position))
    return BlindIndex(f"{kind}:{index(kind, *values)}")


def identities(person: Person, index: Index) -> tuple[BlindIndex, ...]:
    """Every key under which a person is one person in every report: empty for one who is not told from others."""
    return _identities(_read(person), index)


def _identities(person: "_Read", index: Index) -> tuple[BlindIndex, ...]:
    known = (each for each in person.strong if each[0] in IDENTITIES)
    return tuple(BlindIndex(f"{kind}:{index(kind, *values)}") for kind, *values in known)


def home(person: Person, index: Index) -> BlindIndex | None:
    """The key of the house that a person lives in, which others may share: it suggests a household, and proves none."""
    return _house(_read(person), index)


def _house(person: "_Read", index: Index) -> BlindIndex | None:
    houses = (each for each in person.home if each[0] == "ad")
    return next((BlindIndex(f"{kind}:{index(kind, *values)}") for kind, *values in houses), None)


def is_family(person: Person) -> bool:
    """Whether a person of a report belongs to the family it is about."""
    related = person.relation_to_subject in FAMILY_RELATIONS
    return person.role in _FAMILY_ROLES or (person.role is Role.ALLEGED_PERPETRATOR and related)


@dataclass(frozen=True)
class _Read:
    """Somebody with a name and a number that were read once. `is_child`: the number beside it may be the mother's.

    `names` are each spelling, and the name as earlier releases folded it; none where a glyph of it is lost.
    """

    form: Person
    name: Name
    names: tuple[str, ...]
    number: str
    is_child: bool

    @cached_property
    def strong(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_strong(self))

    @cached_property
    def home(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_home(self))


def _read(person: Person) -> _Read:
    name = read_name(person.name)
    spelt = () if name.lost else name.spellings
    names = tuple(dict.fromkeys((*spelt, written_before(name.written)))) if spelt else ()
    is_child = bool(person.name) and not name.spellings and is_a_child(name.written)
    return _Read(person, name, names, plain_id(person.national_id), is_child)


def _identity(person: _Read) -> tuple[str, ...] | None:
    """By what a person is told from all others: a number, else name and birth date."""
    return next((each for kind in IDENTITIES for each in person.strong if each[0] == kind), None)


def _strong(person: _Read) -> Iterator[tuple[str, ...]]:
    if not person.is_child:
        yield from _numbers(person)
    born = person.form.birth_date
    mobiles = [each for each in stated_phones(person.form.phones)[:PHONES] if not is_switchboard(each)]
    for name in person.names:
        if born:
            yield "nb", name, born.isoformat()
        yield from (("pn", phone, name) for phone in mobiles)


def _numbers(person: _Read) -> Iterator[tuple[str, ...]]:
    if is_national_id(person.number):
        yield "id", person.number
    elif is_old_residence(person.number):
        yield "ro", person.number


def _weak(person: _Read) -> Iterator[tuple[str, ...]]:
    born = person.form.birth_date
    if is_foreign(person.number):
        yield "pp", person.number
    for phone in stated_phones(person.form.phones)[:PHONES]:
        yield "ph", phone
    if born:
        yield from (("ny", name, str(born.year)) for name in person.names)
        yield from (("sb", heard, birthday(born)) for heard in person.name.sounds)
        yield from (("sg", first, born.isoformat()) for first in _first(person))
    yield from person.home


def _first(person: _Read) -> Iterable[str]:
    """The first syllable of a name, also of one that is covered or in part lost (陳○○, 游錫□)."""
    written = person.name.glyphs or person.name.latin or masked(person.name.written)
    return syllables(written)[:1]


def _home(person: _Read) -> Iterator[tuple[str, ...]]:
    at = person.form.residence
    if at and at.address:
        township = (at.township and township_of(at.township, at.county).name) or at.township
        yield from (("na", name, township or "", plain_name(at.address)) for name in person.names)
        if house := plain_address(at.address, township, at.village):
            yield "ad", *house


def _told(person: _Read) -> Iterator[tuple[str, ...]]:
    if person.names and (glyphs := person.name.glyphs):
        yield "hs", sound(glyphs) or glyphs
    if person.names and (latin := person.name.latin):
        yield from (("ls", heard) for heard in {sound(latin) or latin, latin.replace(" ", "")})
    if born := person.form.birth_date:
        yield "bs", birthday(born)
        yield "ym", f"{born:%Y-%m}"
        yield "yd", f"{born:%Y-%d}"
        yield "md", f"{born:%m-%d}"


def _carers(people: Iterable[_Read]) -> Iterator[tuple[str, ...]]:
    """Numbers of those who care for the subjects: a child has one mother and one father."""
    for each in people:
        person = each.form
        if person.role is Role.CAREGIVER or (is_family(person) and person.relation_to_subject == "parent"):
            for _, number in _numbers(each):
                yield ("cm" if number[1] in "18AC" else "cf"), number
