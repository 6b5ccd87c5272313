"""The field visit of the window, and what a visit found: it decides a report, or says how good its screening was."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal
from uuid import uuid4

import yaml
from contracts.decisions import SERVED, Outcome
from contracts.times import At
from kit.problems import Conflict, Forbidden
from kit.sealed import KeyVault
from pydantic import Field
from rules.calendars import NATIONAL
from rules.counties import counties

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.deadlines import promise
from dispatch.domain.report.history import line
from dispatch.domain.report.investigation import Investigations as Setting
from dispatch.domain.report.investigation import Kind, parse_investigations
from dispatch.domain.report.report import Finding as Kept
from dispatch.domain.report.report import Report
from dispatch.domain.report.report import Visit as Begun
from dispatch.domain.report.stages import Stage
from dispatch.window.acts import change, faster, invalid, reason_of, seen
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.store import Reports

LONGEST = timedelta(days=30)
UNSAID = "investigation"
"""The reason of a visit that its kind explains."""
_BEGINS_FROM = (Stage.PENDING, Stage.RETURNED)
GRADED = (*SERVED, Outcome.NO_DISPATCH)


class Found(StrEnum):
    """What a visit found of what was reported."""

    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    NEEDS_ONLY = "needs_only"


class Visit(Again):
    """Who visits the family, and by when; without `due_at` within the county's setting. `reason` as for any act.

    `kind`: of a report that fits none of the kinds an officer may say that it is special, and why.
    """

    reason: str = Field(default=UNSAID, min_length=1, max_length=500)
    kind: Literal["special"] | None = None
    investigator: str = Field(min_length=1, max_length=80)
    due_at: At | None = None


def visit_of(form: Mapping[str, str]) -> Visit:
    """From the board's form, where a time is one of Taipei, as people there read it. Raises ValidationError."""
    at = form.get("due_at")
    return Visit.model_validate({**form, "due_at": f"{at}:00+08:00" if at else None})


class Finding(Again):
    """What was found. During an investigation `outcome` is required and decides; later it is recorded alone."""

    found: Found
    outcome: Outcome | None = None
    unit: str | None = Field(default=None, max_length=80, pattern=r"^[a-z-]+/[a-z_.-]+$")


class Investigating:
    """Sends someone to see before the window decides, and records what they, or later a unit's visit, found."""

    def __init__(self, reports: Reports, vault: KeyVault, rulings: Rulings, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._vault = vault
        self._rulings = rulings
        self._now = now

    async def begin(self, report_id: str, visit: Visit, by: Actor, sees: Sees) -> Report:
        """The report under investigation. Raises NotFound, Forbidden, Conflict, or Unprocessable where none may be."""
        report, now = await seen(self._reports, report_id, sees), self._now()
        if report.assignee and not by.supervisor:
            raise Forbidden("Given back twice: a supervisor decides it.", "已退回兩次：由督導決定。")
        kind = _may_begin(report, visit, now)
        due_at = visit.due_at or NATIONAL.due(setting().within, now)
        if not now < due_at <= now + LONGEST:
            raise invalid("due_at", "Name a time within the next thirty days.", "請填 30 天內的時間。")
        why = await reason_of(self._vault, report, visit.reason)
        after = replace(
            report,
            stage=Stage.INVESTIGATING,
            claim=None,
            returned=None,
            investigation=Begun(kind.id, visit.investigator, by.username, by.name, now, due_at),
            promise=promise("investigation", now, due_at - now),
            history=(*report.history, line(str(uuid4()), now, "investigation_begun", by.name, why)),
        )
        return await self._put(report, after, by, now)

    async def find(self, report_id: str, finding: Finding, by: Actor, sees: Sees) -> Report:
        """The report with what was found; under investigation also decided by it.

        Raises NotFound, Forbidden, Conflict, or Unprocessable for a finding that does not fit the stage.
        """
        report, now = await seen(self._reports, report_id, sees), self._now()
        found = Kept(str(finding.found), finding.outcome, by.username, by.name, now, report.stage)
        if report.stage == Stage.INVESTIGATING:
            return await self._decide(report, finding, found, by, sees)
        if report.pending or report.decision.outcome not in SERVED:
            raise invalid("found", "Nobody has visited the family for this report.", "這件通報尚無人訪視。")
        if report.decision.version != finding.version:
            raise faster(report, now)
        why = await reason_of(self._vault, report, finding.reason)
        happened = line(str(uuid4()), now, "finding_recorded", by.name, why, found=str(finding.found))
        return await self._put(report, replace(report, finding=found, history=(*report.history, happened)), by, now)

    async def _decide(self, report: Report, finding: Finding, found: Kept, by: Actor, sees: Sees) -> Report:
        if finding.outcome not in GRADED:
            raise invalid("outcome", "Say which outcome the visit asks for.", "請選訪視後的處理結果。")
        ruling = Ruling(outcome=finding.outcome, unit=finding.unit, reason=finding.reason, version=finding.version)
        return await self._rulings.rule(report.id, ruling, by, sees, finding=found)

    async def _put(self, before: Report, after: Report, by: Actor, now: datetime) -> Report:
        seen = ("decision.version", "stage", "finding.at", "holds")
        return await change(self._reports, before, replace(after, changed_at=now), by, now, *seen)


@cache
def setting() -> Setting:
    """Which counties investigate which kinds of case. Raises TableError that says how to mend the file."""
    rules = yaml.safe_load((files("dispatch") / "rules" / "investigation.yaml").read_text("utf-8"))
    set_ = counties().items()
    special = frozenset(code for code, each in set_ if each.visits_special_cases)
    return parse_investigations(rules, frozenset(code for code, each in set_ if each.investigates), special)


def kind_of(report: Report) -> Kind | None:
    """The kind under which a report may be investigated now; None where it may not be."""
    if report.stage not in _BEGINS_FROM or not report.holds:
        return None
    return setting().kind_of(report.county, report.facts, report.received_on)


def may_be_special(report: Report) -> bool:
    """Whether an officer may call it a special case and send someone before it is decided."""
    return report.stage in _BEGINS_FROM and report.holds and setting().special_of(report.county) is not None


def _may_begin(report: Report, visit: Visit, now: datetime) -> Kind:
    if report.decision.version != visit.version:
        raise faster(report, now)
    if report.stage not in _BEGINS_FROM:
        raise Conflict("Send it back to the queue first.", "請先退回佇列，再派調查。")
    if visit.kind == "special":
        return _special(report, visit)
    if (kind := kind_of(report)) is None:
        raise invalid(
            "version",
            "This county does not investigate such reports before it decides (a county setting).",
            "本縣市未設定對此類通報先行調查（縣市設定）。",
        )
    return kind


def _special(report: Report, visit: Visit) -> Kind:
    kind = setting().special_of(report.county) if may_be_special(report) else None
    if kind is None:
        raise invalid(
            "kind",
            "The window of this county visits no special cases before it decides (a county setting).",
            "本縣市窗口未設定特殊案件先行訪視（縣市設定）。",
        )
    if visit.reason == UNSAID:
        raise invalid("reason", "Say why this case is special.", "請說明為何是特殊案件。")
    return kind
