"""What operators watch of the window: whether its equation holds, and whose legal clock runs out."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import Gauge
from rules.spans import LEVELS

from dispatch.figures.ledger import Counters, counters_of
from dispatch.figures.store import Figures
from dispatch.window.store import Reports

EVERY = 30.0
"""Seconds between two measurements."""

DIFFERENCE = Gauge(
    "safetynet_conservation_difference", "Reports received today that are neither decided nor open.", ["county"]
)
AT_RISK = Gauge(
    "safetynet_clocks_at_risk",
    "Open reports whose legal time is over (overdue) or will be within six hours (due_soon).",
    ["county", "state"],
)
AT_LEVEL = Gauge(
    "safetynet_clocks_level",
    "Open reports by how much of the time of their next clock is used up: under 50, 50, 80 or 100 (over) percent.",
    ["county", "level"],
)


async def measure(reports: Reports, figures: Figures, now: datetime) -> None:
    """Set the gauges of every county that has reports."""
    for county in await reports.counties():
        _show(county, await counters_of(reports, figures, county, now))
        _show_levels(county, await figures.by_level(county, now))


def _show(county: str, counters: Counters) -> None:
    today = counters.today
    DIFFERENCE.labels(county).set(today.received + today.arrived - sum(today.decided.values()) - today.open)
    AT_RISK.labels(county, "overdue").set(counters.overdue)
    AT_RISK.labels(county, "due_soon").set(counters.due_soon)


def _show_levels(county: str, found: Mapping[int, int]) -> None:
    for each in (0, *LEVELS):
        AT_LEVEL.labels(county, str(each)).set(found.get(each, 0))
