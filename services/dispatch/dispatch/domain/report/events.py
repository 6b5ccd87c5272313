"""The events that a report causes, and how they wait to be published."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.decisions import (
    DecisionMade,
    ReportFoundImproper,
    ReviewRequested,
    SenderAnswered,
    SenderAsked,
    Shortcoming,
)
from contracts.event import Envelope, Event, derived_id
from contracts.people import Role
from contracts.topics import DECISIONS
from rules.places import is_listed

from dispatch.domain.report.history import Reason
from dispatch.domain.report.report import Owed, Report
from dispatch.domain.report.verdicts import ties_to_cases

SOURCE = "/safetynet/dispatch"


def owed(event: Event, cause: str, trace: Mapping[str, str], at: datetime, now: datetime) -> Owed:
    """This event on its way, which `cause` brought about at `at`."""
    id = derived_id("dispatch", cause, event.type)
    envelope = Envelope.of(event, id=id, source=SOURCE, time=at, trace=dict(trace))
    return Owed(envelope.id, DECISIONS.name, envelope.subject, envelope.headers(), envelope.data, now)


def decision_event(report: Report) -> DecisionMade | ReviewRequested:
    """What is published of the decision of a report: that it is in force, or that a person must make it."""
    return review_requested(report) if report.pending else decision_made(report)


def decision_made(report: Report) -> DecisionMade:
    """The event of a decision in force; the reporter's identity never leaves with it."""
    decision = report.decision
    return DecisionMade(
        **_of_report(report),
        **ties_to_cases(report),
        version=decision.version,
        outcome=decision.outcome,
        priority=decision.priority,
        unit=decision.unit,
        collaborators=decision.collaborators,
        duplicate_of=decision.duplicate_of,
        transferred_to=decision.transferred_to,
        until_accepted=decision.until_accepted,
        because=decision.because,
        table=decision.table,
        clocks=decision.clocks,
        resources=decision.resources,
        needs=tuple(sorted(report.facts.needs)),
        kinds=tuple(sorted(report.facts.kinds)),
        crisis_grade=report.facts.crisis_grade,
        township=report.township,
        village=village_of(report),
        people=report.people,
        sealed={scope: token for scope, token in report.sealed.items() if scope == "report"},
        decided_at=decision.decided_at,
        decided_by=decision.decided_by,
    )


def village_of(report: Report) -> str | None:
    """The listed village of the place that gave the report its township: of the event, else of its subject's home."""
    event, people = report.public.get("event") or {}, report.public.get("people") or ()
    homes = (each.get("residence") for each in people if each.get("role") == Role.SUBJECT)
    places = (each for each in (event.get("place"), *homes) if each and each.get("township") == report.township)
    named = ((each["village"], each.get("county") or report.county) for each in places if each.get("village"))
    # What the list does not have may name somebody.
    return next((village for village, county in named if is_listed(village, report.township, county)), None)


def review_requested(report: Report) -> ReviewRequested:
    """The event of a report that waits for a person."""
    decision = report.decision
    return ReviewRequested(
        **_of_report(report),
        version=decision.version,
        suggested=decision.outcome,
        priority=decision.priority,
        because=decision.because,
        clocks=decision.clocks,
        requested_at=decision.decided_at,
    )


def sender_asked(report: Report, question: Reason, at: datetime, due_at: datetime) -> SenderAsked:
    """The event of a question to the sender."""
    words: dict[str, Any] = {"question": question.code, "question_sealed": question.sealed}
    return SenderAsked(**_of_report(report), **words, asked_at=at, due_at=due_at)


def sender_answered(report: Report, at: datetime) -> SenderAnswered:
    """The event of a question that is answered."""
    return SenderAnswered(**_of_report(report), answered_at=at)


def found_improper(report: Report, shortcomings: Sequence[Shortcoming], at: datetime) -> ReportFoundImproper:
    """The event of a report that is incomplete or wrong (不良通報)."""
    return ReportFoundImproper(**_of_report(report), shortcomings=tuple(shortcomings), found_at=at)


def _of_report(report: Report) -> dict[str, Any]:
    """What every event says of it; each takes what it has a field for."""
    return {
        "report_id": report.known_as,
        "county": report.county,
        "agency_id": report.agency_id,
        "source_unit": report.source_unit,
        "case_type": report.case_type,
        "received_at": report.arrived_from.received_at if report.arrived_from else report.received_at,
    }
