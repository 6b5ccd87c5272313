"""One place where people are known: of which source, whose it is, since when; nobody's name, nobody's words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.decisions import UnitId
from contracts.event import BlindIndex, Sealed

Kind = Literal["report", "case", "enrolment", "household", "referral", "meeting"]
HERE_ALONE = "at:"
"""How the key of somebody begins who is told from others in one report alone."""


@dataclass(frozen=True)
class Named:
    """One person there, under every key of theirs, the strongest first; `homes` and `phones` others may share.

    `sealed_by`: the data keys under which the source holds who this is. Once all of them were destroyed nobody is
    known there any more; none where the source has no words of theirs.
    """

    keys: tuple[BlindIndex, ...]
    role: str = ""
    relation: str | None = None
    birth_year: int | None = None
    sex: str | None = None
    homes: tuple[BlindIndex, ...] = ()
    phones: tuple[BlindIndex, ...] = ()
    sealed_by: tuple[str, ...] = ()

    def stands(self, destroyed: Collection[str]) -> bool:
        return not self.sealed_by or any(each not in destroyed for each in self.sealed_by)


@dataclass(frozen=True)
class Known:
    """An entry. `within` are the ids of the entries that it is a part of, its own among them: a referral is of a case.

    `unit` is whose it is, `units` who may see it; `keys` are those that belong to somebody there, nobody knows whom.
    `lists` are those on which it stands; `township` and `village` are where it happened or they live, as listed.
    """

    kind: Kind
    source: str
    county: str
    unit: UnitId
    units: tuple[UnitId, ...]
    since: datetime
    until: datetime | None = None
    state: str = ""
    people: tuple[Named, ...] = ()
    keys: tuple[BlindIndex, ...] = ()
    within: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    township: str | None = None
    village: str | None = None

    @property
    def id(self) -> str:
        return id_of(self.kind, self.source)

    @property
    def data_keys(self) -> frozenset[str]:
        return frozenset(key for each in self.people for key in each.sealed_by)

    @property
    def all_keys(self) -> frozenset[BlindIndex]:
        """Every key under which somebody is found here."""
        return frozenset({*self.keys, *(key for each in self.people for key in each.keys)})

    def named(self, keys: Collection[BlindIndex]) -> tuple[Named, ...]:
        """Those of its people whom any of these keys means."""
        return tuple(each for each in self.people if not set(each.keys).isdisjoint(keys))

    def without(self, destroyed: Collection[str]) -> "Known":
        """The entry without those of whom nothing can be read any more; keys of nobody in particular go with the last
        of them."""
        people = tuple(each for each in self.people if each.stands(destroyed))
        return replace(self, people=people, keys=self.keys if people or not self.people else ())

    def was_served_at(self, since: datetime) -> bool:
        """Whether it was not over by then."""
        return self.until is None or self.until >= since


def id_of(kind: Kind, source: str) -> str:
    return f"{kind}:{source}"


def ids_of(kind: Kind, sources: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(id_of(kind, each) for each in sources))


def data_keys(*tokens: Sealed | None) -> tuple[str, ...]:
    """The ids of the data keys that sealed these: what stands before the first point of a token."""
    return tuple(dict.fromkeys(token.partition(".")[0] for token in tokens if token))
