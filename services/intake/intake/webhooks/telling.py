"""From what became of reports to notices for their senders: ids, status, and that there is a question; no more."""

import time
from collections.abc import Sequence
from typing import Any

from contracts.event import derived_id
from kit.mongo import Document

from intake.clock import now
from intake.domain.remarks import About, Remark
from intake.domain.status import Step
from intake.store import Reports
from intake.webhooks.store import Webhooks, notices_of

REMEMBERED = 2.0


class Telling:
    """Queues a notice for each step of a report, and each question about it, whose sender wants to be told."""

    def __init__(self, reports: Reports, webhooks: Webhooks) -> None:
        self._reports = reports
        self._webhooks = webhooks
        self._agencies: set[str] = set()
        self._until = 0.0

    async def tell(self, news: Sequence[Step | Remark]) -> None:
        """Repeatable: a notice's id is derived from its step or question."""
        agencies = await self._listening()
        wanted = [piece for piece in news if isinstance(piece, Step) or piece.about is About.ASKED]
        if not agencies or not wanted:
            return
        senders = await self._reports.senders({piece.report_id for piece in wanted}, agencies)
        notices = [_notice(piece, senders[piece.report_id]) for piece in wanted if piece.report_id in senders]
        at = now()
        await self._webhooks.queue(notices_of(notices, at), at)

    async def _listening(self) -> set[str]:
        if self._until < time.monotonic():
            self._agencies = await self._webhooks.agencies()
            self._until = time.monotonic() + REMEMBERED
        return self._agencies


def _notice(news: Step | Remark, report: Document) -> Document:
    return _of_step(news, report) if isinstance(news, Step) else _of_question(news, report)


def _of_question(asked: Remark, report: Document) -> Document:
    times = {"asked_at": asked.at.isoformat(), "due_at": asked.facts["due_at"].isoformat()}
    return {
        "_id": str(derived_id("intake", asked.id, "webhook")),
        "agency_id": report["agency_id"],
        "type": "report.asked",
        "data": {"report_id": asked.report_id, "serial": report["receipt"]["serial"]} | times,
    }


def _of_step(step: Step, report: Document) -> Document:
    facts: dict[str, Any] = {
        "report_id": step.report_id,
        "serial": report["receipt"]["serial"],
        "status": step.status.value,
        "since": step.at.isoformat(),
        "to_unit_kind": step.to_unit_kind,
        "outcome": step.outcome,
        "service": step.service,
    }
    return {
        "_id": str(derived_id("intake", f"{step.report_id}:{step.teller}:{step.order}", "webhook")),
        "agency_id": report["agency_id"],
        "data": {name: value for name, value in facts.items() if value is not None},
    }
