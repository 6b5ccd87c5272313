"""What a family shares with others across systems, and which of it nobody who serves them may have seen yet."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.event import BlindIndex, derived_id

from network.known.entry import Known, Named

Rule = Literal["house_and_telephone", "house", "telephone", "missing_parent", "perpetrator", "person"]
Kind = Literal["home", "phone", "person"]
Verdict = Literal["new_to_me", "known", "wrong"]
PARENT, PERPETRATOR = "parent", "alleged_perpetrator"
FAMILIES_OF_ONE = 3
"""From so many families on, one and the same perpetrator is a find of its own."""


@dataclass(frozen=True)
class Evidence:
    """What both sides have: of which kind, whose on this side where it is a person's, and how many have it in all."""

    kind: Kind
    value: BlindIndex
    shared_by: int


@dataclass(frozen=True)
class Link:
    """Two cases that have something in common, by the rule that says why it matters."""

    rule: Rule
    case: Known
    other: Known
    evidence: tuple[Evidence, ...]

    @property
    def id(self) -> str:
        """Equal for both sides: whoever answers, answers for both."""
        return link_id(self.case.source, self.other.source, self.rule)


def link_id(one: str, other: str, rule: str) -> str:
    return str(derived_id("network", " ".join(sorted((one, other))), f"link:{rule}"))


def links(case: Known, others: Iterable[Known], holders: Mapping[BlindIndex, int], most: int) -> tuple[Link, ...]:
    """The finds of a case, the strongest rule of each other case: what more than `most` hold makes none, nor does what
    both sides serve together, or are parts of."""
    found = [
        Link(rule, case, other, evidence)
        for other in _told(case, others)
        if (evidence := _evidence(case, other, holders, most)) and (rule := _rule(case, other, evidence))
    ]
    by_one = {each.value for each in _offenders(case, found)}
    return tuple(
        sorted(
            (Link("perpetrator", each.case, each.other, each.evidence)
             if by_one & {one.value for one in each.evidence} else each for each in found),
            key=lambda each: (each.rule, each.other.source),
        )
    )  # fmt: skip


def _told(case: Known, others: Iterable[Known]) -> list[Known]:
    """Other cases that nobody serves together with this one."""
    each_once = {each.id: each for each in others if each.kind == "case"}
    return [
        each for each in each_once.values()
        if set(each.within).isdisjoint(case.within) and set(each.workers).isdisjoint(case.workers)
    ]  # fmt: skip


def _evidence(case: Known, other: Known, holders: Mapping[BlindIndex, int], most: int) -> tuple[Evidence, ...]:
    shared = _shared("home", "homes", case, other) + _shared("phone", "phones", case, other)
    found = [Evidence(kind, value, holders.get(value, 2)) for kind, value in shared if holders.get(value, 2) <= most]
    people = {each.keys[0] for each in case.people for one in other.people if not set(each.keys).isdisjoint(one.keys)}
    return (*found, *(Evidence("person", key, 2) for key in sorted(people)))


def _shared(kind: Kind, field: str, case: Known, other: Known) -> list[tuple[Kind, BlindIndex]]:
    return [(kind, value) for value in sorted(_all(case.people, field) & _all(other.people, field))]


def _all(people: Sequence[Named], field: str) -> frozenset[BlindIndex]:
    return frozenset(value for each in people for value in getattr(each, field))


def _rule(case: Known, other: Known, evidence: Sequence[Evidence]) -> Rule | None:
    kinds = {each.kind for each in evidence}
    shared = [who for each in evidence if each.kind == "person" for who in case.named([each.value])]
    if any(_is_missing(each, case) for each in shared):
        return "missing_parent"
    if kinds >= {"home", "phone"}:
        return "house_and_telephone"
    return next((name for kind, name in _NAMES.items() if kind in kinds), None)


_NAMES: dict[str, Rule] = {"person": "person", "home": "house", "phone": "telephone"}


def _is_missing(parent: Named, case: Known) -> bool:
    """A parent of whom a report is about, not known in any of the houses where those live."""
    homes = {home for each in case.people if each.role == "subject" for home in each.homes}
    return parent.relation == PARENT and homes.isdisjoint(parent.homes)


def _offenders(case: Known, found: Sequence[Link]) -> list[Evidence]:
    """People by whom violence is said to have come to so many families, this one among them."""
    by_person: dict[str, list[Evidence]] = {}
    for link in found:
        for each in link.evidence:
            who = case.named([each.value]) if each.kind == "person" else ()
            if any(one.role == PERPETRATOR and _is_said_of(one, link.other) for one in who):
                by_person.setdefault(each.value, []).append(each)
    return [each for cases in by_person.values() if len(cases) + 1 >= FAMILIES_OF_ONE for each in cases]


def _is_said_of(who: Named, case: Known) -> bool:
    return any(each.role == PERPETRATOR for each in case.named(who.keys))


def values_of(people: Collection[Named], field: str) -> list[BlindIndex]:
    """The houses or numbers of these people, each once."""
    return sorted(_all(tuple(people), field))
