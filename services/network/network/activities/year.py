"""A county's year, gathered of its records and of what the platform counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rules.places import villages_of

from network.activities.domain.coverage import Covered, covered
from network.activities.domain.indicators import Parts, Value, valued
from network.activities.domain.posts import Filled, filled, planned
from network.activities.domain.record import (
    Activity,
    Base,
    Coverage,
    Grant,
    Growth,
    Population,
    Posts,
    Record,
    Session,
)
from network.activities.domain.training import Seat, seats
from network.activities.lists import indicators
from network.activities.store import Records
from network.periods import Period, whole_year

Kind = TypeVar("Kind")


class Counting(Protocol):
    """What the platform counts of the cases themselves."""

    async def opened(self, period: Period) -> tuple[int, int]: ...

    async def carried(self, county: str) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Year:
    """`plan` is, by year, how many posts more and how many then."""

    county: str
    year: int
    activities: Sequence[Activity]
    covered: Sequence[Covered]
    grants: Sequence[Grant]
    filled: Sequence[Filled]
    plan: Sequence[tuple[int, int, int]]
    seats: Sequence[Seat]
    values: Sequence[Value]
    population: Population | None
    population_by: Record | None
    carried: Mapping[str, int]


@dataclass(frozen=True)
class Years:
    """Gathers a year of what is recorded and of what is counted."""

    records: Records
    counting: Counting

    async def of(self, county: str, year: int, today: str) -> Year:
        activities = await self.activities(county, year)
        coverage, bases = await self.covered(county, year)
        opened = await self.counting.opened(whole_year(county, year))
        posts = filled(await self._all(Posts, county, "posts"), min(f"{year}-12", today[:7]))
        people = await self._people(county, year)
        parts = {**({"cases.opened": opened} if opened[1] else {}), **_parts(coverage, bases, posts)}
        population = people.what.people if people and isinstance(people.what, Population) else None
        typed = await self.records.standing(county, "typed", [year])
        return Year(
            county, year, activities, coverage, await self.grants(county, year), posts,
            planned(sum(each.posts for each in posts), await self._later(county, year)),
            await self.seats(county, today), valued(indicators(), parts, typed, population),
            people.what if people and isinstance(people.what, Population) else None, people,
            await self.counting.carried(county),
        )  # fmt: skip

    async def activities(self, county: str, year: int) -> Sequence[Activity]:
        return await self._all(Activity, county, "activity", [year])

    async def grants(self, county: str, year: int) -> Sequence[Grant]:
        return await self._all(Grant, county, "grant", [year])

    async def covered(self, county: str, year: int) -> tuple[Sequence[Covered], Sequence[Base]]:
        """The sites of a year, with what shares are taken of; a base holds until another is said."""
        said = await self._all(Coverage, county, "coverage", [year])
        known = sorted(await self._all(Base, county, "base"), key=lambda each: each.year)
        latest = {each.name: Base("base", each.name, year, each.count) for each in known if each.year <= year}
        return covered(said, latest.values(), list(villages_of(county))), list(latest.values())

    async def posts(self, county: str, month: str) -> Sequence[Filled]:
        return filled(await self._all(Posts, county, "posts"), month)

    async def planned(self, county: str, month: str) -> Sequence[tuple[int, int, int]]:
        now = sum(each.posts for each in await self.posts(county, month))
        return planned(now, await self._later(county, int(month[:4])))

    async def seats(self, county: str, today: str) -> Sequence[Seat]:
        needs = await self.records.standing(county, "need")
        return seats(needs, await self._all(Session, county, "session"), today)

    async def _later(self, county: str, year: int) -> Sequence[Growth]:
        return [each for each in await self._all(Growth, county, "growth") if each.year > year]

    async def _people(self, county: str, year: int) -> Record | None:
        """Who said last how many people there are, until the end of a year."""
        said = [each for each in await self.records.standing(county, "population") if each.year <= year]
        return max(said, key=lambda each: getattr(each.what, "month", ""), default=None)

    async def _all(self, kind: type[Kind], county: str, of: str, years: Sequence[int] = ()) -> list[Kind]:
        found = (each.what for each in await self.records.standing(county, of, years))
        return [each for each in found if isinstance(each, kind)]


def _parts(coverage: Sequence[Covered], bases: Sequence[Base], posts: Sequence[Filled]) -> Parts:
    parts = {f"townships.{each.site}": (len(each.covered), each.of_townships) for each in coverage}
    communities = {each.name: each.count for each in bases}.get("communities")
    if communities:
        parts |= {f"communities.{each.site}": (each.communities, communities) for each in coverage}
    if posts:
        parts["posts"] = (sum(each.filled for each in posts), sum(each.posts for each in posts))
    return parts
