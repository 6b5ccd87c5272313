"""What became of a unit's service after it took a report on: it ends, and may begin again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ENDED = frozenset({"not_opened", "closed"})


@dataclass(frozen=True)
class Service:
    """What the unit last did: it opened the case (開案) or did not, closed it (結案), or has it open again.

    `version` is the case's: what is told of an older one changes nothing. Until `watched_until` a report about the
    family opens the closed case again.
    """

    state: Literal["opened", "not_opened", "closed", "reopened"]
    unit: str
    at: datetime
    version: int
    by: str = ""
    reason: str | None = None
    watched_until: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED
