"""From what became of reports to notices for their senders: ids and status, nothing about anyone."""

import time
from collections.abc import Sequence
from typing import Any

from contracts.event import derived_id
from kit.mongo import Document

from intake.clock import now
from intake.domain.status import Step
from intake.store import Reports
from intake.webhooks.store import Webhooks, notices_of

REMEMBERED = 2.0


class Telling:
    """Queues a notice for each step of a report whose sender wants to be told."""

    def __init__(self, reports: Reports, webhooks: Webhooks) -> None:
        self._reports = reports
        self._webhooks = webhooks
        self._agencies: set[str] = set()
        self._until = 0.0

    async def tell(self, steps: Sequence[Step]) -> None:
        """Repeatable: a notice's id is derived from its step."""
        agencies = await self._listening()
        if not agencies or not steps:
            return
        senders = await self._reports.senders({step.report_id for step in steps}, agencies)
        told = [_notice(step, senders[step.report_id]) for step in steps if step.report_id in senders]
        await self._webhooks.queue(notices_of(told, now()))

    async def _listening(self) -> set[str]:
        if self._until < time.monotonic():
            self._agencies = await self._webhooks.agencies()
            self._until = time.monotonic() + REMEMBERED
        return self._agencies


def _notice(step: Step, report: Document) -> Document:
    facts: dict[str, Any] = {
        "report_id": step.report_id,
        "serial": report["receipt"]["serial"],
        "status": step.status.value,
        "since": step.at.isoformat(),
        "to_unit_kind": step.to_unit_kind,
        "outcome": step.outcome,
    }
    return {
        "_id": str(derived_id("intake", f"{step.report_id}:{step.teller}:{step.order}", "webhook")),
        "agency_id": report["agency_id"],
        "data": {name: value for name, value in facts.items() if value is not None},
    }
