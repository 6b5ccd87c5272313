"""The events of a report's document, and how they wait in its outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.decisions import (
    DecisionMade,
    ReportFoundImproper,
    ReviewRequested,
    SenderAnswered,
    SenderAsked,
    Shortcoming,
)
from contracts.event import Envelope, Event, derived_id
from contracts.topics import DECISIONS
from kit import outbox
from kit.mongo import Document
from kit.outbox import Outgoing

from dispatch.domain.report.verdicts import joins
from dispatch.window.stages import UNDECIDED

SOURCE = "/safetynet/dispatch"


def report_of(document: Document) -> str:
    """The id under which everybody knows the report; what arrived from another county has a document of its own."""
    return str(document.get("report_id", document["_id"]))


def owed(event: Event, cause: str, trace: Mapping[str, str], at: datetime, now: datetime) -> list[Document]:
    """The outbox of a document that owes this event, which `cause` brought about at `at`."""
    id = derived_id("dispatch", cause, event.type)
    envelope = Envelope.of(event, id=id, source=SOURCE, time=at, trace=dict(trace))
    return outbox.entries([Outgoing.of(DECISIONS, envelope)], now)


def decision_event(document: Document) -> DecisionMade | ReviewRequested:
    """What is published of the decision of a report: that it is in force, or that a person must make it."""
    return review_requested(document) if document["stage"] in UNDECIDED else decision_made(document)


def decision_made(document: Document) -> DecisionMade:
    """The event of a decision in force; the reporter's identity never leaves with it."""
    fields = {name: value for name, value in document["decision"].items() if name not in ("relation", "nearest")}
    own = {"sealed": _report_scope(document)} | joins(document)
    return DecisionMade.model_validate(fields | _of_report(document) | own)


def review_requested(document: Document) -> ReviewRequested:
    """The event of a report that waits for a person."""
    decision = document["decision"]
    asked = {"suggested": decision["outcome"], "requested_at": decision["decided_at"]}
    return ReviewRequested.model_validate(decision | _of_report(document) | asked)


def sender_asked(document: Document, told: Mapping[str, str], at: datetime, due_at: datetime) -> SenderAsked:
    """The event of a question to the sender; `told` holds its code as `reason` or its words as `reason_sealed`."""
    question = {"question": told.get("reason"), "question_sealed": told.get("reason_sealed")}
    return SenderAsked.model_validate(_of_report(document) | question | {"asked_at": at, "due_at": due_at})


def sender_answered(document: Document, at: datetime) -> SenderAnswered:
    """The event of a question that is answered."""
    return SenderAnswered.model_validate(_of_report(document) | {"answered_at": at})


def found_improper(document: Document, shortcomings: Sequence[Shortcoming], at: datetime) -> ReportFoundImproper:
    """The event of a report that is incomplete or wrong (不良通報)."""
    return ReportFoundImproper.model_validate(
        _of_report(document) | {"shortcomings": tuple(shortcomings), "found_at": at}
    )


def _of_report(document: Document) -> Document:
    names = ("county", "agency_id", "source_unit", "case_type")
    first = (document.get("arrived_from") or document)["received_at"]
    return {"report_id": report_of(document), "received_at": first} | {name: document[name] for name in names}


def _report_scope(document: Document) -> dict[str, str]:
    return {scope: token for scope, token in document["sealed"].items() if scope == "report"}
