"""The county's published tables and the ledger: aggregations over reports, and the arithmetic on their rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from kit.mongo import Document

from dispatch.domain.report.stages import OPEN, UNDECIDED

Pipeline = list[dict[str, Any]]
Rows = Mapping[str, tuple[CaseType, ...]]
STAGED = ("accepted", "returned", "waiting")
CASE_TYPES: Rows = {str(each): (each,) for each in CaseType}
PUBLISHED: Rows = {
    "adult_protection": (CaseType.ADULT_PROTECTION,),
    "child_protection": (CaseType.CHILD_PROTECTION,),
    "suspected_abuse": (CaseType.SEXUAL_ASSAULT_ADULT, CaseType.SEXUAL_ASSAULT_MINOR),
    "consultation": (CaseType.CONSULTATION_ADULT, CaseType.CONSULTATION_MINOR),
}
"""The four rows in which counties publish their outcomes."""
ROWS: Mapping[str, Rows] = {"case_type": CASE_TYPES, "published": PUBLISHED}
_DECIDED = {"$not": [{"$in": ["$stage", list(UNDECIDED)]}]}


def within(county: str, first: str, last: str) -> dict[str, Any]:
    """The stage that keeps a county's reports of some days, first and last included."""
    return {"$match": {"county": county, "day": {"$gte": first, "$lte": last}}}


def _count(condition: object) -> dict[str, Any]:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def outcomes(county: str, first: str, last: str, rows: Rows = CASE_TYPES) -> Pipeline:
    """Rows `{_id: <name of a row>, reports, persons, <outcome>.., pending}`, first and last day included."""
    kinds = [{"case": {"$in": ["$case_type", list(of)]}, "then": name} for name, of in rows.items()]
    kind = {"$switch": {"branches": kinds, "default": "$case_type"}}
    counted = {str(each): _count({"$and": [_DECIDED, {"$eq": ["$decision.outcome", str(each)]}]}) for each in Outcome}
    by_person = {"_id": {"kind": kind, "person": "$person"}, "reports": {"$sum": 1}}
    by_kind = {name: {"$sum": f"${name}"} for name in ("reports", "pending", *counted)}
    return [
        within(county, first, last),
        {"$group": by_person | counted | {"pending": _count({"$not": _DECIDED})}},
        {"$group": {"_id": "$_id.kind", "persons": {"$sum": 1}} | by_kind},
    ]


def persons(county: str, first: str, last: str) -> Pipeline:
    """One row `{persons}`: how many people the reports of a time are about, whatever their case types."""
    return [within(county, first, last), {"$group": {"_id": "$person"}}, {"$count": "persons"}]


def outcome_table(
    counted: Iterable[Document], people: Iterable[Document], rows: Rows = CASE_TYPES
) -> tuple[list[Document], Document]:
    """A row for each case type (or published row), and their total, each with its shares."""
    found = {row["_id"]: row for row in counted}
    numbers = ("reports", "persons", *(str(each) for each in Outcome), "pending")
    table = [{"case_type": kind} | {name: found.get(kind, {}).get(name, 0) for name in numbers} for kind in rows]
    total = {"case_type": "total"} | {name: sum(row[name] for row in table) for name in numbers}
    total["persons"] = next((row["persons"] for row in people), 0)
    return [_with_shares(row) for row in table], _with_shares(total)


def _with_shares(row: Document) -> Document:
    """Shares over the reports that were ours to serve: received less duplicates and transfers (rules.yaml, figures)."""
    ours = row["reports"] - row["duplicate"] - row["transferred"]
    served = ("welfare_centre", "protection", "no_dispatch", "pending")
    return row | {"shares": {name: round(row[name] / ours, 4) if ours else 0.0 for name in served}}


def sources(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: {case_type, source_unit}, reports}`."""
    by = {"case_type": "$case_type", "source_unit": "$source_unit"}
    return [within(county, first, last), {"$group": {"_id": by, "reports": {"$sum": 1}}}]


def source_table(rows: Iterable[Document]) -> tuple[list[Document], Document]:
    """Six case types by nine source units, with the total of each row and column."""
    found = {(row["_id"]["case_type"], row["_id"]["source_unit"]): row["reports"] for row in rows}
    table = [
        {"case_type": str(kind)} | {str(unit): found.get((kind, unit), 0) for unit in SourceUnit} for kind in CaseType
    ]
    units = [str(unit) for unit in SourceUnit]
    table = [row | {"total": sum(row[unit] for unit in units)} for row in table]
    return table, {"case_type": "total"} | {name: sum(row[name] for row in table) for name in (*units, "total")}


def by_stage(county: str, day: str) -> Pipeline:
    """Rows `{_id: {stage, outcome, arrived}, reports}` of one day; `arrived` came from another county."""
    by = {"stage": "$stage", "outcome": "$decision.outcome", "arrived": {"$gt": ["$arrived_from.county", None]}}
    return [within(county, day, day), {"$group": {"_id": by, "reports": {"$sum": 1}}}]


def open_stages(county: str, now: datetime, soon: timedelta) -> Pipeline:
    """Rows `{_id: stage, reports, overdue, due_soon, next_at, twice}` of what waits for someone, whatever its day."""
    overdue, due_soon = {"$lt": ["$breach_at", now]}, {"$lt": ["$breach_at", now + soon]}
    clocked = {"$gt": ["$breach_at", None]}
    ahead = {"$min": {"$cond": [{"$gte": ["$breach_at", now]}, "$breach_at", None]}}
    counted = {"overdue": _count({"$and": [clocked, overdue]}),
               "due_soon": _count({"$and": [clocked, {"$not": overdue}, due_soon]}), "next_at": ahead,
               "twice": _count({"$gte": ["$returns", 2]})}  # fmt: skip
    waits = {"county": county, "stage": {"$in": list(OPEN)}}
    return [{"$match": waits}, {"$group": {"_id": "$stage", "reports": {"$sum": 1}} | counted}]


@dataclass(frozen=True)
class Ledger:
    """Conservation of one county's day: received and arrived by transfer is decided or open, and nothing else."""

    county: str
    day: str
    received: int
    counted_at: datetime | None
    decided: Mapping[str, int]
    open: int
    equal: bool
    overdue: Sequence[str] = ()
    missing: Sequence[str] = ()
    accepted: int = 0
    returned: int = 0
    waiting: int = 0
    arrived: int = 0
    on_the_way: int = field(default=0)


def ledger(
    county: str, day: str, rows: Sequence[Document], *, count: Document | None, overdue: Sequence[str], here: set[str]
) -> Ledger:
    """The ledger of `by_stage` rows and intake's last count; `here` are those of its unanswered ids that we have."""
    decided = {str(each): _sum(rows, outcome=each) for each in Outcome}
    arrived = sum(row["reports"] for row in rows if row["_id"].get("arrived"))
    own = sum(row["reports"] for row in rows) - arrived
    open_ = sum(_sum(rows, stage=stage) for stage in UNDECIDED)
    received = max(own, count["received"] if count else 0)
    return Ledger(
        county=county,
        day=day,
        received=received,
        counted_at=count["counted_at"] if count else None,
        decided=decided,
        open=open_,
        equal=received + arrived == sum(decided.values()) + open_,
        overdue=overdue,
        missing=[id for id in (count["unanswered"] if count else ()) if id not in here],
        arrived=arrived,
        on_the_way=received - own,
        **{stage: _sum(rows, stage=stage) for stage in STAGED},
    )


def _sum(rows: Iterable[Document], *, outcome: str | None = None, stage: str | None = None) -> int:
    """Reports of a stage, or decided reports of an outcome."""
    return sum(
        row["reports"]
        for row in rows
        if (
            row["_id"]["stage"] == stage
            if stage
            else row["_id"]["stage"] not in UNDECIDED and row["_id"]["outcome"] == outcome
        )
    )
