"""A person decides: a report that waits, another outcome than the one in force, another look, or all of that undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from contracts.decisions import SERVED, Outcome
from contracts.event import Code, Model
from contracts.reports import ReportId
from kit.problems import Conflict, Forbidden
from kit.sealed import KeyVault
from kit.telemetry import carried
from pydantic import Field
from rules.counties import county as set_by

from contracts import codes
from dispatch.domain.report import ruling as rules
from dispatch.domain.report.actor import Act, Actor, Sees
from dispatch.domain.report.report import Finding, Report
from dispatch.domain.report.ruling import Choice, takes_supervisor
from dispatch.domain.report.stages import Stage
from dispatch.domain.triage.county import Policy
from dispatch.policy import PoliciesInForce
from dispatch.window.acts import change, faster, invalid, must_hold, reason_of, seen
from dispatch.window.store import Reports


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
        self, report_id: str, ruling: Ruling, by: Actor, sees: Sees, *, finding: Finding | None = None
    ) -> Report:
        """The report with the decision in force. Raises NotFound, Forbidden, Conflict or Unprocessable.

        While someone visits the family only what they found decides, kept as `finding` in the same write.
        """
        report = await self._current(report_id, ruling.version, sees)
        if report.stage == Stage.INVESTIGATING and finding is None:
            raise Conflict("Record what the visit found: that decides.", "調查中：請登錄訪視結果，依結果決定。")
        _must_be_allowed(report, ruling, by)
        _must_fit(report, ruling)
        original = await self._original(report, ruling)
        act = await self._act(report, by, ruling.reason)
        elsewhere = ruling.transferred_to in (await self._policies.current()).counties
        choice = Choice(ruling.outcome, ruling.unit, original, ruling.transferred_to, until_accepted=elsewhere)
        decision = rules.decided(report, choice, await self._policy(report), act)
        after = rules.with_decision(report, decision, act)
        return await self._put(report, replace(after, finding=finding or report.finding), act)

    async def review(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Report:
        """The report back in the queue, for anyone of the window to look at. Raises NotFound or Conflict."""
        report = await self._current(report_id, asked.version, sees)
        act = await self._act(report, by, asked.reason)
        decision = rules.again(report, report.decision, act)
        return await self._put(report, rules.for_review(report, decision, "sent_back", act), act)

    async def unlink(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Report:
        """A duplicate parted from its original, back in the queue with the original's outcome as suggestion.

        Raises NotFound, Conflict or Unprocessable.
        """
        report = await self._current(report_id, asked.version, sees)
        if not report.decision.duplicate_of:
            raise invalid("duplicate_of", "This report is no duplicate.", "這件通報不是重複通報。")
        original = next(iter(await self._reports.of_report(report.decision.duplicate_of)), None)
        found = original.decision.outcome if original else Outcome.PROTECTION
        choice = Choice(found if found in (*SERVED, Outcome.NO_DISPATCH) else Outcome.PROTECTION)
        act = await self._act(report, by, asked.reason)
        decision = rules.decided(report, choice, await self._policy(report), act)
        return await self._put(report, rules.for_review(report, decision, "unlinked", act), act)

    async def undo(self, report_id: str, version: int, by: Actor, sees: Sees) -> Report:
        """The report as it was before the last act of this officer. Raises NotFound, Conflict or Forbidden."""
        report = await self._current(report_id, version, sees)
        act = Act(by, self._now(), trace=carried())
        if (before := report.before) is None or (changed := rules.undone(report, act)) is None:
            raise Conflict(
                "This can no longer be undone: its time is over, or somebody acted on it. Decide anew instead.",
                "已無法復原：已逾時限，或已有人據此行動。請改派。",
            )
        if before.by != by.username and not by.supervisor:
            raise Forbidden("Only who decided, or a supervisor, may undo it.", "僅原決定人或督導可復原。")
        return await self._put(report, changed, act, "history")

    async def _act(self, report: Report, by: Actor, reason: str) -> Act:
        return Act(by, self._now(), await reason_of(self._vault, report, reason), carried())

    async def _current(self, report_id: str, version: int, sees: Sees) -> Report:
        report = await seen(self._reports, report_id, sees)
        if report.decision.version != version:
            raise faster(report, self._now())
        must_hold(report)
        return report

    async def _put(self, before: Report, after: Report, act: Act, *also: str) -> Report:
        seen = ("decision.version", "holds", "stage", *also)
        return await change(self._reports, before, after, act.by, act.now, *seen)

    async def _original(self, report: Report, ruling: Ruling) -> str | None:
        """The id under which everybody knows the report that this one repeats. Raises Unprocessable for none here."""
        if ruling.outcome is not Outcome.DUPLICATE:
            return None
        named = await self._reports.called(ruling.duplicate_of.strip()) if ruling.duplicate_of else []
        here = [each.known_as for each in named if each.county == report.county]
        if not here or here[0] == report.known_as:
            raise invalid("duplicate_of", "Name the earlier report of this county.", "請填本縣市先前那件通報的編號。")
        return here[0]

    async def _policy(self, report: Report) -> Policy:
        return (await self._policies.current()).in_force(report.county, report.received_on)


def _must_fit(report: Report, ruling: Ruling) -> None:
    """Raises Unprocessable for a county or a unit that this outcome cannot name."""
    if ruling.outcome is Outcome.TRANSFERRED:
        others = set(codes.names("counties", date.max)) - {report.county}
        if ruling.transferred_to not in others:
            raise invalid("transferred_to", "Name another county by its code.", "請填他縣市代碼。")
    units = set_by(report.county).unit_ids
    if ruling.unit and ruling.outcome in SERVED and ruling.unit not in units:
        en = f"Name a unit of this county ({', '.join(units)}), or transfer the report."
        zh = f"請填本縣市單位（{'、'.join(units)}）；他縣市請用轉他轄。"
        raise invalid("unit", en, zh)


def _must_be_allowed(report: Report, ruling: Ruling, by: Actor) -> None:
    if report.assignee and not by.supervisor:
        raise Forbidden("Given back twice: a supervisor decides it.", "已退回兩次：由督導決定。")
    if takes_supervisor(report, ruling.outcome) and not by.supervisor:
        raise Forbidden("Only a supervisor may lower protection.", "調降保護須由督導決定。")
