"""Counts a county's reports in MongoDB; every answer is the rows of one aggregation, nobody's report."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from kit.mongo import Database, Document
from rules import ages
from rules.rises import WEEK
from rules.spans import LEVELS

from dispatch.domain.period import Period
from dispatch.domain.report.stages import OPEN, UNDECIDED
from dispatch.figures.dimensions import NONE, PENDING, UNKNOWN, WEEKDAYS, Dimension
from dispatch.figures.published import CASE_TYPES, PublishedRows
from dispatch.window.investigations import Found

Expression = Any
Stage = dict[str, Any]
Rows = list[Document]

KEPT = ("dispatch", "unit.accept")
"""The clocks of the window whose end is known here: its decision, and a unit's acceptance."""
SCREENED = ("protection", "welfare_centre", "no_dispatch")
MOST_TAUGHT = 60
_ONE = {"reports": {"$sum": 1}}
_IS_OPEN = {"$in": ["$stage", list(UNDECIDED)]}
_IS_PENDING = {"$eq": ["$stage", "pending"]}
_IS_DUPLICATE = {"$and": [{"$not": [_IS_PENDING]}, {"$eq": ["$decision.outcome", "duplicate"]}]}
_BREACH_SINCE = {"$ifNull": ["$breach_since", "$received_at"]}
_AGE = {"$ifNull": ["$facts.subject_age", None]}
_RECEIVED = {"date": "$received_at", "timezone": "Asia/Taipei"}
_VALUES: Mapping[Dimension, Expression] = {
    Dimension.CASE_TYPE: "$case_type",
    Dimension.SOURCE_UNIT: "$source_unit",
    Dimension.OUTCOME: {"$cond": [_IS_OPEN, PENDING, "$decision.outcome"]},
    Dimension.PRIORITY: {"$toString": "$decision.priority"},
    Dimension.TOWNSHIP: {"$ifNull": ["$township", UNKNOWN]},
    Dimension.AGE_BAND: {"$switch": {
        "branches": [{"case": {"$eq": [_AGE, None]}, "then": UNKNOWN},
                     *({"case": {"$lte": [_AGE, oldest]}, "then": band} for band, oldest in ages.BANDS.items())],
        "default": ages.LAST}},
    Dimension.MONTH: {"$substrCP": ["$day", 0, 7]},
    Dimension.WEEKDAY: {"$arrayElemAt": [WEEKDAYS, {"$subtract": [{"$isoDayOfWeek": _RECEIVED}, 1]}]},
    Dimension.HOUR: {"$dateToString": _RECEIVED | {"format": "%H"}},
    Dimension.DANGER_SIGN: {"$ifNull": ["$facts.danger_signs", [NONE]]},
    Dimension.NEED: {"$ifNull": ["$facts.needs", [NONE]]},
    Dimension.UNIT: {"$cond": [_IS_OPEN, NONE, {"$ifNull": ["$decision.unit", NONE]}]},
}  # fmt: skip


class Figures:
    """The counts of a county's reports."""

    def __init__(self, database: Database) -> None:
        self._reports = database["reports"]

    async def _rows(self, *pipeline: Stage) -> Rows:
        return [row async for row in self._reports.aggregate(list(pipeline))]

    # --- the published tables ---

    async def outcomes(self, period: Period, rows: PublishedRows = CASE_TYPES) -> Rows:
        """Rows `{_id: <name of a row>, reports, persons, <outcome>.., pending}`."""
        kinds = [{"case": {"$in": ["$case_type", list(of)]}, "then": name} for name, of in rows.items()]
        kind = {"$switch": {"branches": kinds, "default": "$case_type"}}
        is_decided = {"$not": [_IS_OPEN]}
        counted = {
            str(each): _count({"$and": [is_decided, {"$eq": ["$decision.outcome", str(each)]}]}) for each in Outcome
        } | {"pending": _count(_IS_OPEN)}
        by_kind = {name: {"$sum": f"${name}"} for name in ("reports", *counted)}
        return await self._rows(
            _within(period),
            {"$group": {"_id": {"kind": kind, "person": "$person"}} | _ONE | counted},
            {"$group": {"_id": "$_id.kind", "persons": {"$sum": 1}} | by_kind},
        )

    async def persons(self, period: Period) -> int:
        """How many people the reports of a period are about, whatever their case types."""
        rows = await self._rows(_within(period), {"$group": {"_id": "$person"}}, {"$count": "persons"})
        return rows[0]["persons"] if rows else 0

    async def sources(self, period: Period) -> Rows:
        """Rows `{_id: {case_type, source_unit}, reports}`."""
        return await self._rows(_within(period), _grouped(case_type="$case_type", source_unit="$source_unit"))

    # --- the ledger, and what waits ---

    async def by_stage(self, day: Period) -> Rows:
        """Rows `{_id: {stage, outcome, arrived}, reports}`; `arrived` came from another county."""
        came = {"$gt": ["$arrived_from.county", None]}
        return await self._rows(_within(day), _grouped(stage="$stage", outcome="$decision.outcome", arrived=came))

    async def overdue(self, day: Period, now: datetime) -> list[str]:
        """The ids of a day's reports whose clock is over, the first due first."""
        over = {"$match": {"breach_at": {"$lt": now}}}
        rows = await self._rows(_within(day), over, {"$sort": {"breach_at": 1}}, {"$project": {"_id": 1}})
        return [row["_id"] for row in rows]

    async def by_level(self, county: str, now: datetime) -> dict[int, int]:
        """How many open reports there are at each level (0, 50, 80, 100), by the clock that is due first."""
        length = {"$subtract": ["$breach_at", _BREACH_SINCE]}
        spent = {"$divide": [{"$subtract": [now, _BREACH_SINCE]}, {"$max": [length, 1]}]}
        at_once = {"$cond": [{"$lte": ["$breach_at", now]}, 1, 0]}
        levels = [{"case": {"$gte": ["$spent", each / 100]}, "then": each} for each in LEVELS]
        rows = await self._rows(
            {"$match": {"county": county, "breach_at": {"$ne": None}}},
            {"$project": {"spent": {"$cond": [{"$lte": [length, 0]}, at_once, spent]}}},
            {"$group": {"_id": {"$switch": {"branches": levels, "default": 0}}} | _ONE},
        )
        return {row["_id"]: row["reports"] for row in rows}

    async def open_stages(self, county: str, now: datetime, soon: timedelta) -> Rows:
        """Rows `{_id: stage, reports, overdue, due_soon, next_at, twice}` of what waits for someone, of any day."""
        has_clock = {"$gt": ["$breach_at", None]}
        is_over, is_soon = {"$lt": ["$breach_at", now]}, {"$lt": ["$breach_at", now + soon]}
        counted = {
            "overdue": _count({"$and": [has_clock, is_over]}),
            "due_soon": _count({"$and": [has_clock, {"$not": is_over}, is_soon]}),
            "next_at": {"$min": {"$cond": [{"$gte": ["$breach_at", now]}, "$breach_at", None]}},
            "twice": _count({"$gte": ["$returns", 2]}),
        }
        waits = {"$match": {"county": county, "stage": {"$in": list(OPEN)}}}
        return await self._rows(waits, {"$group": {"_id": "$stage"} | _ONE | counted})

    async def clocks_by_night(self, county: str, now: datetime, morning: datetime) -> Rows:
        """Rows `{_id: over|tonight|tomorrow, reports}` of the clocks that end before the morning after next."""
        ends = [
            {"case": {"$lt": ["$breach_at", now]}, "then": "over"},
            {"case": {"$lt": ["$breach_at", morning]}, "then": "tonight"},
        ]
        within = {"$match": {"county": county, "breach_at": {"$lt": morning + timedelta(days=1)}}}
        when = {"$switch": {"branches": ends, "default": "tomorrow"}}
        return await self._rows(within, {"$group": {"_id": when} | _ONE})

    async def decided_last(self, county: str, most: int) -> Rows:
        """Rows `{received_at, decided_at}` of the reports that were decided last and only once."""
        once = {"$match": {"county": county, "decision.version": 1}}
        times = {"$project": {"received_at": 1, "decided_at": "$decision.decided_at"}}
        return await self._rows(once, {"$sort": {"decision.decided_at": -1}}, {"$limit": most}, times)

    # --- times and places ---

    async def days(self, period: Period) -> Rows:
        """Rows `{_id: {day, case_type}, reports}`."""
        return await self._rows(_within(period), _grouped(day="$day", case_type="$case_type"))

    async def months(self, period: Period) -> Rows:
        """Rows `{_id: {month, case_type}, reports}`."""
        month = {"$substrBytes": ["$day", 0, 7]}
        return await self._rows(_within(period), _grouped(month=month, case_type="$case_type"))

    async def townships(self, period: Period) -> Rows:
        """Rows `{_id: {place, case_type}, reports}`."""
        place = {"$ifNull": ["$township", UNKNOWN]}
        return await self._rows(_within(period), _grouped(place=place, case_type="$case_type"))

    async def villages(self, period: Period, township: str) -> Rows:
        """Rows `{_id: {place, case_type}, reports}` by village of the event, in one township."""
        is_here = {"$eq": ["$report.event.place.township", township]}
        village = {"$cond": [is_here, {"$ifNull": ["$report.event.place.village", UNKNOWN]}, UNKNOWN]}
        there = {"$match": {"township": township}}
        return await self._rows(_within(period), there, _grouped(place=village, case_type="$case_type"))

    async def first_day(self, county: str) -> date | None:
        """The day of a county's first report; None while it has none."""
        first = {"$sort": {"day": 1}}, {"$limit": 1}, {"$project": {"_id": 0, "day": 1}}
        rows = await self._rows({"$match": {"county": county}}, *first)
        return date.fromisoformat(rows[0]["day"]) if rows else None

    async def weeks(self, county: str, mondays: Sequence[date]) -> Rows:
        """Rows `{_id: {day, area, case_type}, reports}` of the days of these weeks."""
        spans = [{"day": {"$gte": a.isoformat(), "$lt": b.isoformat()}} for a, b in _joined(sorted(mondays))]
        by = _grouped(day="$day", area="$township", case_type="$case_type")
        return await self._rows({"$match": {"county": county, "$or": spans}}, by)

    async def crossed(self, period: Period, axes: Mapping[str, Dimension | None]) -> Rows:
        """Rows `{_id: {<axis>..}, reports}`; an axis without a dimension is empty."""
        values = {axis: _VALUES[of] if of else {"$literal": ""} for axis, of in axes.items()}
        each_of = ({"$unwind": f"${axis}"} for axis, of in axes.items() if of)
        by = _grouped(**{axis: f"${axis}" for axis in axes})
        return await self._rows(_within(period), {"$project": values}, *each_of, by)

    # --- how well the window and its senders work ---

    async def clocks(self, period: Period, now: datetime) -> Rows:
        """Rows `{_id: clock, kept, late, running}`; a clock that is over and not done is late."""
        made = {"$filter": {"input": "$history", "as": "one", "cond": {"$eq": ["$$one.what", "decision_made"]}}}
        decided = {"$min": {"$map": {"input": made, "as": "one", "in": "$$one.at"}}}
        done = {"$cond": [{"$eq": ["$clock.id", "dispatch"]}, "$decided", "$accepted"]}
        is_done = {"$gt": ["$done", None]}
        counted = {
            "kept": _count({"$and": [is_done, {"$lte": ["$done", "$due"]}]}),
            "late": _count({"$gt": [{"$ifNull": ["$done", now]}, "$due"]}),
            "running": _count({"$and": [{"$not": [is_done]}, {"$lte": [now, "$due"]}]}),
        }
        return await self._rows(
            _within(period),
            {"$project": {"clock": "$decision.clocks", "decided": decided, "accepted": "$accepted.at"}},
            {"$unwind": "$clock"},
            {"$match": {"clock.id": {"$in": list(KEPT)}}},
            {"$project": {"id": "$clock.id", "due": "$clock.due_at", "done": done}},
            {"$group": {"_id": "$id"} | counted},
        )

    async def transfers(self, period: Period) -> Rows:
        """Rows `{_id: county, reports}`: to whom reports were transferred."""
        sent = {"$match": {"stage": {"$ne": "pending"}, "decision.outcome": "transferred"}}
        return await self._rows(_within(period), sent, {"$group": {"_id": "$decision.transferred_to"} | _ONE})

    async def duplicates(self, period: Period) -> Rows:
        """Rows `{_id: source_unit, duplicate, first_told}`."""
        counted = {"duplicate": _count(_IS_DUPLICATE), "first_told": _count({"$not": [_IS_DUPLICATE]})}
        return await self._rows(_within(period), {"$group": {"_id": "$source_unit"} | counted})

    async def screened(self, period: Period) -> Rows:
        """Rows `{_id: {source_unit, said, found}, reports}` of the reports whose visit has a finding.

        `said` is protection or less: what the table itself said, not what a person made of it.
        """
        said = {"$ifNull": ["$said.outcome", "$decision.outcome"]}
        called = {"$cond": [{"$eq": [said, "protection"]}, "protection", "less"]}
        return await self._rows(
            _within(period),
            {"$match": {"finding.found": {"$in": [str(each) for each in Found]}}},
            {"$match": {"$expr": {"$in": [said, list(SCREENED)]}}},
            _grouped(source_unit="$source_unit", found="$finding.found", said=called),
        )

    async def senders(self, period: Period) -> Rows:
        """Rows `{_id: source_unit, reports, <outcome>.., pending, improper}`."""
        counted = {"pending": _count(_IS_PENDING), "improper": _count({"$ifNull": ["$improper", False]})}
        for outcome in Outcome:
            is_it = {"$eq": ["$decision.outcome", str(outcome)]}
            counted[str(outcome)] = _count({"$and": [is_it, {"$not": [_IS_PENDING]}]})
        return await self._rows(_within(period), {"$group": {"_id": "$source_unit"} | _ONE | counted})

    async def shortcomings(self, period: Period) -> Rows:
        """Rows `{_id: {source_unit, at, code}, reports}`: which places of the form were wrong, the most often first."""
        each = {"at": "$improper.shortcomings.at", "code": "$improper.shortcomings.code"}
        return await self._rows(
            _within(period),
            {"$match": {"improper": {"$ne": None}}},
            {"$unwind": "$improper.shortcomings"},
            _grouped(source_unit="$source_unit", **each),
            {"$sort": {"reports": -1, "_id.source_unit": 1}},
            {"$limit": MOST_TAUGHT},
        )


def _within(period: Period) -> Stage:
    """The stage that keeps a county's reports of some days, first and last included."""
    days = {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}
    return {"$match": {"county": period.county, "day": days}}


def _grouped(**by: Expression) -> Stage:
    """The stage that counts reports by these values."""
    return {"$group": {"_id": by} | _ONE}


def _count(condition: Expression) -> Expression:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _joined(mondays: Sequence[date]) -> list[tuple[date, date]]:
    """Weeks that follow one another as one span, the last day excluded."""
    spans: list[tuple[date, date]] = []
    for each in mondays:
        start = spans.pop()[0] if spans and spans[-1][1] == each else each
        spans.append((start, each + WEEK))
    return spans
