"""The versions of a report: as it was received, amended, raised by a graver telling, or taken over from a county."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.decisions import SERVED, Outcome, PersonKey
from contracts.reports import CaseType
from rules.people import Keys
from rules.spans import TAIPEI

from dispatch.domain.people.ties import UNTIED, Ties
from dispatch.domain.report.decision import Decision, Said
from dispatch.domain.report.events import decision_event, owed, sender_answered
from dispatch.domain.report.history import Line, line
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.report import Owed, Report, altered
from dispatch.domain.report.stages import Stage
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Triage


@dataclass(frozen=True)
class Arrival:
    """One version of a report as it came: `cause` is the event's id, `sealed` its tokens, `at` when it came."""

    cause: str
    incoming: Incoming
    keys: Keys
    public: Mapping[str, Any]
    sealed: Mapping[str, str]
    serial: str | None
    trace: Mapping[str, str]
    amends: bool
    at: datetime
    people: tuple[PersonKey, ...] = ()
    ties: Ties = UNTIED


def first_version(arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Report:
    """A report seen for the first time, with its decision and the event to publish."""
    incoming, decision = arrival.incoming, decision_of(triage, version=1, now=now)
    report = Report(
        id=incoming.report_id,
        county=incoming.county,
        agency_id=incoming.agency_id,
        source_unit=incoming.source_unit,
        serial=arrival.serial,
        received_at=incoming.received_at,
        day=day_of(incoming.received_at),
        sealed=dict(arrival.sealed),
        decision=decision,
        stage=_stage(decision.outcome, pending=triage.review),
        said=Said(decision.outcome, decision.priority),
        history=(_came(arrival), _decided(arrival.cause, decision, pending=triage.review)),
        **_told(arrival, facts),
    )
    return settled(report, arrival.cause, arrival.trace, now)


def next_version(existing: Report, arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Report:
    """The report after an amendment: decided anew, nothing of its history lost.

    An amendment never lowers what stands: then a person decides. A unit that a person chose stays.
    """
    pending = triage.review or _is_a_persons(existing, triage)
    visited = pending and existing.stage == Stage.INVESTIGATING
    decision = decision_of(triage, version=existing.decision.version + 1, now=now)
    report = replace(
        existing,
        sealed=_sealed(existing, arrival),
        decision=decision,
        stage=Stage.INVESTIGATING if visited else _stage(decision.outcome, pending=pending),
        said=Said(decision.outcome, decision.priority),
        assignee=existing.assignee if pending else None,
        asked=None,
        improper=None,
        promise=existing.promise if visited else None,
        outbox=(*existing.outbox, *_answers(existing, arrival, now)),
        history=(*existing.history, _came(arrival), _decided(arrival.cause, decision, pending=pending)),
        **_told(arrival, facts),
    )
    return settled(_as_it_stood(existing, report), arrival.cause, arrival.trace, now)


def _as_it_stood(before: Report, after: Report) -> Report:
    """The unit that a person chose, and its answer, where the amendment asks for nothing else."""
    chosen, decision = before.decision, after.decision
    if chosen.by_person and chosen.outcome == decision.outcome and not before.pending:
        decision = replace(decision, unit=chosen.unit, collaborators=chosen.collaborators)
        after = replace(after, decision=decision)
    if (chosen.outcome, chosen.unit) == (decision.outcome, decision.unit) and after.stage == Stage.WAITING:
        return after if before.pending else replace(after, stage=before.stage)
    return replace(after, accepted=None, returned=None)


def raised(first: Report, by: Arrival, triage: Triage, now: datetime) -> Report:
    """The first report of an event after a graver telling of it: decided anew, and a unit asked again."""
    decision, cause = decision_of(triage, version=first.decision.version + 1, now=now), f"{by.cause}:raised"
    happened = line(cause, now, "raised", by.incoming.agency_id, report_id=by.incoming.report_id)
    report = replace(
        first,
        decision=decision,
        stage=_stage(decision.outcome, pending=triage.review),
        accepted=None,
        returned=None,
        promise=None,
        assignee=None,
        history=(*first.history, happened, _decided(cause, decision, pending=triage.review)),
    )
    return settled(report, cause, by.trace, now)


def taken_over(report: Report, arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Report:
    """A report that another county sent, decided here: its decisions go on counting their versions."""
    decision = decision_of(triage, version=report.decision.version + 1, now=now)
    changed = replace(
        report,
        facts=facts,
        **tied(arrival.ties),
        decision=decision,
        said=Said(decision.outcome, decision.priority),
        stage=_stage(decision.outcome, pending=triage.review),
        history=(*report.history, _decided(arrival.cause, decision, pending=triage.review)),
    )
    return settled(changed, arrival.cause, arrival.trace, now)


def settled(report: Report, cause: str, trace: Mapping[str, str], now: datetime) -> Report:
    """The report with its mark of change, whether it must be carried, and the event of its decision."""
    event = owed(decision_event(report), cause, trace, report.decision.decided_at, now)
    sent = report.stage == Stage.SETTLED and bool(report.decision.transferred_to)
    waits = report.transfer is not None and report.transfer.state == "waiting"
    return altered(report, to_carry=waits or sent, changed_at=now, outbox=(*report.outbox, event))


def decision_of(triage: Triage, *, version: int, now: datetime) -> Decision:
    """The decision of a table."""
    return Decision(
        version=version,
        outcome=triage.outcome,
        priority=triage.priority,
        unit=triage.unit,
        collaborators=triage.collaborators,
        duplicate_of=triage.duplicate_of,
        transferred_to=triage.transferred_to,
        because=triage.because,
        nearest=triage.nearest,
        clocks=triage.clocks,
        resources=triage.resources,
        relation=triage.relation,
        competence=triage.competence,
        table=triage.table,
        decided_at=now,
        decided_by=f"table:{triage.table.county}:{triage.table.in_force_from}",
    )


def rank(outcome: Outcome) -> int:
    """How protective an outcome is: 0 protects most."""
    return SERVED.index(outcome) if outcome in SERVED else len(SERVED)


def tied(ties: Ties) -> dict[str, Any]:
    """The fields of the keys that may bring a report into a case, its kin beside them, and whom it counts as."""
    return {"family": tuple(sorted(ties.family)), "kin": ties.kin, "person": ties.person}


def day_of(at: datetime) -> str:
    """The day in Taipei."""
    return at.astimezone(TAIPEI).date().isoformat()


def _told(arrival: Arrival, facts: Facts) -> dict[str, Any]:
    """The fields that a version tells."""
    incoming = arrival.incoming
    return {
        "version": incoming.version,
        "case_type": CaseType(facts.case_type),
        "occurred_at": incoming.report.event.occurred_at,
        "township": facts.township or facts.residence_township,
        "public": dict(arrival.public),
        "flags": incoming.flags,
        "facts": facts,
        "keys": arrival.keys,
        "people": arrival.people,
        **tied(arrival.ties),
    }


def _sealed(report: Report, arrival: Arrival) -> dict[str, str]:
    """The tokens of a version; the reporter's identity stays with the county that took the report."""
    return {scope: token for scope, token in arrival.sealed.items() if not report.arrived_from or scope == "report"}


def _is_a_persons(before: Report, triage: Triage) -> bool:
    """An amendment never lowers what stands; it decides what waits for a supervisor or a visit only to raise it."""
    lowers = (rank(triage.outcome), triage.priority) > (rank(before.decision.outcome), before.decision.priority)
    waits = before.assignee is not None or before.stage == Stage.INVESTIGATING
    return (lowers and not before.pending) or (waits and rank(triage.outcome) >= rank(before.decision.outcome))


def _answers(report: Report, arrival: Arrival, now: datetime) -> tuple[Owed, ...]:
    """An amendment answers what its sender was asked."""
    if not report.asked:
        return ()
    return (owed(sender_answered(report, arrival.at), arrival.cause, arrival.trace, arrival.at, now),)


def _stage(outcome: Outcome, *, pending: bool) -> Stage:
    if pending:
        return Stage.PENDING
    return Stage.WAITING if outcome in SERVED else Stage.SETTLED


def _came(arrival: Arrival) -> Line:
    what = "report_amended" if arrival.amends else "report_received"
    return line(arrival.cause, arrival.at, what, arrival.incoming.agency_id)


def _decided(cause: str, decision: Decision, *, pending: bool) -> Line:
    what = "review_requested" if pending else "decision_made"
    named: dict[str, Any] = {"outcome": decision.outcome, "unit": decision.unit, "version": decision.version}
    return line(cause, decision.decided_at, what, decision.decided_by, **named)
