"""Families that rise across systems: new entries of several systems within a time, each of them news."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.event import BlindIndex
from contracts.people import Role

from network.known.entry import Kind, Known

COUNTED: tuple[Kind, ...] = ("report", "case", "enrolment", "household", "referral")
_RESPONSES: frozenset[Kind] = frozenset({"enrolment", "referral"})
_SHARES = 32


@dataclass(frozen=True)
class Bounds:
    """From how many new entries of how many systems within a time on a family rises; beyond the rest it is none."""

    within: timedelta
    systems: int
    entries: int
    most_holders: int
    most_entries: int

    def are_met(self, kinds: Collection[Kind]) -> bool:
        """Whether so much news, each of its kind, is enough; not whether it is too much for one family."""
        return len(kinds) >= self.entries and len(set(kinds)) >= self.systems


@dataclass(frozen=True)
class Gathered:
    """The entries of one family, by id; `news` are those that are news unless somebody was told of them, by kind."""

    ids: tuple[str, ...]
    news: Mapping[str, Kind]

    def untold(self, told: Collection[str], bounds: Bounds) -> frozenset[str]:
        """The ids of what is news, where it is enough for a rise and not too much for one family; else none."""
        news = {id: kind for id, kind in self.news.items() if id not in told}
        rises = bounds.are_met([*news.values()]) and len(news) <= bounds.most_entries
        return frozenset(news) if rises else frozenset()


class Families:
    """The families of one county, by the entries that were taken in one after another.

    Sixteen bytes are kept of each key, and of an entry its id: after a day of disaster all of a county's are more than
    a process has memory for. A key is known by Python's hash of 64 bits, by which two of a million are taken for one
    in one of forty million looks.
    """

    def __init__(self, at: datetime, bounds: Bounds) -> None:
        self._at, self._bounds = at, bounds
        self._ids: list[str] = []
        self._kinds = list[Kind]()
        self._is_response = bytearray()
        self._opened: set[int] = set()
        # Keys are counted share by share: the counts of all at once would take five times what the keys do.
        self._keys = [_Links() for _ in range(_SHARES)]
        self._parts = _Links()

    def take(self, entry: Known) -> None:
        """Counted where it is of a kind that counts, and began within the time."""
        if entry.kind not in COUNTED or not self._at - self._bounds.within < entry.since <= self._at:
            return
        number = len(self._ids)
        self._ids.append(entry.id)
        self._kinds.append(entry.kind)
        self._is_response.append(_is_response(entry))
        for key in map(hash, set(_means(entry))):
            self._keys[key % _SHARES].add(key, number)
        for parent in entry.within:
            self._parts.add(hash(parent), number)
            if entry.kind == "report":
                self._opened.add(hash(parent))

    def risen(self) -> list[Gathered]:
        """The families that rise, or would if nobody had been told of any of it."""
        found = []
        for family in self._families():
            news = {self._ids[each]: self._kinds[each] for each in family if not self._is_theirs(each)}
            if self._bounds.are_met([*news.values()]):
                found.append(Gathered(tuple(self._ids[each] for each in family), news))
        return found

    def _families(self) -> Iterator[list[int]]:
        """Entries that name somebody in common, or belong to one thing; a key that many hold means nobody."""
        root = array("L", range(len(self._ids)))

        def top(number: int) -> int:
            while root[number] != number:
                root[number] = root[root[number]]
                number = root[number]
            return number

        for links, most in (*((each, self._bounds.most_holders) for each in self._keys), (self._parts, None)):
            for one, other in links.pairs(most):
                root[top(other)] = top(one)
        families: dict[int, list[int]] = defaultdict(list)
        for number in range(len(root)):
            families[top(number)].append(number)
        yield from families.values()

    def _is_theirs(self, number: int) -> bool:
        """Whether who serves the family brought it about: what is part of a case or a household, and a case of a
        report."""
        is_opened_case = self._kinds[number] == "case" and hash(self._ids[number]) in self._opened
        return bool(self._is_response[number]) or is_opened_case


class _Links:
    """Which entries, by number, have which key."""

    def __init__(self) -> None:
        self._keys, self._holders = array("q"), array("L")

    def add(self, key: int, holder: int) -> None:
        self._keys.append(key)
        self._holders.append(holder)

    def pairs(self, most: int | None) -> Iterator[tuple[int, int]]:
        """The first holder of each key with every other; of a key that no more than `most` hold."""
        held = Counter(self._keys) if most is not None else {}
        first: dict[int, int] = {}
        for key, holder in zip(self._keys, self._holders, strict=True):
            if most is None or held[key] <= most:
                yield first.setdefault(key, holder), holder


@dataclass(frozen=True)
class Rising:
    """New entries of one family, the first first, that are news; `keys` are those of its people."""

    news: tuple[Known, ...]
    keys: frozenset[BlindIndex]
    cases: frozenset[str]

    @classmethod
    def of(cls, family: Sequence[Known], news: Collection[str]) -> "Rising":
        """Of the entries of a family, with the ids of those that are news."""
        fresh = sorted((each for each in family if each.id in news), key=lambda each: (each.since, each.id))
        keys = frozenset(key for each in family for key in each.all_keys)
        cases = frozenset(id for each in family for id in each.within if id.startswith("case:"))
        return cls(tuple(fresh), keys, cases)

    @property
    def systems(self) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(each.kind for each in self.news))


def _is_response(entry: Known) -> bool:
    """Whether it is a part of what serves a family already."""
    return entry.kind in _RESPONSES and any(
        parent != entry.id and not parent.startswith("report:") for parent in entry.within
    )


def _means(entry: Known) -> Iterator[BlindIndex]:
    """The keys of whom it is about; a witness is not the family."""
    for person in entry.people:
        if person.role != Role.WITNESS:
            yield from person.keys
