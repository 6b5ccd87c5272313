"""Asking the sender: a question is a promise with a time by which it must be answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from contracts.event import Event
from kit.mongo import Document
from kit.outbox import FIELD
from kit.problems import Conflict
from kit.sealed import KeyVault
from kit.telemetry import carried

from dispatch.domain.report.actor import Actor, Sees
from dispatch.window.claims import faster, free_for, must_hold, seen
from dispatch.window.events import owed, report_of, sender_answered, sender_asked
from dispatch.window.records import entry
from dispatch.window.rulings import told_of
from dispatch.window.store import Reports

ANSWER_WITHIN = timedelta(hours=4)
"""A county setting, not law."""


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
        document, now = await seen(self._reports, report_id, sees), self._now()
        must_hold(document)
        if open_ := document.get("asked"):
            raise Conflict(
                f"{open_['name']} has asked the sender already: record the answer, then ask again.",
                f"{open_['name']} 已詢問通報單位：請先登錄回復，再提問。",
            )
        due_at = now + ANSWER_WITHIN
        asked = {"by": by.username, "name": by.name, "at": now, "due_at": due_at}
        told = await told_of(self._vault, report_of(document), question)
        event = sender_asked(document, told, now, due_at)
        await self._note(
            document, {"asked": asked}, entry(str(uuid4()), now, "sender_asked", who=by.name, **told), by, event
        )

    async def answered(self, report_id: str, answer: str, by: Actor, sees: Sees) -> None:
        """The sender answered, by telephone say. Raises NotFound, or Conflict where nothing is asked any more."""
        document, now = await seen(self._reports, report_id, sees), self._now()
        if not document.get("asked"):
            raise Conflict(
                "Nothing is asked of the sender, or the answer is recorded already.",
                "目前沒有待回復的詢問，或已有人登錄回復。",
            )
        told = await told_of(self._vault, report_of(document), answer)
        happened = entry(str(uuid4()), now, "sender_answered", who=by.name, **told)
        await self._note(document, {"asked": None}, happened, by, sender_answered(document, now))

    async def _note(self, document: Document, sets: Document, happened: Document, by: Actor, event: Event) -> None:
        id, now = document["_id"], happened["at"]
        sent = owed(event, happened["id"], carried(), now, now)
        changes = sets | {"changed_at": now, FIELD: sent}
        same = {"asked.at": (document.get("asked") or {}).get("at"), "holds": {"$ne": False}}
        if not await self._reports.change(id, same | free_for(by, now), changes, happened):
            raise faster(await self._reports.one(id), now)
        self._reports.outbox.send([{"_id": id, FIELD: sent}])
