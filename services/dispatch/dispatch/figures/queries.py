"""Aggregations over a county's reports beyond the published tables; days are Taipei's, first and last included."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from rules.rises import WEEK

from dispatch.figures.published import Pipeline, within

KEPT = ("dispatch", "unit.accept")
"""The clocks of the window whose end is known here: its decision, and a unit's acceptance."""
UNKNOWN = "unknown"
_TRANSFERRED = {"stage": {"$ne": "pending"}, "decision.outcome": "transferred"}
_DUPLICATE = {"$and": [{"$ne": ["$stage", "pending"]}, {"$eq": ["$decision.outcome", "duplicate"]}]}
_ONE = {"reports": {"$sum": 1}}


def days(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: {day, case_type}, reports}`."""
    return [within(county, first, last), {"$group": {"_id": {"day": "$day", "case_type": "$case_type"}} | _ONE}]


def months(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: {month, case_type}, reports}`."""
    by = {"month": {"$substrBytes": ["$day", 0, 7]}, "case_type": "$case_type"}
    return [within(county, first, last), {"$group": {"_id": by} | _ONE}]


def places(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: {place, case_type}, reports}` by township."""
    by = {"place": {"$ifNull": ["$township", UNKNOWN]}, "case_type": "$case_type"}
    return [within(county, first, last), {"$group": {"_id": by} | _ONE}]


def villages(county: str, first: str, last: str, township: str) -> Pipeline:
    """Rows `{_id: {place, case_type}, reports}` by village of the event, in one township."""
    here = {"$eq": ["$report.event.place.township", township]}
    village = {"$cond": [here, {"$ifNull": ["$report.event.place.village", UNKNOWN]}, UNKNOWN]}
    by = {"place": village, "case_type": "$case_type"}
    return [within(county, first, last), {"$match": {"township": township}}, {"$group": {"_id": by} | _ONE}]


def first_day(county: str) -> Pipeline:
    """One row `{day}`: that of a county's first report."""
    return [{"$match": {"county": county}}, {"$sort": {"day": 1}}, {"$limit": 1}, {"$project": {"_id": 0, "day": 1}}]


def weeks(county: str, mondays: Sequence[date]) -> Pipeline:
    """Rows `{_id: {day, area, case_type}, reports}` of the days of these weeks."""
    spans = [{"day": {"$gte": a.isoformat(), "$lt": b.isoformat()}} for a, b in _joined(sorted(mondays))]
    by = {"day": "$day", "area": "$township", "case_type": "$case_type"}
    return [{"$match": {"county": county, "$or": spans}}, {"$group": {"_id": by} | _ONE}]


def _joined(mondays: Sequence[date]) -> list[tuple[date, date]]:
    """Weeks that follow one another as one span, the last day excluded."""
    spans: list[tuple[date, date]] = []
    for each in mondays:
        start = spans.pop()[0] if spans and spans[-1][1] == each else each
        spans.append((start, each + WEEK))
    return spans


def clocks(county: str, first: str, last: str, now: datetime) -> Pipeline:
    """Rows `{_id: clock, kept, late, running}`; a clock that is over and not done is late."""
    made = {"$filter": {"input": "$history", "as": "one", "cond": {"$eq": ["$$one.what", "decision_made"]}}}
    decided = {"$min": {"$map": {"input": made, "as": "one", "in": "$$one.at"}}}
    done = {"$cond": [{"$eq": ["$clock.id", "dispatch"]}, "$decided", "$accepted"]}
    by, is_done = {"$ifNull": ["$done", now]}, {"$gt": ["$done", None]}
    return [
        within(county, first, last),
        {"$project": {"clock": "$decision.clocks", "decided": decided, "accepted": "$accepted.at"}},
        {"$unwind": "$clock"},
        {"$match": {"clock.id": {"$in": list(KEPT)}}},
        {"$project": {"id": "$clock.id", "due": "$clock.due_at", "done": done}},
        {"$group": {
            "_id": "$id",
            "kept": _count({"$and": [is_done, {"$lte": ["$done", "$due"]}]}),
            "late": _count({"$gt": [by, "$due"]}),
            "running": _count({"$and": [{"$not": [is_done]}, {"$lte": [now, "$due"]}]}),
        }},
    ]  # fmt: skip


def _count(condition: Any) -> dict[str, Any]:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def transfers(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: county, reports}`: to whom reports were transferred."""
    return [
        within(county, first, last),
        {"$match": _TRANSFERRED},
        {"$group": {"_id": "$decision.transferred_to"} | _ONE},
    ]


def duplicates(county: str, first: str, last: str) -> Pipeline:
    """Rows `{_id: source_unit, duplicate, first_told}`."""
    counted = {"duplicate": _count(_DUPLICATE), "first_told": _count({"$not": [_DUPLICATE]})}
    return [within(county, first, last), {"$group": {"_id": "$source_unit"} | counted}]
