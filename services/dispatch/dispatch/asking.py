"""Asking the sender: a question is a promise with a time by which it must be answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from kit.mongo import Document
from kit.sealed import KeyVault

from dispatch.claims import Ruler, Sees, faster, free_for, seen
from dispatch.records import entry
from dispatch.rulings import told_of
from dispatch.store import Reports

ANSWER_WITHIN = timedelta(hours=4)
"""A county setting, not law."""


class Asking:
    """Notes what was asked of a sender and that it was answered; an amendment by the sender answers as well."""

    def __init__(self, reports: Reports, vault: KeyVault, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._vault = vault
        self._now = now

    async def ask(self, report_id: str, question: str, by: Ruler, sees: Sees) -> None:
        """Keep a question open until it is answered. Raises NotFound, or Conflict where another officer is at it."""
        now = self._now()
        asked = {"by": by.username, "name": by.name, "at": now, "due_at": now + ANSWER_WITHIN}
        await seen(self._reports, report_id, sees)
        await self._note(report_id, asked, by, "sender_asked", question)

    async def answered(self, report_id: str, answer: str, by: Ruler, sees: Sees) -> None:
        """The sender answered, by telephone say. Raises NotFound or Conflict."""
        await seen(self._reports, report_id, sees)
        await self._note(report_id, None, by, "sender_answered", answer)

    async def _note(self, report_id: str, asked: Document | None, by: Ruler, what: str, words: str) -> None:
        now = self._now()
        happened = entry(str(uuid4()), now, what, who=by.name, **await told_of(self._vault, report_id, words))
        if not await self._reports.change(report_id, free_for(by, now), {"asked": asked, "changed_at": now}, happened):
            raise faster(await self._reports.one(report_id), now)
