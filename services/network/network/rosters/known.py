"""Where lists make people known: an entry that follows from the household alone."""

from network.known.entry import Known, Named, data_keys, ids_of
from network.rosters.domain.household import Household


def of_household(household: Household) -> Known | None:
    """The entry of a household; None for one that is part of another now."""
    if household.within:
        return None
    answered = household.state == "answered"
    people = tuple(
        Named(row.keys, homes=(row.home,) if row.home else (), sealed_by=data_keys(row.sealed))
        for row in household.rows
    )
    return Known(
        "household", household.id, household.county, household.unit, tuple(sorted(household.parties)),
        household.gathered_at, max((row.answered_at for row in household.rows if row.answered_at), default=None)
        if answered else None, household.state, people,
        within=ids_of("household", (household.id, *household.took_in)), lists=household.rosters,
        township=household.township, village=household.village,
    )  # fmt: skip
