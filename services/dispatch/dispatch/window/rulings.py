"""A person decides: a report that waits, another outcome than the one in force, another look, or all of that undone."""

import re
from collections.abc import Callable
from datetime import date, datetime

from contracts.decisions import Outcome
from contracts.event import Code, Model
from contracts.reports import ReportId
from kit.mongo import Document
from kit.problems import Conflict, Forbidden, Unprocessable
from kit.sealed import KeyVault
from pydantic import Field
from rules.counties import county as set_by
from rules.spans import TAIPEI

from contracts import codes
from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.policy import PoliciesInForce
from dispatch.window import revising
from dispatch.window.claims import faster, free_for, must_hold, seen
from dispatch.window.events import report_of
from dispatch.window.records import SERVED, rank
from dispatch.window.stages import INVESTIGATING
from dispatch.window.store import Reports

__all__ = ["Actor", "Again", "Ruling", "Rulings"]
_A_CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")


class Again(Model):
    """A look to be taken again. `version` is the decision's that was looked at; `reason` a code or a sentence."""

    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(ge=1)


class Ruling(Again):
    """What an officer asks for."""

    outcome: Outcome
    unit: str | None = Field(default=None, max_length=80, pattern=r"^[a-z-]+/[a-z_.-]+$")
    duplicate_of: ReportId | None = Field(default=None, max_length=64)
    transferred_to: Code | None = None


class Rulings:
    """Puts a person's decision in force, if it may and nobody was faster."""

    def __init__(
        self, reports: Reports, vault: KeyVault, policies: PoliciesInForce, now: Callable[[], datetime]
    ) -> None:
        self._reports = reports
        self._vault = vault
        self._policies = policies
        self._now = now

    async def rule(
        self, report_id: str, ruling: Ruling, by: Actor, sees: Sees, *, finding: Document | None = None
    ) -> Document:
        """The report with the decision in force. Raises NotFound, Forbidden, Conflict or Unprocessable.

        While someone visits the family only what they found decides, kept as `finding` in the same write.
        """
        document = await self._current(report_id, ruling.version, sees)
        if document["stage"] == INVESTIGATING and finding is None:
            raise Conflict("Record what the visit found: that decides.", "調查中：請登錄訪視結果，依結果決定。")
        _must_be_allowed(document, ruling, by)
        _must_fit(document, ruling)
        original = await self._original(document, ruling)
        act = await self._act(document, by, ruling.reason)
        named = {"unit": ruling.unit, "duplicate_of": original, "transferred_to": ruling.transferred_to}
        decision = revising.decided(document, ruling.outcome, named, await self._policy(document), act)
        decision["until_accepted"] = ruling.transferred_to in (await self._policies.current()).counties
        after = revising.with_decision(document, decision, act)
        return await self._put(document, after | ({"finding": finding} if finding else {}), by)

    async def review(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Document:
        """The report back in the queue, for anyone of the window to look at. Raises NotFound or Conflict."""
        document = await self._current(report_id, asked.version, sees)
        act = await self._act(document, by, asked.reason)
        decision = revising.again(document, document["decision"], act)
        return await self._put(document, revising.for_review(document, decision, "sent_back", act), by)

    async def unlink(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Document:
        """A duplicate parted from its original, back in the queue with the original's outcome as suggestion.

        Raises NotFound, Conflict or Unprocessable.
        """
        document = await self._current(report_id, asked.version, sees)
        if not (original_id := document["decision"]["duplicate_of"]):
            raise _invalid("duplicate_of", "This report is no duplicate.", "這件通報不是重複通報。")
        original = next(iter(await self._reports.of_report(original_id)), None)
        found = Outcome(original["decision"]["outcome"]) if original else Outcome.PROTECTION
        outcome = found if found in (*SERVED, Outcome.NO_DISPATCH) else Outcome.PROTECTION
        act = await self._act(document, by, asked.reason)
        decision = revising.decided(document, outcome, {}, await self._policy(document), act)
        return await self._put(document, revising.for_review(document, decision, "unlinked", act), by)

    async def undo(self, report_id: str, version: int, by: Actor, sees: Sees) -> Document:
        """The report as it was before the last act of this officer. Raises NotFound, Conflict or Forbidden."""
        document = await self._current(report_id, version, sees)
        if (changed := revising.undone(document, revising.Act(by, self._now()))) is None:
            raise Conflict(
                "This can no longer be undone: ten minutes passed, or somebody acted on it. Decide anew instead.",
                "已無法復原：超過 10 分鐘，或已有人據此行動。請改派。",
            )
        if document["before"]["by"] != by.username and not by.supervisor:
            raise Forbidden("Only who decided, or a supervisor, may undo it.", "僅原決定人或督導可復原。")
        return await self._put(document, changed, by, {"history": {"$size": len(document["history"])}})

    async def _act(self, document: Document, by: Actor, reason: str) -> revising.Act:
        return revising.Act(by, self._now(), await told_of(self._vault, report_of(document), reason))

    async def _current(self, report_id: str, version: int, sees: Sees) -> Document:
        document = await seen(self._reports, report_id, sees)
        if document["decision"]["version"] != version:
            raise faster(document, self._now())
        must_hold(document)
        return document

    async def _put(self, before: Document, after: Document, by: Actor, only: Document | None = None) -> Document:
        id, now = before["_id"], after["changed_at"]
        looked_at = {"decision.version": before["decision"]["version"], "holds": {"$ne": False}}
        in_force = looked_at | {"stage": before["stage"]} | free_for(by, now) | (only or {})
        changes = {name: after[name] for name in (*revising.CHANGED, "finding") if name in after}
        if not await self._reports.change(id, in_force, changes, after["history"][-1]):
            raise faster(await self._reports.one(id), now)
        self._reports.outbox.send([{"_id": id, "outbox": after["outbox"]}])
        return after

    async def _original(self, document: Document, ruling: Ruling) -> str | None:
        """The id under which everybody knows the report that this one repeats. Raises Unprocessable for none here."""
        if ruling.outcome is not Outcome.DUPLICATE:
            return None
        named = await self._reports.called(ruling.duplicate_of.strip()) if ruling.duplicate_of else []
        here = [report_of(each) for each in named if each["county"] == document["county"]]
        if not here or here[0] == report_of(document):
            raise _invalid("duplicate_of", "Name the earlier report of this county.", "請填本縣市先前那件通報的編號。")
        return here[0]

    async def _policy(self, document: Document) -> Policy:
        on = document["received_at"].astimezone(TAIPEI).date()
        return (await self._policies.current()).in_force(document["county"], on)


async def told_of(vault: KeyVault, report_id: str, reason: str) -> dict[str, str]:
    """A reason in free text may name someone, so it is sealed; a code is kept as it is."""
    if _A_CODE.fullmatch(reason):
        return {"reason": reason}
    key = vault.new_key(report_id, "report")
    await vault.keep([key])
    return {"reason_sealed": key.seal({"reason": reason})}


def _must_fit(document: Document, ruling: Ruling) -> None:
    """Raises Unprocessable for a county or a unit that this outcome cannot name."""
    if ruling.outcome is Outcome.TRANSFERRED:
        others = set(codes.names("counties", date.max)) - {document["county"]}
        if ruling.transferred_to not in others:
            raise _invalid("transferred_to", "Name another county by its code.", "請填他縣市代碼。")
    units = set_by(document["county"]).unit_ids
    if ruling.unit and ruling.outcome in SERVED and ruling.unit not in units:
        en = f"Name a unit of this county ({', '.join(units)}), or transfer the report."
        zh = f"請填本縣市單位（{'、'.join(units)}）；他縣市請用轉他轄。"
        raise _invalid("unit", en, zh)


def takes_supervisor(document: Document, outcome: Outcome) -> bool:
    """Anyone of the window may raise; lowering protection, or below a danger sign, takes a supervisor (rules.yaml)."""
    before, danger = document["decision"]["outcome"], Facts.of_stored(document["facts"]).danger_count > 0
    return rank(outcome) > rank(before) and (danger or rank(before) == 0)


def _must_be_allowed(document: Document, ruling: Ruling, by: Actor) -> None:
    if document.get("assignee") and not by.supervisor:
        raise Forbidden("Given back twice: a supervisor decides it.", "已退回兩次：由督導決定。")
    if takes_supervisor(document, ruling.outcome) and not by.supervisor:
        raise Forbidden("Only a supervisor may lower protection.", "調降保護須由督導決定。")


def _invalid(at: str, en: str, zh: str) -> Unprocessable:
    return Unprocessable(en, zh, errors=[{"at": f"/{at}", "code": "invalid", "en": en, "zh": zh}])
