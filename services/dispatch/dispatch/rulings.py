"""A person decides: a report that waits for review, or another outcome than the one in force."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from contracts.decisions import Because, Clock, Outcome
from contracts.event import Code, Model
from contracts.reports import ReportId
from kit.mongo import Document
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from kit.sealed import KeyVault
from kit.telemetry import carried
from pydantic import Field

from contracts import codes
from dispatch.domain.clocks import clocks_for
from dispatch.domain.county import Policy
from dispatch.domain.facts import TAIPEI, Facts
from dispatch.policy import Policies, working_day
from dispatch.records import SERVED, entry, rank, settle
from dispatch.store import Reports

_A_CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")


class Ruling(Model):
    """What an officer asks for. `version` is the decision's that was looked at; `reason` a code or a sentence."""

    outcome: Outcome
    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(ge=1)
    unit: str | None = Field(default=None, max_length=80, pattern=r"^[a-z-]+/[a-z_.-]+$")
    duplicate_of: ReportId | None = Field(default=None, max_length=64)
    transferred_to: Code | None = None


@dataclass(frozen=True)
class Ruler:
    """Who decides: a name for the record, and whether as supervisor."""

    name: str
    supervisor: bool


class Rulings:
    """Puts a person's decision in force, if it may and nobody was faster."""

    def __init__(self, reports: Reports, vault: KeyVault, policies: Policies, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._vault = vault
        self._policies = policies
        self._now = now

    async def rule(self, report_id: str, ruling: Ruling, by: Ruler, sees: Callable[[str], bool]) -> Document:
        """The report with the decision in force. Raises NotFound, Forbidden, Conflict or Unprocessable."""
        document = await self._reports.one(report_id)
        if document is None or not sees(document["county"]):
            raise NotFound("No such report here.", "查無此通報。")
        _must_be_current(document, ruling)
        _must_be_allowed(document, ruling, by)
        await self._must_fit(document, ruling)
        changed = self._changed(document, ruling, by, await self._told(report_id, ruling.reason))
        changes = {
            name: changed[name]
            for name in ("decision", "stage", "accepted", "returned", "breach_at", "changed_at", "outbox")
        }
        if not await self._reports.replace_decision(report_id, ruling.version, dict(changes), changed["history"][-1]):
            raise _overtaken()
        self._reports.outbox.send([{"_id": report_id, "outbox": changes["outbox"]}])
        return changed

    async def _must_fit(self, document: Document, ruling: Ruling) -> None:
        if ruling.outcome is Outcome.DUPLICATE:
            original = await self._reports.one(ruling.duplicate_of) if ruling.duplicate_of else None
            if original is None or original["county"] != document["county"] or original["_id"] == document["_id"]:
                raise _invalid(
                    "duplicate_of", "Name the earlier report of this county.", "請填本縣市先前那件通報的編號。"
                )
        if ruling.outcome is Outcome.TRANSFERRED:
            others = set(codes.names("counties", date.max)) - {document["county"]}
            if ruling.transferred_to not in others:
                raise _invalid("transferred_to", "Name another county by its code.", "請填他縣市代碼。")
        if ruling.unit and ruling.outcome in SERVED and not ruling.unit.startswith(f"{document['county']}/"):
            en, zh = "Name a unit of this county, or transfer the report.", "請填本縣市單位；他縣市請用轉他轄。"
            raise _invalid("unit", en, zh)

    async def _told(self, report_id: str, reason: str) -> dict[str, str]:
        """A reason in free text may name someone, so it is sealed; a code is kept as it is."""
        if _A_CODE.fullmatch(reason):
            return {"reason": reason}
        key = self._vault.new_key(report_id, "report")
        await self._vault.keep([key])
        return {"reason_sealed": key.seal({"reason": reason})}

    def _changed(self, document: Document, ruling: Ruling, by: Ruler, told: dict[str, str]) -> Document:
        before, facts, now = document["decision"], Facts.of_stored(document["facts"]), self._now()
        policy = self._policies.in_force(document["county"], document["received_at"].astimezone(TAIPEI).date())
        served = ruling.outcome in SERVED
        unit = (ruling.unit or policy.unit(ruling.outcome, facts)) if served else None
        decision = before | {
            "version": before["version"] + 1,
            "outcome": str(ruling.outcome),
            "unit": unit,
            "collaborators": [each for each in policy.collaborators_for(facts) if each != unit] if served else [],
            "duplicate_of": ruling.duplicate_of if ruling.outcome is Outcome.DUPLICATE else None,
            "transferred_to": ruling.transferred_to if ruling.outcome is Outcome.TRANSFERRED else None,
            "resources": list(policy.resources_for(facts)) if ruling.outcome is Outcome.NO_DISPATCH else [],
            "clocks": [clock.model_dump() for clock in _clocks(policy, document, facts, ruling.outcome, now)],
            "because": [_by_person(before["outcome"], ruling.outcome), *before["because"]],
            "nearest": None,
            "decided_at": now,
            "decided_by": by.name,
            "by_person": True,
        }
        cause = f"{document['_id']}:{decision['version']}"
        happened = entry(cause, now, "decision_made", who=by.name, outcome=decision["outcome"], unit=unit, **told)
        changed = document | {
            "decision": decision,
            "stage": "waiting" if served else "settled",
            "accepted": None,
            "returned": None,
            "history": [*document["history"], happened | {"version": decision["version"]}],
            "outbox": [],
        }
        return settle(changed, cause, carried(), now)


def _clocks(policy: Policy, document: Document, facts: Facts, outcome: Outcome, now: datetime) -> tuple[Clock, ...]:
    starts = {"received": document["received_at"], "graded": now, "dispatched": now}
    return clocks_for(policy.clocks, facts, outcome, document["decision"]["priority"], starts, working_day)


def _by_person(before: str, after: Outcome) -> Document:
    facts = {"before": before, "after": str(after)}
    return Because(row="person", zh="由篩派人員決定", en="decided by a duty officer", facts=facts).model_dump()


def _must_be_current(document: Document, ruling: Ruling) -> None:
    if document["decision"]["version"] != ruling.version:
        raise _overtaken()


def _must_be_allowed(document: Document, ruling: Ruling, by: Ruler) -> None:
    """Anyone of the window may raise; lowering protection, or below a danger sign, takes a supervisor (rules.yaml)."""
    before, danger = document["decision"]["outcome"], Facts.of_stored(document["facts"]).danger_count > 0
    lowers = rank(ruling.outcome) > rank(before)
    if lowers and not by.supervisor and (danger or rank(before) == 0):
        raise Forbidden("Only a supervisor may lower protection.", "調降保護須由督導決定。")


def _overtaken() -> Conflict:
    return Conflict(
        "This decision was changed since you looked at it. Look again, then decide.",
        "這筆決定在您查看之後已有變更，請重新查看後再決定。",
    )


def _invalid(at: str, en: str, zh: str) -> Unprocessable:
    return Unprocessable(en, zh, errors=[{"at": f"/{at}", "code": "invalid", "en": en, "zh": zh}])
