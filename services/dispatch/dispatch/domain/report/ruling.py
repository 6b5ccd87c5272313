"""A report after a person decided it, asked for another look, parted it from another, or took that back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.decisions import SERVED, Because, Clock, Outcome
from rules.counties import settings_of

from dispatch.domain.report.actor import Act
from dispatch.domain.report.deadlines import promise
from dispatch.domain.report.decision import Decision
from dispatch.domain.report.history import line
from dispatch.domain.report.report import Before, Report
from dispatch.domain.report.stages import Stage
from dispatch.domain.report.versions import rank, settled
from dispatch.domain.triage.clocks import clocks_for
from dispatch.domain.triage.county import Policy

_ACTED_ON = frozenset(
    {"case_accepted", "case_returned", "delivery_acknowledged", "report_amended", "investigation_begun"}
)
"""Once one of these followed, somebody else relies on the decision: it can be replaced, not undone."""
_STAGE_AGAIN: Mapping[Stage, Stage] = {
    Stage.PENDING: Stage.PENDING,
    Stage.RETURNED: Stage.PENDING,
    Stage.WAITING: Stage.WAITING,
    Stage.SETTLED: Stage.SETTLED,
}
"""The stage that an undone decision goes back to; none from `accepted`, where a unit was at work already."""


@dataclass(frozen=True)
class Choice:
    """What a person decides; `until_accepted` says that the other county must accept it here."""

    outcome: Outcome
    unit: str | None = None
    duplicate_of: str | None = None
    transferred_to: str | None = None
    until_accepted: bool = False


def decided(report: Report, choice: Choice, policy: Policy, act: Act) -> Decision:
    """The decision that a person makes: of what they name only what belongs to its outcome."""
    before, facts, outcome = report.decision, report.facts, choice.outcome
    unit = (choice.unit or policy.unit(outcome, facts)) if outcome in SERVED else None
    starts = {"received": report.received_at, "graded": act.now, "dispatched": act.now}
    return replace(
        before,
        version=before.version + 1,
        outcome=outcome,
        unit=unit,
        collaborators=_beside(unit, policy.collaborators_for(facts)) if outcome in SERVED else (),
        duplicate_of=choice.duplicate_of if outcome is Outcome.DUPLICATE else None,
        transferred_to=choice.transferred_to if outcome is Outcome.TRANSFERRED else None,
        until_accepted=choice.until_accepted and outcome is Outcome.TRANSFERRED,
        resources=policy.resources_for(facts) if outcome is Outcome.NO_DISPATCH else (),
        clocks=clocks_for(policy.clocks, facts, outcome, before.priority, starts, policy.days),
        because=(_by_person(before.outcome, outcome), *before.because),
        nearest=None,
        decided_at=act.now,
        decided_by=act.by.name,
        by_person=True,
    )


def with_decision(report: Report, decision: Decision, act: Act) -> Report:
    """The report with a person's decision in force, and what it replaced kept for an undo."""
    stage = Stage.WAITING if decision.outcome in SERVED else Stage.SETTLED
    return _revised(report, decision, stage, "decision_made", act)


def for_review(report: Report, decision: Decision, what: str, act: Act) -> Report:
    """The report back in the queue, with what is now only suggested; a unit that was sent stays until it is decided."""
    owed = promise("decide_again", act.now, settings_of(report.county).decided_again_within)
    return _revised(report, decision, Stage.PENDING, what, act, owed)


def again(report: Report, decision: Decision, act: Act) -> Decision:
    """An earlier decision, or the one in force, as the next version of this report's."""
    return replace(decision, version=report.decision.version + 1, decided_at=act.now, decided_by=act.by.name)


def undone(report: Report, act: Act) -> Report | None:
    """The report as it was before a person's last act, as a new version; None where that can no longer be."""
    if not (before := undoable(report, act.now)):
        return None
    back = _revised(report, again(report, before.decision, act), _STAGE_AGAIN[before.stage], "undone", act)
    return replace(back, before=None, assignee=before.assignee)


def undoable(report: Report, now: datetime) -> Before | None:
    """What the last act replaced, while it may be undone: for a short time, until somebody else relies on it."""
    before = report.before
    if not before or before.until <= now or before.version != report.decision.version:
        return None
    acted_on = _ACTED_ON | ({"delivery_sent"} if report.decision.transferred_to else set())
    since = {each.what for each in report.history if each.at >= before.at}
    return None if before.stage not in _STAGE_AGAIN or acted_on & since else before


def takes_supervisor(report: Report, outcome: Outcome) -> bool:
    """Anyone of the window may raise; lowering protection, or below a danger sign, takes a supervisor (rules.yaml)."""
    before, danger = rank(report.decision.outcome), report.facts.danger_count > 0
    return rank(outcome) > before and (danger or before == 0)


def _revised(  # noqa: PLR0917  what a revision is, in the order in which it is told
    report: Report, decision: Decision, stage: Stage, what: str, act: Act, promised: Clock | None = None
) -> Report:
    by, now, cause = act.by, act.now, f"{report.id}:{decision.version}"
    undo_until = now + settings_of(report.county).undo_within
    happened = line(
        cause, now, what, by.name, act.why,
        outcome=decision.outcome, unit=decision.unit, version=decision.version,
    )  # fmt: skip
    changed = replace(
        report,
        decision=decision,
        stage=stage,
        accepted=None,
        returned=None,
        promise=promised,
        assignee=report.assignee if stage == Stage.PENDING else None,
        claim=None,
        asked=report.asked if stage == Stage.PENDING else None,
        before=Before(report.decision, report.stage, decision.version, by.username, now, undo_until, report.assignee),
        history=(*report.history, happened),
    )
    return settled(changed, cause, act.trace, now)


def _beside(unit: str | None, units: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in units if each != unit)


def _by_person(before: Outcome, after: Outcome) -> Because:
    facts = {"before": str(before), "after": str(after)}
    return Because(row="person", zh="由篩派人員決定", en="decided by a duty officer", facts=facts)
