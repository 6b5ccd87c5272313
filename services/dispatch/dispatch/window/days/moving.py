"""Moves the clocks that run over days of which a county said something, whichever replica is awake."""

from collections.abc import Callable
from datetime import datetime, timedelta

from rules.calendars import WORKING_DAYS, Calendar

from dispatch.domain.report.days import with_days
from dispatch.domain.report.report import altered
from dispatch.policy import PoliciesInForce, clock_rules
from dispatch.window.days.store import Calendars
from dispatch.window.store import Reports

EVERY = 2.0
SETTLED = timedelta(minutes=1)
"""For so long after a county spoke its reports are looked at again: a replica may decide by what it read before."""
_SEEN = ("decision.version", "stage", "history")


class Moving:
    """Looks at a county's reports when it said something new, and once when the process starts.

    When a clock ends follows from the calendar alone, so that a repeat, another replica or a crash between two reports
    changes nothing that is done already.
    """

    def __init__(
        self, calendars: Calendars, reports: Reports, policies: PoliciesInForce, now: Callable[[], datetime]
    ) -> None:
        self._calendars = calendars
        self._reports = reports
        self._policies = policies
        self._now = now
        self._done: dict[str, int] = {}

    async def move(self) -> None:
        """Count anew every clock that may have moved since this was called last."""
        for county, days in (await self._policies.current()).days.items():
            fresh = self._now() - days.told[-1].told_at < SETTLED
            if (fresh or self._done.get(county) != days.version) and await self._move(county, days):
                self._done[county] = days.version

    async def _move(self, county: str, days: Calendar) -> bool:
        """False where somebody changed a report meanwhile: it is looked at again."""
        rules, now, all_done = clock_rules(), self._now(), True
        clocks = [id for id, rule in rules.items() if rule.span.unit == WORKING_DAYS]
        async for id in self._calendars.counting(county, clocks, days.told[0].told_at, now):
            all_done &= await self._move_one(id, days, now)
        return all_done

    async def _move_one(self, id: str, days: Calendar, now: datetime) -> bool:
        report = await self._reports.one(id)
        if report is None or (after := with_days(report, days, clock_rules())) is report:
            return True
        after = altered(after, changed_at=now)
        return await self._reports.change(report, after, now, seen=_SEEN, by=None) is not None
