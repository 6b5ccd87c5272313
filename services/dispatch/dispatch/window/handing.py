"""The two documents of a report that is handed to another county: what each says at each step."""

from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from kit.mongo import Document
from rules.spans import TAIPEI

from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Triage
from dispatch.window.deadlines import promise, watch
from dispatch.window.events import report_of
from dispatch.window.records import Arrival, decision_of, entry, taken_over
from dispatch.window.revising import Act, again, for_review
from dispatch.window.stages import ARRIVED, SETTLED

ACCEPT_WITHIN = timedelta(hours=4)
"""For a county to accept what another sent it: a county setting like `unit.accept`, not law."""
CLOCK = "transfer.accept"
WAITING, TAKEN, REJECTED = "waiting", "accepted", "rejected"
"""The states of a transfer, as the county that sent the report sees it."""
_OF_THE_REPORT = ("agency_id", "source_unit", "serial", "version", "case_type", "occurred_at", "township", "report",
                  "flags", "keys", "person", "family", "kin")  # fmt: skip


def is_sent(document: Document) -> bool:
    """Whether the decision in force sends the report to another county."""
    decision = document["decision"]
    return (
        document["stage"] == SETTLED and decision["outcome"] == Outcome.TRANSFERRED and bool(decision["transferred_to"])
    )


def arrival(sent: Document, id: str, county: str, now: datetime) -> Document:
    """The report's document in the county it is sent to, before that county's table was asked.

    Its clocks start when it arrives; the reporter's identity stays with the county that took the report.
    """
    decision = sent["decision"]
    origin = {"id": sent["_id"], "county": sent["county"], "at": now, "by": decision["decided_by"],
              "version": decision["version"], "received_at": _origin(sent)["received_at"]}  # fmt: skip
    last = [each for each in sent["history"] if each["what"] == "decision_made"][-1:]
    here = entry(f"{id}:{decision['version']}", now, "transfer_arrived", who=sent["county"])
    return {name: sent[name] for name in _OF_THE_REPORT if name in sent} | {
        "_id": id, "report_id": report_of(sent), "county": county, "arrived_from": origin, "holds": False,
        "received_at": now, "day": now.astimezone(TAIPEI).date().isoformat(), "stage": ARRIVED,
        "facts": sent["facts"] | {"county": county}, "decision": decision,
        "sealed": {scope: token for scope, token in sent["sealed"].items() if scope == "report"},
        "case_id": None, "accepted": None, "returned": None, "returns": 0, "asked": None, "improper": None,
        "transfer": None, "to_carry": False, "promise": promise(CLOCK, now, ACCEPT_WITHIN),
        "history": [*last, here], "outbox": [], "changed_at": now,
    }  # fmt: skip


def with_suggestion(document: Document, suggested: Triage, now: datetime) -> Document:
    """The arrived report with what the county's own table would decide; nothing of it is in force or published."""
    decision = decision_of(suggested, version=document["decision"]["version"], now=now)
    return _watched(document | {"decision": decision})


def sent(document: Document, arrival_id: str, now: datetime) -> Document:
    """The sender's document while the other county has not answered: the sender answers for the report, on a clock."""
    to = {"to": document["decision"]["transferred_to"], "id": arrival_id, "at": now, "state": WAITING, "by": None}
    waits = {"transfer": to, "to_carry": False, "promise": promise(CLOCK, now, ACCEPT_WITHIN), "changed_at": now}
    return _watched(document | waits)


def not_sent(document: Document) -> Document:
    """The sender's document when nothing is on its way, to a county that works elsewhere say."""
    return document | {"transfer": None, "to_carry": False}


def taken_back(arrived: Document, now: datetime) -> Document:
    """The arrived document after the county that sent it decided otherwise, or told more of it."""
    happened = entry(str(arrived["_id"]), now, "transfer_withdrawn", who=arrived["arrived_from"]["county"])
    return (
        _returned(arrived, arrived["arrived_from"]["county"], happened, now) if arrived["stage"] == ARRIVED else arrived
    )


def given_back(arrived: Document, act: Act) -> Document:
    """The arrived document after its county refused it: decided here as transferred to where it came from."""
    happened = entry(str(arrived["_id"]), act.now, "transfer_rejected", who=act.by.name, **act.told)
    return _returned(arrived, act.by.name, happened, act.now)


def _returned(arrived: Document, by: str, happened: Document, now: datetime) -> Document:
    back = {"outcome": str(Outcome.TRANSFERRED), "transferred_to": arrived["arrived_from"]["county"], "unit": None,
            "collaborators": [], "clocks": [], "resources": [], "duplicate_of": None, "nearest": None,
            "decided_at": now, "decided_by": by, "by_person": True}  # fmt: skip
    over = {"stage": SETTLED, "promise": None, "claim": None, "changed_at": now}
    return _watched(
        arrived | over | {"decision": arrived["decision"] | back, "history": [*arrived["history"], happened]}
    )


def back_again(document: Document, county: str, act: Act) -> Document:
    """The sender's document after the other county gave it back: in the queue, with the reason, on a clock."""
    changed = for_review(document, again(document, document["decision"], act), "transfer_rejected", act)
    transfer = document["transfer"] | {"state": REJECTED, "by": act.by.name, "at": act.now, "to": county}
    owed = [*document["outbox"], *changed["outbox"]]
    return changed | {"transfer": transfer, "to_carry": False, "before": None, "outbox": owed}


def handed_on(document: Document, by: str, now: datetime) -> Document:
    """The sender's document once the other county accepted: its decision stays, and nothing changes it any more."""
    happened = entry(document["transfer"]["id"], now, "transfer_accepted", who=by)
    taken = document["transfer"] | {"state": TAKEN, "by": by, "accepted_at": now}
    over = {"transfer": taken, "holds": False, "promise": None, "asked": None, "claim": None, "before": None}
    return _watched(document | over | {"history": [*document["history"], happened], "changed_at": now})


def accepted(document: Document, by_table: Arrival, decision: Triage, by: str, now: datetime) -> Document:
    """The arrived document decided by its county's table: the next version of what is known of the report."""
    happened = entry(by_table.cause, now, "transfer_accepted", who=by)
    own: dict[str, Any] = {"holds": True, "promise": None, "claim": None, "history": [*document["history"], happened]}
    return taken_over(document | own, by_table, Facts.of_stored(document["facts"]), decision, now)


def _origin(document: Document) -> Document:
    origin: Document = document.get("arrived_from") or document
    return origin


def _watched(document: Document) -> Document:
    return document | watch(document)
