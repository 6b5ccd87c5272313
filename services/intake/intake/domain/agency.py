"""A partner agency: what kind of unit it is, whose counties it reports to, and what its key opens."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.reports import SourceUnit

ALL_COUNTIES = "*"
SANDBOX = "sandbox"
"""The county under which reports of sandbox agencies are kept: no count, no board and no other service knows it."""


class Scope(StrEnum):
    """What a key may open: the first part of a path below /v1."""

    REPORTS = "reports"
    BATCHES = "batches"
    RECONCILIATIONS = "reconciliations"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Agency:
    """Who posts; everything here belongs to its key, never to a report's body. No scopes: all of them."""

    agency_id: str
    source_unit: SourceUnit
    counties: frozenset[str]
    active: bool = True
    sandbox: bool = False
    scopes: frozenset[Scope] = frozenset()
    rate: str | None = None
    """Requests to one process, as the `limits` library writes them; None for the usual."""

    def reports_to(self, county: str) -> bool:
        return county in self.counties or ALL_COUNTIES in self.counties

    def opens(self, path: str) -> bool:
        """Whether its key opens a path; what a key says of itself is open to every key."""
        part = path.removeprefix("/v1/").partition("/")[0]
        return not self.scopes or part in self.scopes or part == "agencies"
