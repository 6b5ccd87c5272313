"""What the platform knows of a case by unit, which a part begins with: facts, not prose; and the family's names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Fact:
    """So many of something, the latest `at`; `what` is a code, `of` names it further, such as a programme's stage."""

    what: str
    count: int
    at: datetime | None = None
    of: str | None = None


@dataclass(frozen=True)
class Names:
    """Somebody of the family: covered until the chair uncovers the item."""

    covered: str
    whole: str


class Known(Protocol):
    async def facts(self, case_id: str, units: Collection[str]) -> Mapping[str, tuple[Fact, ...]]: ...
    async def names(self, case_id: str) -> tuple[Names, ...]: ...
