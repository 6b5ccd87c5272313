"""Asking the sender: a question is a promise with a time by which it must be answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from contracts.event import Event
from kit.problems import Conflict
from kit.sealed import KeyVault
from kit.telemetry import carried
from rules.counties import settings_of

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.events import owed, sender_answered, sender_asked
from dispatch.domain.report.history import Line, line
from dispatch.domain.report.report import Asked, Report
from dispatch.window.acts import change, must_hold, reason_of, seen
from dispatch.window.store import Reports


class Asking:
    """Asks a sender, and notes that it answered; both are published. An amendment by the sender answers as well."""

    def __init__(self, reports: Reports, vault: KeyVault, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._vault = vault
        self._now = now

    async def ask(self, report_id: str, question: str, by: Actor, sees: Sees) -> None:
        """Keep a question open until it is answered. Raises NotFound, or Conflict where another officer is at it.

        One question at a time: of two who ask at one instant, or one who presses twice, one asks the sender.
        """
        report, now = await seen(self._reports, report_id, sees), self._now()
        must_hold(report)
        if report.asked:
            raise Conflict(
                f"{report.asked.name} has asked the sender already: record the answer, then ask again.",
                f"{report.asked.name} 已詢問通報單位：請先登錄回復，再提問。",
            )
        asked = Asked(by.username, by.name, now, now + settings_of(report.county).sender_answers_within)
        words = await reason_of(self._vault, report, question)
        event = sender_asked(report, words, now, asked.due_at)
        await self._note(report, asked, line(str(uuid4()), now, "sender_asked", by.name, words), by, event)

    async def answered(self, report_id: str, answer: str, by: Actor, sees: Sees) -> None:
        """The sender answered, by telephone say. Raises NotFound, or Conflict where nothing is asked any more."""
        report, now = await seen(self._reports, report_id, sees), self._now()
        if not report.asked:
            raise Conflict(
                "Nothing is asked of the sender, or the answer is recorded already.",
                "目前沒有待回復的詢問，或已有人登錄回復。",
            )
        words = await reason_of(self._vault, report, answer)
        happened = line(str(uuid4()), now, "sender_answered", by.name, words)
        await self._note(report, None, happened, by, sender_answered(report, now))

    async def _note(self, report: Report, asked: Asked | None, happened: Line, by: Actor, event: Event) -> None:
        now, history = happened.at, (*report.history, happened)
        outbox = (*report.outbox, owed(event, happened.id, carried(), now, now))
        after = replace(report, asked=asked, changed_at=now, history=history, outbox=outbox)
        await change(self._reports, report, after, by, now, "asked.at", "holds")
