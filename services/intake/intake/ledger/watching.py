"""Watching the ledger for operators: gaps that nobody closed, and written forms that did not come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from kit.repeating import repeating
from prometheus_client import Gauge

from intake.clock import now
from intake.ledger.accounts import Accounts
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger

GAPS = Gauge("safetynet_intake_sequence_gaps", "Gaps in senders' numbers of the last two days that are still open.")
OVERDUE = Gauge(
    "safetynet_intake_written_overdue", "Oral reports of the last month past the time of their written form."
)
NEW = timedelta(days=2)
"""A number that was never used stays missing; it counts as an alarm for this long."""


class Watching:
    """Looks regularly, in every process: each asks the same database."""

    def __init__(self, ledger: Ledger, following: Following, accounts: Accounts, *, every: float) -> None:
        self._ledger = ledger
        self._following = following
        self._accounts = accounts
        self._every = every

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(lambda: self.look(now()), name="ledger", every=self._every):
            yield

    async def look(self, at: datetime) -> None:
        """Set the metrics as of an instant."""
        gaps = [gap for agency in await self._ledger.numbering(at - NEW) for gap in await self._following.of(agency)]
        GAPS.set(sum(gap.since > at - NEW and self._accounts.is_open(gap, at) for gap in gaps))
        OVERDUE.set(await self._ledger.overdue(at))
