"""What meetings ask of the cases, which they do not know."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from network.access import Scope
from network.meetings.domain.inclusion import Facts
from network.meetings.domain.listing import Measure


@dataclass(frozen=True)
class Family:
    """A case, as far as a meeting needs it: whose it is, who may see it, what its tools gave."""

    case_id: str
    county: str
    lead: str
    parties: frozenset[str]
    ids: frozenset[str]
    is_open: bool
    facts: Facts
    measures: tuple[Measure, ...] = ()


class Families(Protocol):
    async def family(self, case_id: str) -> Family | None: ...
    async def of_report(self, report_id: str) -> tuple[str, str | None] | None: ...
    async def listings_of(self, scope: Scope) -> Collection[str]: ...
