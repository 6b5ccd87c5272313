"""Families that rise across systems: new entries of several systems within a time, each of them news."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.event import BlindIndex
from contracts.people import Role

from network.known.entry import Kind, Known

COUNTED: tuple[Kind, ...] = ("report", "case", "enrolment", "household", "referral")
_RESPONSES: frozenset[Kind] = frozenset({"enrolment", "referral"})


@dataclass(frozen=True)
class Bounds:
    """From how many new entries of how many systems within a time on a family rises; beyond the rest it is none."""

    within: timedelta
    systems: int
    entries: int
    most_holders: int
    most_entries: int


@dataclass(frozen=True)
class Rising:
    """New entries of one family, the first first, that are news; `keys` are those of its people."""

    news: tuple[Known, ...]
    keys: frozenset[BlindIndex]
    cases: frozenset[str]

    @property
    def systems(self) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(each.kind for each in self.news))


def rising(entries: Iterable[Known], at: datetime, bounds: Bounds, told: Collection[str] = ()) -> list[Rising]:
    """The families of one county that rise by `at`; what was `told` of in an earlier warning, by id, is no news."""
    lately = [each for each in entries if each.kind in COUNTED and at - bounds.within < each.since <= at]
    found = (_news(family, told) for family in _families(lately, bounds.most_holders) if len(family) > 1)
    return [each for each in found if each.news and _is_enough(each, bounds)]


def _is_enough(found: Rising, bounds: Bounds) -> bool:
    enough = len(found.news) >= bounds.entries and len(found.systems) >= bounds.systems
    return enough and len(found.news) <= bounds.most_entries


def _news(family: Sequence[Known], told: Collection[str]) -> Rising:
    ids = {each.id for each in family}
    opened = {parent for each in family if each.kind == "report" for parent in each.within} & ids
    fresh = [each for each in family if each.id not in told and not _is_theirs(each, opened)]
    fresh.sort(key=lambda each: (each.since, each.id))
    keys = frozenset(key for each in family for key in each.all_keys)
    cases = frozenset(id for each in family for id in each.within if id.startswith("case:"))
    return Rising(tuple(fresh), keys, cases)


def _is_theirs(entry: Known, opened: Collection[str]) -> bool:
    """Whether who serves the family brought it about: what is part of a case or a household, and a case of a report."""
    if entry.kind in _RESPONSES:
        return any(parent != entry.id and not parent.startswith("report:") for parent in entry.within)
    return entry.kind == "case" and entry.id in opened


def _families(entries: Sequence[Known], most_holders: int) -> Iterator[list[Known]]:
    """Entries that name somebody in common, or belong to one thing; a key that many hold means nobody."""
    named = {each.id: frozenset(_means(each)) for each in entries}
    held = Counter(key for keys in named.values() for key in keys)
    root = {each.id: each.id for each in entries}

    def top(id: str) -> str:
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]
        return id

    first: dict[str, str] = {}
    for each in entries:
        for key in (*(key for key in named[each.id] if held[key] <= most_holders), *each.within):
            root[top(each.id)] = top(first.setdefault(key, each.id))
    families: Mapping[str, list[Known]] = defaultdict(list)
    for each in entries:
        families[top(each.id)].append(each)
    yield from families.values()


def _means(entry: Known) -> Iterator[BlindIndex]:
    """The keys of whom it is about; a witness is not the family."""
    for person in entry.people:
        if person.role != Role.WITNESS:
            yield from person.keys
