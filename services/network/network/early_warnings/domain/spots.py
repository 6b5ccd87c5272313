"""Hot spots: where and in which week more families came than chance explains."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rules.rises import Counted, Finding, Level
from rules.spans import TAIPEI

from network.known.entry import Kind, Known


@dataclass(frozen=True)
class Counting:
    """Which entries a series counts: of a kind, on any of these lists; none named: all."""

    kind: Kind
    lists: frozenset[str] = frozenset()

    def takes(self, entry: Known) -> bool:
        return entry.kind == self.kind and (not self.lists or not self.lists.isdisjoint(entry.lists))


@dataclass(frozen=True)
class Area:
    """A county as a whole, a township of it, or a village of that; written as `民雄鄉/東榮村`."""

    township: str | None = None
    village: str | None = None

    @classmethod
    def read(cls, written: str | None) -> "Area":
        township, _, village = (written or "").partition("/")
        return cls(township or None, village or None)

    @property
    def written(self) -> str | None:
        return f"{self.township}/{self.village}" if self.village else self.township

    @property
    def around(self) -> tuple[str | None, ...]:
        """Itself and every area that it lies in, the widest first."""
        return tuple(dict.fromkeys((None, self.township, self.written)))


def counted(entries: Iterable[Known], series: Mapping[str, Counting]) -> Iterator[Counted]:
    """One of each series that an entry belongs to, on the day in Taiwan on which it began."""
    for entry in entries:
        day = entry.since.astimezone(TAIPEI).date()
        for name, each in series.items():
            if each.takes(entry):
                yield Counted(Area(entry.township, entry.village).around, name, day)


def placed(entries: Iterable[Known], others: Iterable[Known]) -> list[Known]:
    """Entries where they say no place by themselves, as an enrolment does, at the place of what they are part of; else
    where their person was known last."""
    of_parts: dict[str, Known] = {}
    of_people: dict[str, Known] = {}
    for each in sorted((each for each in others if each.township), key=lambda each: (each.since, each.id)):
        of_parts |= dict.fromkeys(each.within, each)
        of_people |= dict.fromkeys(each.all_keys, each)
    return [each if each.township else _at(each, of_parts, of_people) for each in entries]


def _at(entry: Known, of_parts: Mapping[str, Known], of_people: Mapping[str, Known]) -> Known:
    found = [of_parts[id] for id in entry.within if id in of_parts]
    found += [of_people[key] for key in sorted(entry.all_keys) if key in of_people]
    if not found:
        return entry
    return replace(entry, township=found[0].township, village=found[0].village)


def to_warn_of(found: Sequence[Finding]) -> list[Finding]:
    """The rises that somebody must answer: a wider area is not warned of where a narrower one of it explains it."""
    rises = [each for each in found if each.level is Level.RISE]
    inner = {(each.case_type, each.week, around) for each in rises for around in Area.read(each.area).around[:-1]}
    return [each for each in rises if (each.case_type, each.week, each.area) not in inner]
