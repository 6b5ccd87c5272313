"""What rosters ask of cases, which they do not know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.event import BlindIndex


@dataclass(frozen=True)
class Served:
    """A case that names somebody of a household: which unit leads it, how it stands, who may see more of it."""

    case_id: str
    unit: str
    state: str
    is_open: bool
    parties: frozenset[str]


class Serving(Protocol):
    async def serving(self, county: str, keys: Collection[BlindIndex]) -> Sequence[Served]: ...

    async def served(self, county: str, keys: Collection[BlindIndex]) -> Collection[BlindIndex]: ...
