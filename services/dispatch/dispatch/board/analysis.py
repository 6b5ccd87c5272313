"""The figures of a county as tables and simple drawings: counts alone, nobody's report."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import SourceUnit
from kit.mongo import Document

from dispatch import figures
from dispatch.store import Reports

LEFT, WIDE = 150, 490
"""Where the bars begin, and how long the longest is, in the units of the drawing."""
HIGH, TREND = 110, 900
OUTCOMES = ("protection", "welfare_centre", "no_dispatch", "transferred", "duplicate", "pending")


async def of(reports: Reports, county: str, first: date, last: date) -> dict[str, Any]:
    """Outcomes and sources by case type, and reports per day, from the first to the last day, both included."""
    days = (county, first.isoformat(), last.isoformat())
    people = await reports.figures(figures.persons(*days))
    rows, total = figures.outcome_table(await reports.figures(figures.outcomes(*days)), people)
    by_source, of_sources = figures.source_table(await reports.figures(figures.sources(*days)))
    per_day = {row["_id"]: row["reports"] for row in await reports.figures(figures.days(*days))}
    return {
        "outcomes": {"rows": rows, "total": total, "bars": bars(rows), "legend": OUTCOMES,
                     "columns": ("reports", "persons", *(str(each) for each in Outcome), "pending")},
        "sources": {"rows": by_source, "total": of_sources,
                    "columns": (*(str(each) for each in SourceUnit), "total")},
        "trend": trend([(day, per_day.get(day, 0)) for day in _each_day(first, last)]),
    }  # fmt: skip


def _each_day(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def bars(rows: Sequence[Document]) -> list[Document]:
    """A bar for each case type, as long as its reports are many, in one part for each outcome."""
    most = max((row["reports"] for row in rows), default=0) or 1
    return [{"case_type": row["case_type"], "parts": _parts(row, WIDE / most)} for row in rows]


def _parts(row: Document, unit: float) -> list[Document]:
    parts, x = [], float(LEFT)
    for name in OUTCOMES:
        if width := row[name] * unit:
            parts.append({"name": name, "reports": row[name], "x": round(x, 1), "width": round(width, 1)})
        x += width
    return parts


def trend(days: Sequence[tuple[str, int]]) -> Document:
    """A column for each day, the newest on the right; the latest fortnight also in figures."""
    most, step = max((count for _, count in days), default=0) or 1, TREND / max(len(days), 1)
    drawn = [
        {"day": day, "reports": count, "x": round(number * step, 1), "y": round(HIGH - count / most * 100, 1),
         "height": round(count / most * 100, 1)}
        for number, (day, count) in enumerate(days)
    ]  # fmt: skip
    return {"width": TREND, "bar": round(step * 0.8, 1), "days": drawn, "shown": drawn[-14:]}
