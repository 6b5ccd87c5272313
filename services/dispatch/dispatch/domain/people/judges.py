"""What one trait says of two people: the reason why they are alike or not, or nothing. Their weights: `matching`."""

import re
from collections.abc import Callable
from datetime import date

from contracts.times import BEFORE_THE_REPUBLIC as ROC
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, Hamming
from rules.glyphs import LOST
from rules.names import SLIP

from dispatch.domain.people.traits import House, Traits

_LOST = re.compile(f"{LOST}+")
_PARTS = 4
"""Of how many glyphs one may be made that a system could not write: 堃 is 方方土."""
_SEXES = frozenset({"female", "male"})
_ALIKE_ADDRESS = 88
_LONGEST_NAME = 60
"""Longer texts are no names that one slip parts: to weigh 200 signs against 200 costs fifty times as much."""


def _id(one: Traits, other: Traits) -> str | None:
    mine, theirs = one.national_id, other.national_id
    if not (mine and theirs):
        return None
    if mine == theirs and one.passport:
        return "same_passport"
    right = one.right_id and other.right_id
    if right and (one.carer_id or other.carer_id):
        return "carer_id" if mine == theirs else None
    if mine == theirs and right:
        return "same_id"
    if right:
        return "id_differs" if one.old_id == other.old_id else None
    return "id_slip" if mine == theirs or DamerauLevenshtein.distance(mine, theirs) == 1 else None


def _name(one: Traits, other: Traits) -> str | None:
    if bool(one.name) != bool(other.name):
        return _masked(one.masked or one.folds, other.masked or other.folds)
    if not (one.name and other.name):
        return None
    if LOST in one.folds or LOST in other.folds:
        return _lost(one.folds, other.folds)
    return "same_name" if not one.spelt.isdisjoint(other.spelt) else _unlike(one, other)


def _unlike(one: Traits, other: Traits) -> str | None:
    """Two names that are spelt differently; nothing is said of a name in glyphs beside one in Latin letters."""
    if one.folds == other.folds:
        return "variant_glyph"
    if one.latin != other.latin:
        return None
    if one.heard == other.heard and (one.signs == other.signs or len(one.heard) > 1):
        return "swapped_order" if one.signs == other.signs else "homophone"
    if not one.latin and _is_in_parts(*sorted((one.folds, other.folds), key=len)):
        return "glyph_in_parts"
    return "near_name" if _is_near(one.folds, other.folds) else "name_differs"


def _lost(one: str, other: str) -> str:
    """Two names of which a glyph was lost: alike where the rest may stand around it."""
    if one == other:
        return "lost_glyph"
    holed, whole = (one, other) if LOST in one else (other, one)
    head, tail = _LOST.split(holed)[0], _LOST.split(holed)[-1]
    gone, around = len(holed) - len(head) - len(tail), len(head) + len(tail)
    fits = around and whole.startswith(head) and whole.endswith(tail) and 1 <= len(whole) - around <= gone
    return "lost_glyph" if fits else "name_differs"


def _masked(one: str, other: str) -> str | None:
    """陳○○ and 陳怡君: what is left to be read fits."""
    return "masked_name" if LOST in one + other and one and other and _lost(one, other) == "lost_glyph" else None


def _is_in_parts(short: str, long: str) -> bool:
    """One glyph of the one stands for several of the other, and all the rest is the same: 游錫堃, 游錫方方土."""
    more = len(long) - len(short) + 1
    if not 1 < more <= _PARTS or len(short) < 2:
        return False
    return any(short[:at] + long[at : at + more] + short[at + 1 :] == long for at in range(1, len(short)))


def _is_near(one: str, other: str) -> bool:
    lengths = len(one), len(other)
    if min(lengths) <= 2 or max(lengths) > _LONGEST_NAME:
        return False
    return DamerauLevenshtein.normalized_similarity(one, other) >= 2 / 3


def _birth(one: Traits, other: Traits) -> str | None:
    mine, theirs = one.born, other.born
    if not (mine and theirs):
        return None
    if mine == theirs:
        return "same_birth_date"
    if one.slip == other.slip and _are_slips(mine, theirs):
        return "birthday_slip"
    if Hamming.distance(one.birth_day, other.birth_day) == 1:
        return "near_birth_date"
    return "same_birth_year" if mine.year == theirs.year else "birth_date_differs"


def _are_slips(mine: date, theirs: date) -> bool:
    """Of the years that the slip's class holds, only the same and the next are meant: 22 years apart is no slip."""
    years = abs(mine.year - theirs.year)
    return years in (0, SLIP) or years > ROC


def _phone(one: Traits, other: Traits) -> str | None:
    if not (one.phones and other.phones):
        return None
    return "phone_differs" if one.phones.isdisjoint(other.phones) else "same_phone"


def _home(one: Traits, other: Traits) -> str | None:
    mine, theirs = one.house, other.house
    if not (mine and theirs):
        return None
    return "same_household" if _is_one(mine, theirs) else "address_differs"


def _is_one(mine: House, theirs: House) -> bool:
    """The road may be misspelt, the numbers may not: next door is another household."""
    same = mine.township == theirs.township and mine.numbers == theirs.numbers
    return same and fuzz.ratio(mine.road, theirs.road) >= _ALIKE_ADDRESS


def _sex(one: Traits, other: Traits) -> str | None:
    differ = one.sex != other.sex and one.sex in _SEXES and other.sex in _SEXES
    return "sex_differs" if differ else None


JUDGES: tuple[Callable[[Traits, Traits], str | None], ...] = (_id, _name, _birth, _phone, _home, _sex)
"""Each says one thing of two people, or nothing."""
