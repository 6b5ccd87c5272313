"""How alike two people are, and why: what an officer is shown, never what decides by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.languages import Said
from contracts.people import Person

from dispatch.domain.people.duplicates import STRENGTH, Kind, Known, Window, same_event
from dispatch.domain.people.judges import JUDGES
from dispatch.domain.people.traits import Traits, of_family, traits_of
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts

WEIGHTS: Mapping[str, int] = {
    "same_id": 20, "same_passport": 17, "carer_id": 8, "id_slip": 8, "id_differs": -15, "same_name": 10,
    "variant_glyph": 10, "lost_glyph": 8, "glyph_in_parts": 6, "masked_name": 4, "swapped_order": 9,
    "homophone": 8, "near_name": 4, "name_differs": -8, "same_birth_date": 13, "birthday_slip": 9,
    "near_birth_date": 6, "same_birth_year": 2, "birth_date_differs": -6, "same_phone": 12, "phone_differs": -1,
    "same_household": 7, "address_differs": -1, "sex_differs": -5, "same_relative": 8,
}  # fmt: skip
"""What each reason weighs, in bits: how much likelier it is of one person than of two whom chance brought together.

A name counts as if hundreds bore it (陳怡君), because the list of names is not the county's to keep.
"""

LIKELY = 16
"""From here one person is meant, if the name or the id says so too: two would be so alike once in 65,000 times."""

POSSIBLE = 13
"""From here a pair is worth a look. The same name and birth year alone (12) are not."""

WORDS: Mapping[str, Said] = {
    "same_id": Said("身分證字號相同", "same national id"),
    "same_passport": Said("護照號碼相同", "same passport number"),
    "carer_id": Said("證號相同，可能為照顧者所有", "same id, which may be that of who cares for them"),
    "id_slip": Said("身分證字號疑似誤植", "a slip of the national id"),
    "id_differs": Said("身分證字號不同", "the national ids differ"),
    "same_name": Said("姓名相同", "same name"),
    "variant_glyph": Said("姓名為異體字", "the name in variant glyphs"),
    "lost_glyph": Said("姓名有缺字，其餘相同", "a glyph of the name was lost, the rest is the same"),
    "masked_name": Said("姓名經遮蔽，其餘相符", "a masked name that fits"),
    "glyph_in_parts": Said("姓名有字疑似拆寫", "a glyph of the name may be written in parts"),
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
    "same_relative": Said("另一名家庭成員相同", "another member of the family is the same"),
}
"""The reasons in words, zh-TW and English."""

_NAMED = frozenset({"same_name", "variant_glyph", "swapped_order", "homophone", "lost_glyph", "glyph_in_parts",
                    "masked_name", "same_id", "same_passport"})  # fmt: skip
_HOUSEHOLD = frozenset({"same_phone", "same_household", "same_id", "carer_id"})
_BORN_ALIKE = frozenset({"same_birth_date", "birthday_slip", "near_birth_date"})
"""Without this a number says nothing against another name: siblings have their mother's."""
Numbered = tuple[int, Traits]
"""Somebody by their place among the people of a report."""


@dataclass(frozen=True, slots=True)
class Match:
    """How alike two people are, in bits (see WEIGHTS), and the reasons, strongest first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def is_person(self) -> bool:
        """Probably one person. Twins share birth date, phone and house, so a name or an id must say so too."""
        another = "name_differs" in self.reasons and _BORN_ALIKE.isdisjoint(self.reasons)
        return self.score >= LIKELY and not _NAMED.isdisjoint(self.reasons) and not another

    @property
    def is_household(self) -> bool:
        """Probably two of one household."""
        return not self.is_person and not _HOUSEHOLD.isdisjoint(self.reasons)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two reports are to each other by their likest two people, whose places among the people these are.

    Codes and numbers alone: it may be remembered, for it says nothing of who they are.
    """

    kind: Kind
    match: Match
    person: int
    other: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier report that may be about the same people: a suggestion for an officer, with reasons.

    `person` and `other` are places among the people of the two reports. Reasons are codes of WORDS, and for
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
    return _match(traits_of(one), traits_of(other))


def likeness(mine: Sequence[tuple[int, Traits]], others: Iterable[Person]) -> Likeness | None:
    """What the family of one report and the people of another say of the two; None where nobody is worth a look.

    `mine` is what `traits.of_family` says of the first: a report is compared with many.
    """
    theirs = list(of_family(others))
    pairs = [(one, other, _match(one[1], other[1])) for one in mine for other in theirs]
    kin = [(one, other) for one, other, match in pairs if match.is_person]
    found = (_likeness(one, other, _with_kin(match, one, other, kin)) for one, other, match in pairs)
    likest = min(found, key=lambda each: (STRENGTH[each.kind], -each.match.score), default=None)
    return None if likest is None or (likest.kind == "not_same" and likest.match.score < POSSIBLE) else likest


def candidates(
    incoming: Incoming, facts: Facts, alike: Iterable[tuple[Known, Likeness | None]], window: Window
) -> tuple[Candidate, ...]:
    """The earlier reports that may be about the same people, the likeliest first; those found by a weak key included.

    Only suggestions: nothing is merged by them.
    """
    found = [_candidate(incoming, facts, known, like, window) for known, like in alike if like]
    return tuple(sorted(found, key=lambda one: (STRENGTH[one.suggests], -one.score, one.report_id)))


def _candidate(incoming: Incoming, facts: Facts, known: Known, like: Likeness, window: Window) -> Candidate:
    event = same_event(incoming, facts, known, window) if like.kind == "same_person_new_event" else ()
    suggests = "same_event" if event else like.kind
    reasons = (*like.match.reasons, *event)
    return Candidate(known.report_id, suggests, like.match.score, reasons, like.person, like.other)


def _with_kin(match: Match, one: Numbered, other: Numbered, kin: Sequence[tuple[Numbered, Numbered]]) -> Match:
    """Two of one name are likelier one where somebody else of both families is the same."""
    if not kin or not any(a[0] != one[0] and b[0] != other[0] for a, b in kin):
        return match
    return Match(match.score + WEIGHTS["same_relative"], (*match.reasons, "same_relative"))


def _likeness(one: Numbered, other: Numbered, match: Match) -> Likeness:
    return Likeness(_says(match, one[1], other[1]), match, one[0], other[0])


def _match(one: Traits, other: Traits) -> Match:
    found = [reason for judge in JUDGES if (reason := judge(one, other))]
    return Match(sum(map(WEIGHTS.__getitem__, found)), tuple(sorted(found, key=_lightness)))


def _lightness(reason: str) -> int:
    return -WEIGHTS[reason]


def _says(match: Match, one: Traits, other: Traits) -> Kind:
    if match.is_person:
        return "same_person_new_event" if one.is_subject and other.is_subject else "same_family"
    return "same_family" if match.is_household else "not_same"
