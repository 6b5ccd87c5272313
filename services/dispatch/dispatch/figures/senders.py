"""Senders of a county by kind of agency: what they sent, what became of it, where teaching helps; nobody's report."""

from datetime import date
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import SourceUnit
from kit.mongo import Document

from dispatch.figures.published import Pipeline, within
from dispatch.window.store import Reports

COLUMNS = ("reports", *(str(each) for each in Outcome), "pending", "improper")


async def senders_of(reports: Reports, county: str, first: date, last: date) -> dict[str, Any]:
    """`rows` of source units and their `total` over `columns`, what was `taught`, and intake's word in `heard`."""
    days = (county, first.isoformat(), last.isoformat())
    found = {row["_id"]: row for row in await reports.figures(_outcomes(*days))}
    counts = {str(unit): _row(found.get(str(unit), {})) for unit in SourceUnit}
    rows: list[Document] = [{"source_unit": unit} | counted for unit, counted in counts.items()]
    total = {name: sum(counted[name] for counted in counts.values()) for name in COLUMNS}
    improper = await reports.figures(_improper(*days))
    heard = await reports.heard_of(county)
    return {"rows": rows, "total": total, "columns": COLUMNS, "taught": improper, "heard": heard}


def _row(counted: Document) -> dict[str, int]:
    return {name: int(counted.get(name, 0)) for name in COLUMNS}


def _outcomes(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: source_unit, reports, <outcome>.., pending, improper}`."""
    is_pending = {"$eq": ["$stage", "pending"]}
    counts: Document = {"reports": {"$sum": 1}, "pending": {"$sum": {"$cond": [is_pending, 1, 0]}}}
    counts["improper"] = {"$sum": {"$cond": [{"$ifNull": ["$improper", False]}, 1, 0]}}
    for outcome in Outcome:
        is_it = {"$and": [{"$eq": ["$decision.outcome", str(outcome)]}, {"$not": [is_pending]}]}
        counts[str(outcome)] = {"$sum": {"$cond": [is_it, 1, 0]}}
    return [within(county, first, last), {"$group": {"_id": "$source_unit"} | counts}]


def _improper(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: {source_unit, at, code}, reports}`: which places of the form were wrong, and how often."""
    each = {"source_unit": "$source_unit", "at": "$improper.shortcomings.at", "code": "$improper.shortcomings.code"}
    return [
        within(county, first, last),
        {"$match": {"improper": {"$ne": None}}},
        {"$unwind": "$improper.shortcomings"},
        {"$group": {"_id": each, "reports": {"$sum": 1}}},
        {"$sort": {"reports": -1, "_id.source_unit": 1}},
        {"$limit": 60},
    ]
