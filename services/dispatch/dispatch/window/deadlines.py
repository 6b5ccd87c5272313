"""The clocks of a county that breach by a time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from dispatch.domain.report.deadlines import Deadline, deadlines_of
from dispatch.policy import clock_rules
from dispatch.window.store import Reports


async def breaching(
    reports: Reports, county: str, now: datetime, until: datetime, units: Collection[str] = ()
) -> Sequence[Deadline]:
    """Every clock of a county's open reports that is due before `until`, the first due first.

    With `units` only of those that concern them.
    """
    rules = clock_rules()
    deadlines = [
        each
        async for report in reports.all_breaching(county, until)
        if report.concerns(units)
        for each in deadlines_of(report, rules, now, until)
    ]
    return sorted(deadlines, key=lambda each: (each.due_at, each.report_id, each.clock))
