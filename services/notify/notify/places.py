"""The counties and units that somebody may choose from on a page."""

from contracts.decisions import UnitId
from contracts.roles import Caller
from rules.counties import counties, units_of

from notify.domain.notices import window_of


def counties_of(caller: Caller) -> list[str]:
    """Those of the caller; for whoever sees all, those that have set something."""
    return sorted(counties() if "*" in caller.counties else caller.counties)


def units_for(caller: Caller) -> list[UnitId]:
    """The units of these counties and their windows, or those alone to which the caller is bound."""
    every = [unit for county in counties_of(caller) for unit in (*units_of(county), window_of(county))]
    return [unit for unit in every if unit in caller.units] if caller.units else every
