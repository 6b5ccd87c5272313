"""Looks ahead to the end of the month, and says what would not fit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from kit.repeating import repeating
from kit.telemetry import log

from notify.budget.store import Costs
from notify.domain.budget import LOOKS_BACK, Forecast, forecast, is_named
from notify.holding import Quota
from notify.metrics import QUOTA_SHORT

LOOK_EVERY = 900.0


@dataclass(frozen=True)
class Forecasting:
    costs: Costs
    quota: Quota

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="quota_forecast", every=LOOK_EVERY):
            yield

    async def now(self) -> Forecast | None:
        """None while LINE has not told what is left."""
        at = datetime.now(UTC)
        if self.quota.left is None:
            await self.quota.look()
        if self.quota.left is None:
            return None
        cost = await self.costs.by_rank(at - LOOKS_BACK)
        return forecast(self.quota.left, self.quota.reserve, cost, LOOKS_BACK, at)

    async def look(self) -> None:
        found = await self.now()
        is_told = found is not None and is_named(found, datetime.now(UTC))
        QUOTA_SHORT.set(found.short if found and is_told else 0)
        if found and is_told:
            log.warning("quota_will_not_do", number=found.short)
