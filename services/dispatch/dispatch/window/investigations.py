"""The field visit of the window, and what a visit found: it decides a report, or says how good its screening was."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from uuid import uuid4

import yaml
from contracts.decisions import Outcome
from kit.mongo import Document
from kit.problems import Conflict, Forbidden, Unprocessable
from kit.sealed import KeyVault
from pydantic import AwareDatetime, Field
from rules.counties import counties
from rules.spans import TAIPEI, due
from rules.working_days import working_day

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.investigation import Investigations as Setting
from dispatch.domain.report.investigation import Kind, parse_investigations
from dispatch.domain.triage.facts import Facts
from dispatch.window.claims import faster, free_for, seen
from dispatch.window.deadlines import promise, watch
from dispatch.window.events import report_of
from dispatch.window.records import SERVED, entry
from dispatch.window.rulings import Again, Ruling, Rulings, told_of
from dispatch.window.stages import INVESTIGATING, PENDING, RETURNED, UNDECIDED, holds
from dispatch.window.store import Reports

LONGEST = timedelta(days=30)
_BEGINS_FROM = (PENDING, RETURNED)
GRADED = (*SERVED, Outcome.NO_DISPATCH)


class Found(StrEnum):
    """What a visit found of what was reported."""

    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    NEEDS_ONLY = "needs_only"


class Visit(Again):
    """Who visits the family, and by when; without `due_at` within the county's setting. `reason` as for any act."""

    reason: str = Field(default="investigation", min_length=1, max_length=500)
    investigator: str = Field(min_length=1, max_length=80)
    due_at: AwareDatetime | None = None


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

    async def begin(self, report_id: str, visit: Visit, by: Actor, sees: Sees) -> Document:
        """The report under investigation. Raises NotFound, Forbidden, Conflict, or Unprocessable where none may be."""
        document, now = await seen(self._reports, report_id, sees), self._now()
        if document.get("assignee") and not by.supervisor:
            raise Forbidden("Given back twice: a supervisor decides it.", "已退回兩次：由督導決定。")
        kind = _may_begin(document, visit, now)
        due_at = visit.due_at or due(setting().within, now, working_day)
        if not now < due_at <= now + LONGEST:
            raise _invalid("due_at", "Name a time within the next thirty days.", "請填 30 天內的時間。")
        told = await told_of(self._vault, report_of(document), visit.reason)
        happened = entry(str(uuid4()), now, "investigation_begun", who=by.name, unit=None, **told)
        sets = {"stage": INVESTIGATING, "claim": None, "returned": None, "changed_at": now,
                "investigation": {"kind": kind.id, "investigator": visit.investigator, "by": by.username,
                                  "name": by.name, "at": now, "due_at": due_at},
                "promise": promise("investigation", now, due_at - now)}  # fmt: skip
        return await self._put(document, sets | watch(document | sets), happened, by)

    async def find(self, report_id: str, finding: Finding, by: Actor, sees: Sees) -> Document:
        """The report with what was found; under investigation also decided by it.

        Raises NotFound, Forbidden, Conflict, or Unprocessable for a finding that does not fit the stage.
        """
        document, now = await seen(self._reports, report_id, sees), self._now()
        found = {"found": str(finding.found), "outcome": finding.outcome and str(finding.outcome), "name": by.name,
                 "by": by.username, "at": now, "stage": document["stage"]}  # fmt: skip
        if document["stage"] == INVESTIGATING:
            return await self._decide(document, finding, found, by, sees)
        if document["stage"] in UNDECIDED or document["decision"]["outcome"] not in SERVED:
            raise _invalid("found", "Nobody has visited the family for this report.", "這件通報尚無人訪視。")
        if document["decision"]["version"] != finding.version:
            raise faster(document, now)
        told = await told_of(self._vault, report_of(document), finding.reason)
        happened = entry(str(uuid4()), now, "finding_recorded", who=by.name, found=str(finding.found), **told)
        return await self._put(document, {"finding": found, "changed_at": now}, happened, by)

    async def _decide(self, document: Document, finding: Finding, found: Document, by: Actor, sees: Sees) -> Document:
        if finding.outcome not in GRADED:
            raise _invalid("outcome", "Say which outcome the visit asks for.", "請選訪視後的處理結果。")
        ruling = Ruling(outcome=finding.outcome, unit=finding.unit, reason=finding.reason, version=finding.version)
        return await self._rulings.rule(document["_id"], ruling, by, sees, finding=found)

    async def _put(self, before: Document, sets: Document, happened: Document, by: Actor) -> Document:
        id, now = before["_id"], happened["at"]
        earlier = (before.get("finding") or {}).get("at")
        same = {"decision.version": before["decision"]["version"], "stage": before["stage"], "finding.at": earlier}
        if not await self._reports.change(id, same | {"holds": {"$ne": False}} | free_for(by, now), sets, happened):
            raise faster(await self._reports.one(id), now)
        return before | sets | {"history": [*before["history"], happened]}


@cache
def setting() -> Setting:
    """Which counties investigate which kinds of case. Raises TableError that says how to mend the file."""
    rules = yaml.safe_load((files("dispatch") / "rules" / "investigation.yaml").read_text("utf-8"))
    return parse_investigations(rules, frozenset(code for code, each in counties().items() if each.investigates))


def kind_of(document: Document) -> Kind | None:
    """The kind under which a report may be investigated now; None where it may not be."""
    on = document["received_at"].astimezone(TAIPEI).date()
    if document["stage"] not in _BEGINS_FROM or not holds(document):
        return None
    return setting().kind_of(document["county"], Facts.of_stored(document["facts"]), on)


def _may_begin(document: Document, visit: Visit, now: datetime) -> Kind:
    if document["decision"]["version"] != visit.version:
        raise faster(document, now)
    if document["stage"] not in _BEGINS_FROM:
        raise Conflict("Send it back to the queue first.", "請先退回佇列，再派調查。")
    if (kind := kind_of(document)) is None:
        raise _invalid(
            "version",
            "This county does not investigate such reports before it decides (a county setting).",
            "本縣市未設定對此類通報先行調查（縣市設定）。",
        )
    return kind


def _invalid(at: str, en: str, zh: str) -> Unprocessable:
    return Unprocessable(en, zh, errors=[{"at": f"/{at}", "code": "invalid", "en": en, "zh": zh}])
