"""What referrals ask of the cases and of the directory, which they do not know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.mongo import Session

from network.services import catalogue


@dataclass(frozen=True)
class Family:
    """A case, as far as a referral needs it: who leads, who takes part, who may see it."""

    case_id: str
    county: str
    lead: str
    units: tuple[str, ...]
    parties: frozenset[str]
    is_open: bool

    def asking(self, service: str, *owing: str) -> tuple[str, ...]:
        """The units on the side that asks for a service: who has part in the case, or its lead alone; and who owes."""
        seen = {self.lead} if catalogue().services[service].seen_by == "lead" else self.parties
        return tuple(sorted({*seen, *owing}))


@dataclass(frozen=True)
class Offered:
    """A provider that offers a service: `left` places as somebody said at `as_of`, None where nobody did."""

    provider: str
    unit: str
    name: str
    county: str
    promise: str | None
    left: int | None
    as_of: datetime | None
    stale: bool = False
    near: bool = False

    @property
    def is_full(self) -> bool:
        return self.left == 0


class Families(Protocol):
    async def family(self, case_id: str) -> Family | None: ...
    async def ids(self, case_id: str) -> Collection[str]: ...
    async def touched(self, case_id: str, session: Session) -> Family | None: ...
    async def of_report(self, report_id: str) -> tuple[str, str | None] | None: ...


class Offers(Protocol):
    async def offering(self, county: str, service: str, township: str | None, most: int = ...) -> Sequence[Offered]: ...
    async def nearest(self, county: str, service: str, township: str) -> Sequence[Offered]: ...
    async def named(self, to: str, service: str) -> Offered | None: ...
    async def names(self, units: Sequence[str]) -> dict[str, str]: ...
