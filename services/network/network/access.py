"""What one caller or signed-in person may see and say: their counties and, where their entry says so, some units."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

from contracts.roles import Caller

EVERYWHERE = "*"


@dataclass(frozen=True)
class Scope:
    """Counties (`*` for all) and units; no units means every case of the counties."""

    counties: frozenset[str]
    units: frozenset[str] = frozenset()

    @classmethod
    def of(cls, caller: Caller) -> Self:
        return cls(caller.counties, caller.units)

    def of_county(self, county: str) -> Self:
        """The same of one of its counties alone; of none where it has not that one."""
        here = EVERYWHERE in self.counties or county in self.counties
        return replace(self, counties=frozenset({county} if here else ()))

    def covers(self, county: str, units: Collection[str]) -> bool:
        """Whether something of this county, in which these units have part, may be seen."""
        here = EVERYWHERE in self.counties or county in self.counties
        return here and (not self.units or not self.units.isdisjoint(units))

    def speaks_for(self, unit: str) -> bool:
        """Whether this scope may act in the name of a unit of a county that it covers."""
        county = unit.partition("/")[0]
        here = EVERYWHERE in self.counties or county in self.counties
        return here and (not self.units or unit in self.units)
