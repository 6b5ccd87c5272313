"""Which families go on a village's sheet: those in no service, that are on none yet, however many they are."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import chain

from network.access import Scope
from network.rosters.acts import Acts
from network.rosters.answering import answering
from network.rosters.domain.household import Household, HouseholdId
from network.rosters.served import unserved
from network.rosters.sheets.store import Sheets
from network.rosters.store import Sought

AT_ONCE = 500
Place = tuple[str, str]
"""A township and a village of it."""
NOWHERE: Place = ("", "")


async def by_village(
    scope: Scope, sought: Sought, acts: Acts, sheets: Sheets
) -> tuple[Mapping[Place, Sequence[HouseholdId]], int]:
    """The families that no unit serves, by village, and how many more have none: their ids alone are held."""
    found: dict[Place, list[HouseholdId]] = defaultdict(list)
    async for each in _on_no_sheet(scope, sought, acts, sheets):
        place = (each.township, each.village) if each.township and each.village else NOWHERE
        found[place].append(each.id)
    return found, len(found.pop(NOWHERE, ()))


async def in_no_service(county: str, households: Sequence[Household], acts: Acts) -> list[Household]:
    """Those whose last answer is that no unit does anything for them, and whom no unit serves since (docs/adr/0035)."""
    return await unserved(county, [each for each in households if _says_so(each)], acts.whereabouts)


async def _on_no_sheet(scope: Scope, sought: Sought, acts: Acts, sheets: Sheets) -> AsyncIterator[Household]:
    after: str | None = ""
    while after is not None:
        page, after = await acts.households.find(scope, sought, after, AT_ONCE)
        there = await in_no_service(str(sought.county), page, acts)
        listed = await sheets.listed([*chain.from_iterable((each.id, *each.took_in) for each in there)])
        for each in there:
            if listed.isdisjoint((each.id, *each.took_in)):
                yield each


def _says_so(household: Household) -> bool:
    last = household.last
    return last is not None and last.result in answering().in_no_service
