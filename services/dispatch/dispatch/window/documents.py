"""A report as MongoDB keeps it: read and written by its type, in the shape that queries and indexes know."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from contracts.decisions import SERVED, Outcome
from contracts.reports import CaseType, SourceUnit
from pydantic import TypeAdapter
from rules.people import Keys

from dispatch.domain.people.duplicates import Known
from dispatch.domain.report.news import News
from dispatch.domain.report.report import Report
from dispatch.domain.report.service import ENDED
from dispatch.domain.report.stages import UNDECIDED

Document = dict[str, Any]

_REPORT = TypeAdapter(Report)
_PARTS: dict[type, TypeAdapter[Any]] = {}
_STORED = {"id": "_id", "public": "report"}
_AS_THEY_ARE = {"public", "sealed", "facts", "keys"}
_PUSHED = {"history", "outbox"}
_CHANGED = tuple(each.name for each in fields(Report) if each.name not in _PUSHED)
_SELDOM = {"report_id": None, "family": None, "person": None, "claim": None, "investigation": None, "finding": None,
           "verdicts": (), "arrived_from": None, "holds": True, "before": None, "case_id": None,
           "service": None, "escalated": None}  # fmt: skip
"""Fields that a document has only where they say something: some of their indexes are sparse."""


def report_of(document: Document) -> Report:
    """Of a whole document, or of one without what no list shows."""
    return _REPORT.validate_python(document)


COMPARED = dict.fromkeys(
    (
        "report_id", "received_at", "occurred_at", "case_type", "source_unit", "agency_id", "county", "stage", "person",
        "facts.kinds", "facts.township", "keys", "decision.outcome", "decision.duplicate_of", "decision.unit",
        "decision.priority", "service.state", "service.watched_until",
    ), 1,
)  # fmt: skip
"""The fields of a report that a later one is compared with: a quarter of it."""


def known_of(document: Mapping[str, Any]) -> Known:
    """The same as `known` of the whole report."""
    decision, facts, service = document["decision"], document["facts"], document.get("service") or {}
    return Known(
        report_id=document.get("report_id") or document["_id"],
        received_at=document["received_at"],
        occurred_at=document["occurred_at"],
        case_type=CaseType(document["case_type"]),
        source_unit=SourceUnit(document["source_unit"]),
        agency_id=document["agency_id"],
        kinds=tuple(facts.get("kinds", ())),
        township=facts.get("township"),
        keys=Keys.of_stored(document["keys"]),
        outcome=None if document["stage"] in UNDECIDED else Outcome(decision["outcome"]),
        duplicate_of=decision["duplicate_of"],
        unit=decision["unit"],
        priority=decision["priority"],
        person=document.get("person"),
        county=document["county"],
        ended=service.get("state") in ENDED,
        watched_until=service.get("watched_until"),
    )


def document_of(report: Report) -> Document:
    """The whole document; the same for the same report."""
    document: Document = _REPORT.dump_python(report, by_alias=True, exclude=_AS_THEY_ARE)
    for name, usual in _SELDOM.items():
        if document[name] == usual:
            del document[name]
    for name in ("history", "verdicts"):
        if name in document:
            document[name] = [said(each) for each in document[name]]
    if transfer := document["transfer"]:
        document["transfer"] = said(transfer)
    return document | {"report": report.public, "sealed": report.sealed, "facts": report.facts.stored(),
                       "keys": report.keys.stored()}  # fmt: skip


def changes_of(before: Report, after: Report) -> Document:
    """The fields that differ, as they are stored; without history and outbox, which only grow."""
    changed = [name for name in _CHANGED if getattr(before, name) != getattr(after, name)]
    document = document_of(after)
    stored = [_STORED.get(name, name) for name in changed]
    return {name: document.get(name, _SELDOM.get(name)) for name in stored}


def grown(before: Report, after: Report) -> dict[str, Document]:
    """What is to be pushed onto history and outbox."""
    pushed = {name: getattr(after, name)[len(getattr(before, name)) :] for name in _PUSHED}
    return {name: {"$each": [said(plain(each)) for each in new]} for name, new in pushed.items() if new}


def as_seen(report: Report, names: Sequence[str]) -> Document:
    """Finds the report while these fields, such as `decision.version`, are as they were; of its history the length."""
    return {name: _seen(report, name) for name in names}


def told(news: News, now: datetime) -> tuple[Document, Document]:
    """Finds the report that the news is of, and what it changes there."""
    query: Document = _of(news) | {"holds": {"$ne": False}, "history.id": {"$ne": news.line.id}}
    if news.asks:
        query["decision.outcome"] = {"$in" if news.asks == "a_unit" else "$nin": list(SERVED)}
    if news.decided_by:
        # An answer to a decision that was replaced says nothing of the one in force.
        query |= {"decision.decided_at": {"$lte": news.decided_by}, "stage": {"$nin": list(UNDECIDED)}}
    if news.taken_from:
        query["accepted.unit"] = news.taken_from
    if news.returned:
        often = {"$gte": news.often_from - 1}
        query["returns"] = often if news.returned == "often" else {"$not": often}
    sets = {name: plain(value) for name, value in news.changes.items()} | {"changed_at": now}
    counted = {"$inc": {"returns": 1}} if news.returned else {}
    return query, {"$push": {"history": said(plain(news.line))}, "$set": sets} | counted


def _of(news: News) -> Document:
    if news.case_id:
        return {"case_id": news.case_id, "service.version": {"$not": {"$gte": news.case_version}}}
    return {"$or": [{"_id": news.report_id}, {"report_id": news.report_id}]}


def _seen(report: Report, name: str) -> Any:
    if name == "history":
        return {"$size": len(report.history)}
    if name == "holds":
        return {"$ne": False} if report.holds else False
    value: Any = report
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def plain(value: Any) -> Any:
    """A value of a report as it is stored."""
    kind = type(value)
    if kind not in _PARTS:
        _PARTS[kind] = TypeAdapter(kind)
    return _PARTS[kind].dump_python(value, by_alias=True)


def said(document: Mapping[str, Any]) -> Document:
    """Without what it does not say."""
    return {name: value for name, value in document.items() if value is not None}
