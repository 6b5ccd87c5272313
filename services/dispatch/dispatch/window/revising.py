"""A report's document after a person decided it, asked for another look, parted it from another, or took that back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.decisions import Because, Clock, Outcome
from kit.mongo import Document
from kit.telemetry import carried
from rules.working_days import working_day

from dispatch.domain.report.actor import Actor
from dispatch.domain.triage.clocks import clocks_for
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.window.deadlines import promise
from dispatch.window.notes import DECIDE_AGAIN_WITHIN
from dispatch.window.records import SERVED, entry, settle
from dispatch.window.stages import PENDING

UNDO_WITHIN = timedelta(minutes=10)
_ACTED_ON = frozenset(
    {"case_accepted", "case_returned", "delivery_acknowledged", "report_amended", "investigation_begun"}
)
"""Once one of these followed, somebody else relies on the decision: it can be replaced, not undone."""
_STAGE_AGAIN = {"pending": "pending", "returned": "pending", "waiting": "waiting", "settled": "settled"}
"""The stage that an undone decision goes back to; none from `accepted`, where a unit was at work already."""
CHANGED = ("decision", "stage", "accepted", "returned", "promise", "assignee", "breach_at", "breach_since",
           "to_carry", "changed_at", "outbox", "before", "claim", "asked")  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Who changes a report, when, and why: `told` holds a code as `reason` or words as `reason_sealed`."""

    by: Actor
    now: datetime
    told: Mapping[str, str] = field(default_factory=dict)


def decided(
    document: Document, outcome: Outcome, named: Mapping[str, str | None], policy: Policy, act: Act
) -> Document:
    """The decision that a person makes; `named` may hold `unit`, `duplicate_of` and `transferred_to`."""
    before, facts = document["decision"], Facts.of_stored(document["facts"])
    served = outcome in SERVED
    unit = (named.get("unit") or policy.unit(outcome, facts)) if served else None
    to = named.get("transferred_to") if outcome is Outcome.TRANSFERRED else None
    decision: Document = before | {
        "version": before["version"] + 1,
        "outcome": str(outcome),
        "unit": unit,
        "collaborators": [each for each in policy.collaborators_for(facts) if each != unit] if served else [],
        "duplicate_of": named.get("duplicate_of") if outcome is Outcome.DUPLICATE else None,
        "transferred_to": to,
        "until_accepted": False,
        "resources": list(policy.resources_for(facts)) if outcome is Outcome.NO_DISPATCH else [],
        "clocks": [clock.model_dump() for clock in _clocks(policy, document, facts, outcome, act.now)],
        "because": [_by_person(before["outcome"], outcome), *before["because"]],
        "nearest": None,
        "decided_at": act.now,
        "decided_by": act.by.name,
        "by_person": True,
    }
    return decision


def with_decision(document: Document, decision: Document, act: Act) -> Document:
    """The report with a person's decision in force, and what it replaced kept for an undo."""
    stage = "waiting" if decision["outcome"] in SERVED else "settled"
    return _revised(document, decision, stage, "decision_made", act)


def for_review(document: Document, decision: Document, what: str, act: Act) -> Document:
    """The report back in the queue, with what is now only suggested; a unit that was sent stays until it is decided."""
    return _revised(document, decision, PENDING, what, act, promise("decide_again", act.now, DECIDE_AGAIN_WITHIN))


def again(document: Document, decision: Document, act: Act) -> Document:
    """An earlier decision, or the one in force, as the next version of this report's."""
    version = document["decision"]["version"] + 1
    return decision | {"version": version, "decided_at": act.now, "decided_by": act.by.name}


def undone(document: Document, act: Act) -> Document | None:
    """The report as it was before a person's last act, as a new version; None where that can no longer be."""
    if not (before := undoable(document, act.now)):
        return None
    decision, stage = again(document, before["decision"], act), _STAGE_AGAIN[before["stage"]]
    return _revised(document, decision, stage, "undone", act) | {"before": None, "assignee": before.get("assignee")}


def undoable(document: Document, now: datetime) -> Document | None:
    """What the last act replaced, while it may be undone: for ten minutes, until somebody else relies on it."""
    before: Document | None = document.get("before")
    if not before or before["until"] <= now or before["version"] != document["decision"]["version"]:
        return None
    acted_on = _ACTED_ON | ({"delivery_sent"} if document["decision"]["transferred_to"] else set())
    since = (each["what"] for each in document["history"] if each["at"] >= before["at"])
    return None if before["stage"] not in _STAGE_AGAIN or acted_on & set(since) else before


def _revised(  # noqa: PLR0917  what a revision is, in the order in which it is told
    document: Document, decision: Document, stage: str, what: str, act: Act, promised: Document | None = None
) -> Document:
    by, now, cause = act.by, act.now, f"{document['_id']}:{decision['version']}"
    happened = entry(cause, now, what, who=by.name, outcome=decision["outcome"], unit=decision["unit"], **act.told)
    before = {"decision": document["decision"], "stage": document["stage"], "version": decision["version"],
              "assignee": document.get("assignee"),
              "by": by.username, "at": now, "until": now + UNDO_WITHIN}  # fmt: skip
    changed = document | {
        "decision": decision,
        "stage": stage,
        "accepted": None,
        "returned": None,
        "promise": promised,
        "assignee": document.get("assignee") if stage == PENDING else None,
        "claim": None,
        "asked": None if stage != "pending" else document.get("asked"),
        "before": before,
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
