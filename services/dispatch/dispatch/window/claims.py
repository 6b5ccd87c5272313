"""Who works on a report: one officer at a time, for as long as they are at it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from rules.counties import settings_of

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.history import line
from dispatch.domain.report.report import Claim, Report
from dispatch.window.acts import change, seen
from dispatch.window.store import Reports


class Claims:
    """Takes and gives back reports; of two who take one at the same instant the database lets one win."""

    def __init__(self, reports: Reports, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._now = now

    async def take(self, report_id: str, by: Actor, sees: Sees) -> None:
        """Claim a report, or hold on to it. Raises NotFound, or Conflict that names who was faster."""
        report, now = await seen(self._reports, report_id, sees), self._now()
        held = report.claimed(now)
        if held and held.by == by.username:
            taken = replace(report, claim=replace(held, until=_until(report, now)))
        else:
            taken = _claimed(report, by, now)
        await change(self._reports, report, taken, by, now)

    async def give_back(self, report_id: str, by: Actor, sees: Sees) -> None:
        """Let go of a report; one that is not held by this officer is left as it is."""
        report, now = await seen(self._reports, report_id, sees), self._now()
        if report.claim and report.claim.by == by.username:
            history = (*report.history, line(str(uuid4()), now, "released", by.name))
            free = replace(report, claim=None, changed_at=now, history=history)
            await self._reports.change(report, free, now, seen=["claim.by"], by=None)

    async def hold_on(self, report_id: str, by: Actor) -> None:
        """The holder is at it: the claim's time begins again. Changes nothing for anybody else."""
        report, now = await self._reports.one(report_id), self._now()
        if report and report.claim and report.claim.by == by.username:
            await self._reports.hold_on(report_id, by, now, _until(report, now))

    async def pass_on(self, report_id: str, from_: str, to: Actor) -> None:
        """Give a claim that is still held by `from_` to the officer who takes over the shift."""
        report, now = await self._reports.one(report_id), self._now()
        if report and report.claim and report.claim.by == from_:
            await self._reports.change(report, _claimed(report, to, now), now, seen=["claim.by"], by=None)


def _claimed(report: Report, by: Actor, now: datetime) -> Report:
    claim = Claim(by.username, by.name, now, _until(report, now))
    history = (*report.history, line(str(uuid4()), now, "claimed", by.name))
    return replace(report, claim=claim, changed_at=now, history=history)


def _until(report: Report, now: datetime) -> datetime:
    return now + settings_of(report.county).claim_idle
