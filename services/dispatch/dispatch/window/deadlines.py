"""Which clocks of a report run, how far they are, and what breaches by when."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from kit.mongo import Document
from rules.spans import LEVELS, level

from dispatch.domain.triage.clocks import ClockRule
from dispatch.policy import policies
from dispatch.window.stages import OURS, WAITING, concerns
from dispatch.window.store import Reports

MOST = 500
PROMISED_BY = "county setting"
"""Where the times of the window's own promises come from: no law names them."""


@dataclass(frozen=True)
class Deadline:
    """One running clock of one report; `level` is the alert that it has reached: 0, 50, 80 or 100."""

    report_id: str
    serial: str | None
    stage: str
    case_type: str
    priority: int
    clock: str
    started_at: datetime
    due_at: datetime
    source: str
    verified: bool
    level: int


def promise(id: str, started_at: datetime, within: timedelta) -> Document:
    """A clock that the window gives itself, such as deciding anew what a unit gave back; never law."""
    return {"id": id, "started_at": started_at, "due_at": started_at + within, "source": PROMISED_BY, "verified": False}


def running(document: Document) -> list[Document]:
    """The clocks that press now, `{id, started_at, due_at, source, verified}`.

    While the window must act, all but those that start when a unit is sent; while a unit must accept, all that
    deciding does not end. After that they are tasks of the case. The window's own promise runs in every stage.
    """
    clocks: list[Document] = document["decision"]["clocks"]
    promised = [document["promise"]] if document.get("promise") else []
    if document["stage"] in OURS:
        return [clock for clock in clocks if _rule(clock["id"], "start") != "dispatched"] + promised
    if document["stage"] == WAITING:
        return [clock for clock in clocks if _rule(clock["id"], "stops") != "decided"] + promised
    return promised


def watch(document: Document) -> Document:
    """The fields that a report is sorted and alerted by: the running clock that is due first."""
    first = min(running(document), key=lambda clock: clock["due_at"], default=None)
    return {"breach_at": first and first["due_at"], "breach_since": first and first["started_at"]}


def level_of(document: Document, now: datetime) -> int:
    """The alert of the clock by which a report is sorted: 0, 50, 80 or 100."""
    at = document["breach_at"]
    return level(document.get("breach_since") or document["received_at"], at, now) if at else 0


def deadlines_of(document: Document, now: datetime, until: datetime) -> Iterator[Deadline]:
    """The running clocks of a report that are due before `until`, those that are over among them."""
    for clock in running(document):
        if clock["due_at"] < until:
            yield Deadline(
                document["_id"], document["serial"], document["stage"], document["case_type"],
                document["decision"]["priority"], clock["id"], clock["started_at"], clock["due_at"], clock["source"],
                clock["verified"], level(clock["started_at"], clock["due_at"], now),
            )  # fmt: skip


async def breaching(
    reports: Reports, county: str, now: datetime, until: datetime, units: Collection[str] = ()
) -> Sequence[Deadline]:
    """Every clock of a county's open reports that is due before `until`, the first due first; at most MOST reports.

    With `units` only of those that concern them.
    """
    found = await reports.listed({"county": county, "breach_at": {"$lt": until}}, "breach_at", 1, MOST)
    all_ = (each for document in found if concerns(document, units) for each in deadlines_of(document, now, until))
    return sorted(all_, key=lambda each: (each.due_at, each.report_id, each.clock))


def by_level(county: str, now: datetime) -> list[dict[str, Any]]:
    """An aggregation: rows `{_id: 0|50|80|100, reports}` of the open reports, by the clock that is due first."""
    since = {"$ifNull": ["$breach_since", "$received_at"]}
    length = {"$subtract": ["$breach_at", since]}
    over = {"$cond": [{"$lte": [length, 0]}, {"$cond": [{"$lte": ["$breach_at", now]}, 1, 0]},
                      {"$divide": [{"$subtract": [now, since]}, {"$max": [length, 1]}]}]}  # fmt: skip
    cases = [{"case": {"$gte": ["$over", each / 100]}, "then": each} for each in LEVELS]
    return [
        {"$match": {"county": county, "breach_at": {"$ne": None}}},
        {"$project": {"over": over}},
        {"$group": {"_id": {"$switch": {"branches": cases, "default": 0}}, "reports": {"$sum": 1}}},
    ]


def _rule(id: str, name: str) -> str:
    rule = _rules().get(id)
    return getattr(rule, name) if rule else ""


@cache
def _rules() -> dict[str, ClockRule]:
    return {rule.id: rule for rule in policies().rules.clocks}
