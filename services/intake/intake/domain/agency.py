"""A partner agency: what kind of unit it is and whose counties it reports to."""

from dataclasses import dataclass

from contracts.reports import SourceUnit

ALL_COUNTIES = "*"


@dataclass(frozen=True)
class Agency:
    """Who posts; everything here belongs to its key, never to a report's body."""

    agency_id: str
    source_unit: SourceUnit
    counties: frozenset[str]
    active: bool = True

    def reports_to(self, county: str) -> bool:
        return county in self.counties or ALL_COUNTIES in self.counties
