"""The clocks of a county that breach by a time, and how many there are at each level of alert."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from rules.spans import LEVELS

from dispatch.domain.report.deadlines import Deadline, deadlines_of
from dispatch.policy import clock_rules
from dispatch.window.store import Reports

MOST = 500


async def breaching(
    reports: Reports, county: str, now: datetime, until: datetime, units: Collection[str] = ()
) -> Sequence[Deadline]:
    """Every clock of a county's open reports that is due before `until`, the first due first; at most MOST reports.

    With `units` only of those that concern them.
    """
    found = await reports.listed({"county": county, "breach_at": {"$lt": until}}, "breach_at", 1, MOST)
    theirs = [report for report in found if report.concerns(units)]
    deadlines = (each for report in theirs for each in deadlines_of(report, clock_rules(), now, until))
    return sorted(deadlines, key=lambda each: (each.due_at, each.report_id, each.clock))


def by_level(county: str, now: datetime) -> list[dict[str, Any]]:
    """An aggregation: rows `{_id: 0|50|80|100, reports}` of the open reports, by the clock that is due first."""
    since = {"$ifNull": ["$breach_since", "$received_at"]}
    length = {"$subtract": ["$breach_at", since]}
    over = {"$cond": [{"$lte": [length, 0]}, {"$cond": [{"$lte": ["$breach_at", now]}, 1, 0]},
                      {"$divide": [{"$subtract": [now, since]}, {"$max": [length, 1]}]}]}  # fmt: skip
    cases = [{"case": {"$gte": ["$over", each / 100]}, "then": each} for each in LEVELS]
    return [
        {"$match": {"county": county, "breach_at": {"$ne": None}}},
        {"$project": {"over": over}},
        {"$group": {"_id": {"$switch": {"branches": cases, "default": 0}}, "reports": {"$sum": 1}}},
    ]
