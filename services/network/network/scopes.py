"""What one caller or signed-in person may see: their counties and, where their entry says so, some units' cases."""

from dataclasses import dataclass

from network.domain.case import Case

EVERYWHERE = "*"


@dataclass(frozen=True)
class Scope:
    """Counties (`*` for all) and units; no units means every case of the counties."""

    counties: frozenset[str]
    units: frozenset[str] = frozenset()

    def covers(self, case: Case) -> bool:
        here = EVERYWHERE in self.counties or case.county in self.counties
        return here and (not self.units or not self.units.isdisjoint((case.lead.unit, *case.units)))

    def speaks_for(self, case: Case) -> bool:
        """Whether this scope may accept or give back what the lead was sent."""
        return self.covers(case) and (not self.units or case.lead.unit in self.units)
