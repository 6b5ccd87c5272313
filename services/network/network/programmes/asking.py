"""What programmes ask of cases and of households on lists, which they do not know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kit.mongo import Session


@dataclass(frozen=True)
class Member:
    """One of a family without a name: who they are to it, and when they were born where that is known."""

    key: str
    who: str
    birth_year: int | None


@dataclass(frozen=True)
class Family:
    """A case, as far as an enrolment needs it: whose it is, and who may see it. `ids`: its own, of those merged too;
    `keys` are those of the family, without whoever else a report names."""

    case_id: str
    county: str
    parties: frozenset[str]
    ids: frozenset[str]
    people: tuple[Member, ...] = ()
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Listed:
    """A household that lists name: whose it is, and who may see it. `id` is that of the one it is part of now; `ids`
    are its own, and those of all that it took in; `keys` are those of its people."""

    id: str
    county: str
    parties: frozenset[str]
    ids: frozenset[str]
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Roof:
    """The cases and the households on lists of a county that name one of some people, by every id that they had."""

    cases: frozenset[str] = frozenset()
    households: frozenset[str] = frozenset()


class Families(Protocol):
    """Read in a session, they are as its transaction finds them."""

    async def family(self, case_id: str, session: Session | None = None) -> Family | None: ...
    async def household(self, id: str, session: Session | None = None) -> Listed | None: ...
    async def keys_of(self, person: str, session: Session | None = None) -> Collection[str]: ...
    async def roof(self, county: str, keys: Collection[str], session: Session) -> Roof: ...
    async def is_described(self, unit: str) -> bool: ...
    async def of_report(self, report_id: str) -> str | None: ...


class People(Protocol):
    """Under which keys somebody is known, and a print by which they are told from others and never found."""

    def keys(self, name: str | None, born: date | None, national_id: str | None) -> Sequence[str]: ...
    def print_of(self, keys: Sequence[str]) -> str: ...
