"""What the pages and the API of decision tables are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from kit.problems import NotFound
from rules.spans import TAIPEI

from dispatch.domain.tables.table import DecisionTable
from dispatch.publishing.publication import Publishing
from dispatch.publishing.replays import Replays


@dataclass(frozen=True)
class TablesDesk:
    """What the pages of tables are made of."""

    publishing: Publishing
    replays: Replays
    now: Callable[[], datetime]

    @property
    def today(self) -> date:
        return self.now().astimezone(TAIPEI).date()

    async def version(self, county: str, day: str) -> DecisionTable:
        """Raises NotFound where the county has no table that takes effect on that day."""
        policies = await self.publishing.policies()
        versions = policies.tables.get(county, policies.sample_tables)
        found = [each for each in versions if each.in_force_from.isoformat() == day]
        if not found:
            raise NotFound("No table takes effect on that day.", "該日無生效的決策表。")
        return found[-1]


def desk_of(request: Request) -> TablesDesk:
    """The desk that the composition root made."""
    made: TablesDesk = request.app.state.tables_desk
    return made


OfDesk = Annotated[TablesDesk, Depends(desk_of)]
