"""How alike two people are, and why: what an officer is shown, never what decides by itself."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from contracts.languages import Said
from contracts.people import Person, Role
from contracts.times import BEFORE_THE_REPUBLIC as ROC
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, Hamming
from rules.names import (
    SLIP,
    birthday,
    folded,
    plain_address,
    stated_name,
    stated_phones,
    syllables,
)
from rules.national_id import is_national_id
from rules.people import is_family

from dispatch.domain.people.duplicates import STRENGTH, Kind, Known, Window, same_event
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts

WEIGHTS: Mapping[str, int] = {
    "same_id": 20, "id_slip": 8, "id_differs": -15,
    "same_name": 10, "variant_glyph": 10, "swapped_order": 9, "homophone": 8, "near_name": 4, "name_differs": -8,
    "same_birth_date": 13, "birthday_slip": 9, "near_birth_date": 6, "same_birth_year": 2, "birth_date_differs": -6,
    "same_phone": 12, "phone_differs": -1, "same_household": 7, "address_differs": -1, "sex_differs": -5,
}  # fmt: skip
"""What each reason weighs, in bits: how much likelier it is of one person than of two whom chance brought together.

A name counts as if hundreds bore it (陳怡君), because the list of names is not the county's to keep.
"""

LIKELY = 17
"""From here one person is meant, if the name or the id says so too: two would be so alike once in 100,000 times."""

POSSIBLE = 13
"""From here a pair is worth a look. The same name and birth year alone (12) are not."""

WORDS: Mapping[str, Said] = {
    "same_id": Said("身分證字號相同", "same national id"),
    "id_slip": Said("身分證字號疑似誤植", "a slip of the national id"),
    "id_differs": Said("身分證字號不同", "the national ids differ"),
    "same_name": Said("姓名相同", "same name"),
    "variant_glyph": Said("姓名為異體字", "the name in variant glyphs"),
    "swapped_order": Said("姓名順序不同", "the name in another order"),
    "homophone": Said("姓名同音", "a name that sounds the same"),
    "near_name": Said("姓名相近", "a similar name"),
    "name_differs": Said("姓名不同", "the names differ"),
    "same_birth_date": Said("出生日期相同", "same birth date"),
    "birthday_slip": Said(
        "生日疑似誤植（民國、西元或月日互換）", "a slip of the birthday (ROC and AD, or day and month)"
    ),
    "near_birth_date": Said("出生日期差一個數字", "a birth date one digit away"),
    "same_birth_year": Said("出生年相同", "same birth year"),
    "birth_date_differs": Said("出生日期不同", "the birth dates differ"),
    "same_phone": Said("電話相同", "same phone"),
    "phone_differs": Said("電話不同", "the phones differ"),
    "same_household": Said("住址相同", "same household"),
    "address_differs": Said("住址不同", "the addresses differ"),
    "sex_differs": Said("性別不同", "the sexes differ"),
}
"""The reasons in words, zh-TW and English."""

_NAMED = frozenset({"same_name", "variant_glyph", "swapped_order", "homophone", "same_id"})
_HOUSEHOLD = frozenset({"same_phone", "same_household"})
_ALIKE_ADDRESS = 88


@dataclass(frozen=True, slots=True)
class Match:
    """How alike two people are, in bits (see WEIGHTS), and the reasons, strongest first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def is_person(self) -> bool:
        """Probably one person. Twins share birth date, phone and house, so a name or an id must say so too."""
        return self.score >= LIKELY and not _NAMED.isdisjoint(self.reasons)

    @property
    def is_household(self) -> bool:
        """Probably two of one household."""
        return not self.is_person and not _HOUSEHOLD.isdisjoint(self.reasons)


@dataclass(frozen=True, slots=True)
class Opened:
    """An earlier report, with its people opened; nobody where their key was destroyed."""

    known: Known
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier report that may be about the same people: a suggestion for an officer, with reasons.

    `person` and `other` are positions in the people of the two reports. Reasons are codes of WORDS, and for
    `same_event` also of `duplicates.REASONS`.
    """

    report_id: str
    suggests: Kind
    score: int
    reasons: tuple[str, ...]
    person: int
    other: int


def compare(one: Person, other: Person) -> Match:
    """How alike two people are. What one of them lacks speaks neither for nor against; the order makes no difference.

    A name, an id or a number that names nobody (不詳, 陳○○, a wrong check digit) counts as lacking.
    """
    found = [*_id(one, other), *_name(one, other), *_birth(one, other), *_phone(one, other), *_rest(one, other)]
    reasons = sorted(found, key=lambda reason: -WEIGHTS[reason])
    return Match(sum(map(WEIGHTS.__getitem__, reasons)), tuple(reasons))


def candidates(incoming: Incoming, facts: Facts, earlier: Iterable[Opened], window: Window) -> tuple[Candidate, ...]:
    """The earlier reports that may be about the same people, the likeliest first; those found by a weak key included.

    Only suggestions: nothing is merged by them.
    """
    found = [_candidate(incoming, facts, opened, window) for opened in earlier]
    worth = [one for one in found if one is not None]
    return tuple(sorted(worth, key=lambda one: (STRENGTH[one.suggests], -one.score, one.report_id)))


def _candidate(incoming: Incoming, facts: Facts, opened: Opened, window: Window) -> Candidate | None:
    judged = list(_pairs(incoming.report.people, opened.people))
    if not judged:
        return None
    kind, match, person, other = min(judged, key=lambda each: (STRENGTH[each[0]], -each[1].score))
    if kind == "not_same" and match.score < POSSIBLE:
        return None
    event = same_event(incoming, facts, opened.known, window) if kind == "same_person_new_event" else ()
    suggests = "same_event" if event else kind
    return Candidate(opened.known.report_id, suggests, match.score, (*match.reasons, *event), person, other)


def _pairs(people: Sequence[Person], others: Sequence[Person]) -> Iterator[tuple[Kind, Match, int, int]]:
    """Every pair of family members of two reports, with what it says of the reports."""
    mine, theirs = ([each for each in enumerate(all) if is_family(each[1])] for all in (people, others))
    for (number, one), (position, other) in product(mine, theirs):
        match = compare(one, other)
        yield _says(match, one, other), match, number, position


def _says(match: Match, one: Person, other: Person) -> Kind:
    if match.is_person:
        return "same_person_new_event" if one.role is other.role is Role.SUBJECT else "same_family"
    return "same_family" if match.is_household else "not_same"


def _id(one: Person, other: Person) -> Iterator[str]:
    mine, theirs = (_stated_id(person) for person in (one, other))
    if not (mine and theirs):
        return
    right = is_national_id(mine), is_national_id(theirs)
    if mine == theirs and all(right):
        yield "same_id"
    elif all(right):
        yield "id_differs"
    elif mine == theirs or DamerauLevenshtein.distance(mine, theirs) == 1:
        yield "id_slip"


def _stated_id(person: Person) -> str:
    """The id as given; empty where it is none at all (不詳)."""
    given = (person.national_id or "").strip().upper()
    return given if sum(map(str.isdigit, given)) >= 7 else ""


def _name(one: Person, other: Person) -> Iterator[str]:
    mine, theirs = stated_name(one.name), stated_name(other.name)
    if mine and theirs:
        yield from _alike(mine, theirs, syllables(str(one.name)), syllables(str(other.name)))


def _alike(mine: str, theirs: str, heard: Sequence[str], hears: Sequence[str]) -> Iterator[str]:
    folds = folded(mine), folded(theirs)
    if mine == theirs:
        yield "same_name"
    elif folds[0] == folds[1]:
        yield "variant_glyph"
    elif sorted(folds[0]) == sorted(folds[1]) and sorted(heard) == sorted(hears):
        yield "swapped_order"
    elif len(heard) > 1 and sorted(heard) == sorted(hears):
        yield "homophone"
    elif min(map(len, folds)) > 2 and DamerauLevenshtein.normalized_similarity(*folds) >= 2 / 3:
        yield "near_name"
    else:
        yield "name_differs"


def _birth(one: Person, other: Person) -> Iterator[str]:
    mine, theirs = one.birth_date, other.birth_date
    if mine and theirs:
        yield _born(mine, theirs)


def _born(mine: date, theirs: date) -> str:
    if mine == theirs:
        return "same_birth_date"
    if _is_slip(mine, theirs):
        return "birthday_slip"
    if Hamming.distance(mine.isoformat(), theirs.isoformat()) == 1:
        return "near_birth_date"
    return "same_birth_year" if mine.year == theirs.year else "birth_date_differs"


def _is_slip(mine: date, theirs: date) -> bool:
    """Of the years that the slip's class holds, only the same and the next are meant: 22 years apart is no slip."""
    years = abs(mine.year - theirs.year)
    return birthday(mine) == birthday(theirs) and (years in (0, SLIP) or years > ROC)


def _phone(one: Person, other: Person) -> Iterator[str]:
    mine, theirs = set(stated_phones(one.phones)), set(stated_phones(other.phones))
    if mine and theirs:
        yield "same_phone" if mine & theirs else "phone_differs"


def _rest(one: Person, other: Person) -> Iterator[str]:
    mine, theirs = _house(one), _house(other)
    if mine and theirs:
        yield "same_household" if _is_one_house(mine, theirs) else "address_differs"
    if {one.sex, other.sex} == {"female", "male"}:
        yield "sex_differs"


def _house(person: Person) -> tuple[str, str] | None:
    at = person.residence
    return plain_address(at.address, at.township, at.village) if at and at.address else None


def _is_one_house(mine: tuple[str, str], theirs: tuple[str, str]) -> bool:
    """The road may be misspelt, the numbers may not: next door is another household."""
    digits = [re.findall(r"\d+", house) for _, house in (mine, theirs)]
    return mine[0] == theirs[0] and digits[0] == digits[1] and fuzz.ratio(mine[1], theirs[1]) >= _ALIKE_ADDRESS
