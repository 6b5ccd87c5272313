"""Under which keyed indexes the people of a report are known; the keys say nothing about the people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from contracts.decisions import PersonKey
from contracts.event import BlindIndex
from contracts.people import Person, Role
from contracts.reports import Report

from rules.names import birthday, plain_address, plain_name, sound, stated_name, stated_phones
from rules.national_id import is_national_id

Index = Callable[..., str]
"""`index(kind, *values)`: the same opaque string for the same values, telling nothing without the key."""

HERE_ALONE = "at"
"""The kind of a key that one report alone has: nothing tells this person from others."""
STRONG = ("id", "nb", "pn")
"""Kinds of key that identify a person: national id; name and birth date; phone and name."""

IDENTITIES = ("id", "nb")
"""Kinds of key under which a person is one person in every report, the strongest first."""

WEAK = ("ph", "sb", "ny", "na", "ad")
"""Kinds of key that only suggest a person: phone; the sound of the name (in any order) and the birthday (or its usual
slips); name and birth year; name and residence address; the house.
"""

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
    """

    subject: frozenset[str] = frozenset()
    family: frozenset[str] = frozenset()
    blocking: frozenset[str] = frozenset()
    people: frozenset[frozenset[str]] = frozenset()

    def stored(self) -> dict[str, list[Any]]:
        """As a plain document, the same for the same keys."""
        sets = {name: sorted(getattr(self, name)) for name in ("subject", "family", "blocking")}
        return sets | {"people": sorted(map(sorted, self.people))}

    @classmethod
    def of_stored(cls, document: Mapping[str, list[Any]]) -> Self:
        """Of a plain document; one that was stored before `people` were kept has none."""
        sets = {name: frozenset(document.get(name, ())) for name in ("subject", "family", "blocking")}
        return cls(**sets, people=frozenset(map(frozenset, document.get("people", ()))))


NO_KEYS = Keys()


def keys_of(report: Report, index: Index) -> Keys:
    """The keys of a report's people; empty when they are unknown or their data key was destroyed."""
    subject: set[str] = set()
    family: set[str] = set()
    blocking: set[str] = set()
    people: set[frozenset[str]] = set()
    for person in report.people:
        if not is_family(person):
            continue
        strong = {f"{kind}:{index(kind, *values)}" for kind, *values in _strong(person)}
        family |= strong
        people |= {frozenset(strong)} if strong else set()
        if person.role is Role.SUBJECT:
            subject |= strong
            blocking |= {f"{kind}:{index(kind, *values)}" for kind, *values in _weak(person)}
    return Keys(frozenset(subject), frozenset(family), frozenset(blocking | family), frozenset(people))


def named_in(report: Report, report_id: str, index: Index) -> tuple[PersonKey, ...]:
    """Everybody in a report, each once, without a name."""
    found: dict[str, PersonKey] = {}
    for position, person in enumerate(report.people):
        key = key_of(person, report_id, position, index)
        born = person.birth_date.year if person.birth_date else None
        found.setdefault(
            key, PersonKey(key=key, role=person.role, relation=person.relation_to_subject, birth_year=born)
        )
    return tuple(found.values())


def key_of(person: Person, report_id: str, position: int, index: Index) -> BlindIndex:
    """By what a person is known everywhere; whoever cannot be told from others is known in this report alone."""
    kind, *values = _identity(person) or (HERE_ALONE, report_id, str(position))
    return BlindIndex(f"{kind}:{index(kind, *values)}")


def is_family(person: Person) -> bool:
    """Whether a person of a report belongs to the family it is about."""
    related = person.relation_to_subject in FAMILY_RELATIONS
    return person.role in _FAMILY_ROLES or (person.role is Role.ALLEGED_PERPETRATOR and related)


def _identity(person: Person) -> tuple[str, ...] | None:
    """By what a person is told from all others: the national id, else name and birth date."""
    return next((each for each in _strong(person) if each[0] in IDENTITIES), None)


def _strong(person: Person) -> Iterator[tuple[str, ...]]:
    name = stated_name(person.name)
    national_id = person.national_id.strip().upper() if person.national_id else ""
    if is_national_id(national_id):
        yield "id", national_id
    if name and person.birth_date:
        yield "nb", name, person.birth_date.isoformat()
    for phone in stated_phones(person.phones)[:PHONES] if name else ():
        yield "pn", phone, name


def _weak(person: Person) -> Iterator[tuple[str, ...]]:
    name = stated_name(person.name)
    for phone in stated_phones(person.phones)[:PHONES]:
        yield "ph", phone
    if name and person.birth_date:
        yield "ny", name, str(person.birth_date.year)
        if heard := sound(str(person.name)):
            yield "sb", heard, birthday(person.birth_date)
    at = person.residence
    if at and at.address:
        if name:
            yield "na", name, at.township or "", plain_name(at.address)
        if house := plain_address(at.address, at.township, at.village):
            yield "ad", *house
