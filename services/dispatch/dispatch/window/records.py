"""A report's document: its facts, its decision in force, what happened to it, and the events it owes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.decisions import Outcome
from kit.mongo import Document
from rules.people import Keys
from rules.spans import TAIPEI

from dispatch.domain.people.duplicates import Known
from dispatch.domain.people.ties import UNTIED, Ties
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.verdicts import said_of
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Triage
from dispatch.window.deadlines import watch
from dispatch.window.events import decision_event, owed, report_of, sender_answered
from dispatch.window.stages import INVESTIGATING, OPEN, PENDING, SETTLED, UNDECIDED

SERVED = (Outcome.WELFARE_CENTRE, Outcome.PROTECTION)
"""The outcomes that a unit must accept."""
OPEN_STAGES = OPEN


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
    ties: Ties = UNTIED


def first_version(arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Document:
    """The document of a report seen for the first time, with its decision and the event to publish."""
    incoming = arrival.incoming
    document: Document = {
        "_id": incoming.report_id,
        "county": incoming.county,
        "agency_id": incoming.agency_id,
        "source_unit": str(incoming.source_unit),
        "serial": arrival.serial,
        "received_at": incoming.received_at,
        "day": incoming.received_at.astimezone(TAIPEI).date().isoformat(),
        "case_id": None,
        "accepted": None,
        "returned": None,
        "returns": 0,
        "transfer": None,
        "history": [],
        "outbox": [],
    }
    return _with_version(document, arrival, facts, triage, now)


def next_version(existing: Document, arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Document:
    """The document after an amendment: decided anew, nothing of its history lost.

    An amendment never lowers what stands: then a person decides. A unit that a person chose stays.
    """
    before = existing["decision"]
    document = _with_version(existing | {"history": list(existing["history"])}, arrival, facts, triage, now)
    after = document["decision"]
    if before["by_person"] and before["outcome"] == after["outcome"] and existing["stage"] not in UNDECIDED:
        after |= {"unit": before["unit"], "collaborators": before["collaborators"]}
    if (before["outcome"], before["unit"]) == (after["outcome"], after["unit"]) and document["stage"] == "waiting":
        return document | {"stage": existing["stage"] if existing["stage"] not in UNDECIDED else "waiting"}
    return document | {"accepted": None, "returned": None}


def raised(first: Document, by: Arrival, triage: Triage, now: datetime) -> Document:
    """The first report of an event after a graver telling of it: decided anew, and a unit asked again."""
    decision = decision_of(triage, version=first["decision"]["version"] + 1, now=now)
    cause = f"{by.cause}:raised"
    document = first | {
        "decision": decision,
        "stage": _stage(decision["outcome"], pending=triage.review),
        "accepted": None,
        "returned": None,
        "promise": None,
        "assignee": None,
        "history": [
            *first["history"],
            entry(cause, now, "raised", who=by.incoming.agency_id, report_id=by.incoming.report_id),
            _decided_entry(cause, decision, pending=triage.review),
        ],
    }
    return settle(document, cause, by.trace, now)


def _with_version(document: Document, arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Document:
    before = document.get("decision")
    pending = triage.review or _is_a_persons(document, triage)
    visited = pending and document.get("stage") == INVESTIGATING
    decision = decision_of(triage, version=before["version"] + 1 if before else 1, now=now)
    what = "report_amended" if arrival.amends else "report_received"
    document = document | {
        "version": arrival.incoming.version,
        "case_type": facts.case_type,
        "occurred_at": arrival.incoming.report.event.occurred_at,
        "township": facts.township or facts.residence_township,
        "report": dict(arrival.public),
        "sealed": _sealed(document, arrival),
        "flags": [flag.model_dump() for flag in arrival.incoming.flags],
        "facts": facts.stored(),
        "keys": arrival.keys.stored(),
        **tied(arrival.ties),
        "decision": decision,
        "stage": INVESTIGATING if visited else _stage(decision["outcome"], pending=pending),
        "said": {"outcome": decision["outcome"], "priority": decision["priority"]},
        "assignee": document.get("assignee") if pending else None,
        "asked": None,
        "improper": None,
        "promise": document["promise"] if visited else None,
        "outbox": [*document["outbox"], *_answers(document, arrival, now)],
        "history": [
            *document["history"],
            entry(arrival.cause, arrival.at, what, who=arrival.incoming.agency_id),
            _decided_entry(arrival.cause, decision, pending=pending),
        ],
    }
    return settle(document, arrival.cause, arrival.trace, now)


def taken_over(document: Document, arrival: Arrival, facts: Facts, triage: Triage, now: datetime) -> Document:
    """The document of a report that another county sent, decided here: its decisions go on counting their versions."""
    decision = decision_of(triage, version=document["decision"]["version"] + 1, now=now)
    changed = document | {
        "facts": facts.stored(),
        **tied(arrival.ties),
        "decision": decision,
        "said": {"outcome": decision["outcome"], "priority": decision["priority"]},
        "stage": _stage(decision["outcome"], pending=triage.review),
        "history": [*document["history"], _decided_entry(arrival.cause, decision, pending=triage.review)],
    }
    return settle(changed, arrival.cause, arrival.trace, now)


def _sealed(document: Document, arrival: Arrival) -> Document:
    """The tokens of a version; the reporter's identity stays with the county that took the report."""
    here = not document.get("arrived_from")
    return {scope: token for scope, token in arrival.sealed.items() if here or scope == "report"}


def _carrying(document: Document) -> Document:
    """Whether the report must be brought to another county, or an earlier transfer of it taken back."""
    decision, transfer = document["decision"], document.get("transfer") or {}
    sent = document["stage"] == SETTLED and bool(decision["transferred_to"])
    return {"to_carry": transfer.get("state") == "waiting" or sent}


def _is_a_persons(document: Document, triage: Triage) -> bool:
    """An amendment never lowers what stands; it decides what waits for a supervisor or a visit only to raise it."""
    if (before := document.get("decision")) is None:
        return False
    lowers = document["stage"] not in UNDECIDED and _lowers(before, triage)
    waits = document.get("assignee") or document["stage"] == INVESTIGATING
    return lowers or bool(waits and rank(triage.outcome) >= rank(before["outcome"]))


def _answers(document: Document, arrival: Arrival, now: datetime) -> list[Document]:
    """An amendment answers what its sender was asked."""
    if not document.get("asked"):
        return []
    return owed(sender_answered(document, arrival.at), arrival.cause, arrival.trace, arrival.at, now)


def settle(document: Document, cause: str, trace: Mapping[str, str], now: datetime) -> Document:
    """The document with its clock, its mark of change, and the event of its decision in the outbox."""
    sent = owed(decision_event(document), cause, trace, document["decision"]["decided_at"], now)
    changed = {"changed_at": now, "outbox": [*document.get("outbox", []), *sent]}
    return document | watch(document) | _carrying(document) | changed


def decision_of(triage: Triage, *, version: int, now: datetime) -> Document:
    table = triage.table.model_dump()
    return {
        "version": version,
        "outcome": str(triage.outcome),
        "priority": triage.priority,
        "unit": triage.unit,
        "collaborators": list(triage.collaborators),
        "duplicate_of": triage.duplicate_of,
        "transferred_to": triage.transferred_to,
        "because": [row.model_dump() for row in triage.because],
        "nearest": _plain(triage.nearest),
        "clocks": [clock.model_dump() for clock in triage.clocks],
        "resources": list(triage.resources),
        "relation": _plain(triage.relation),
        "competence": _plain(triage.competence),
        "table": table,
        "decided_at": now,
        "decided_by": f"table:{table['county']}:{table['in_force_from']}",
        "by_person": False,
    }


def _plain(value: Any) -> Document | None:
    if value is None:
        return None
    return {name.rstrip("_"): list(each) if isinstance(each, tuple) else each for name, each in asdict(value).items()}


def rank(outcome: str) -> int:
    """How protective an outcome is: 0 protects most."""
    protective = (Outcome.PROTECTION, Outcome.WELFARE_CENTRE)
    return protective.index(Outcome(outcome)) if outcome in protective else len(protective)


def _lowers(before: Document, triage: Triage) -> bool:
    return (rank(triage.outcome), triage.priority) > (rank(before["outcome"]), before["priority"])


def _stage(outcome: str, *, pending: bool) -> str:
    if pending:
        return PENDING
    return "waiting" if outcome in SERVED else "settled"


def entry(cause: str, at: datetime, what: str, *, who: str, **detail: str | None) -> Document:
    """One line of a report's history; `id` makes a repeat harmless."""
    return {"id": f"{cause}:{what}", "at": at, "what": what, "who": who} | {k: v for k, v in detail.items() if v}


def _decided_entry(cause: str, decision: Document, *, pending: bool, reason: str | None = None) -> Document:
    what = "review_requested" if pending else "decision_made"
    names = {"outcome": decision["outcome"], "unit": decision["unit"], "reason": reason}
    return entry(cause, decision["decided_at"], what, who=decision["decided_by"], **names) | {
        "version": decision["version"]
    }


def relation_shown(document: Document) -> Document | None:
    """What a report is to an earlier one; of another county's report no more than that there is one."""
    relation: Document | None = document["decision"].get("relation")
    if not relation or relation.get("known_county", "") in ("", document["county"]):
        return relation
    return {name: each for name, each in relation.items() if not name.startswith("known_")} | {"of": None}


def tied(ties: Ties) -> Document:
    """The fields of the keys that may bring a report into a case, its kin beside them, and whom it counts as."""
    return {"family": sorted(ties.family), "kin": list(ties.kin), "person": ties.person}


def known(document: Document, to: Document | None = None) -> Known:
    """What a later report is compared with, and what officers found it to be `to` that one."""
    decision, facts = document["decision"], document["facts"]
    return Known(
        report_id=report_of(document),
        received_at=document["received_at"],
        occurred_at=document["occurred_at"],
        case_type=document["case_type"],
        source_unit=document["source_unit"],
        agency_id=document["agency_id"],
        kinds=tuple(facts.get("kinds", ())),
        township=facts.get("township"),
        keys=Keys.of_stored(document["keys"]),
        outcome=None if document["stage"] in UNDECIDED else decision["outcome"],
        duplicate_of=decision["duplicate_of"],
        unit=decision["unit"],
        priority=decision["priority"],
        person=document.get("person"),
        said=said_of((to or {}).get("verdicts", ()), report_of(document), decision["duplicate_of"]),
        county=document["county"],
    )
