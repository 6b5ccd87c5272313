"""What the edge of the board knows beyond its equation: clocks by night, sources, senders, and how reports arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit.kafka import Standing
from kit.mongo import Document

from dispatch.figures import published
from dispatch.figures.ledger import day_of
from dispatch.window.shifts import morning_after
from dispatch.window.store import Reports

LATEST = 20
"""Over so many of the latest reports the delay is told: the slowest of them counts."""
RECENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Clocks:
    """How many clocks are over, end before the morning, and end in the day after it."""

    over: int = 0
    tonight: int = 0
    tomorrow: int = 0
    morning: datetime | None = None


@dataclass(frozen=True)
class Edge:
    """`sources` are today's reports by source unit; `heard` is intake's last word on senders, or None.

    `last_at` is when the latest report came; `delay` how long the slowest of the recent ones waited for its decision.
    """

    clocks: Clocks
    sources: Mapping[str, int]
    heard: Document | None
    last_at: datetime | None
    delay: timedelta | None
    kafka: Standing


async def edge_of(reports: Reports, county: str, now: datetime, kafka: Standing) -> Edge:
    """The edge of a county's board now."""
    morning, day = morning_after(now), day_of(now)
    clocks = await reports.figures(_clocks(county, now, morning))
    latest = await reports.figures(_latest(county))
    return Edge(
        clocks=Clocks(morning=morning, **_counted(clocks)),
        sources=_by_source(await reports.figures(published.sources(county, day, day))),
        heard=await reports.heard_of(county),
        last_at=max((each["received_at"] for each in latest), default=None),
        delay=_delay(latest, now),
        kafka=kafka,
    )


def _clocks(county: str, now: datetime, morning: datetime) -> published.Pipeline:
    """Rows `{_id: over|tonight|tomorrow, reports}` of the clocks that end before the morning after next."""
    ends = [
        {"case": {"$lt": ["$breach_at", now]}, "then": "over"},
        {"case": {"$lt": ["$breach_at", morning]}, "then": "tonight"},
    ]
    when = {"$switch": {"branches": ends, "default": "tomorrow"}}
    within: dict[str, Any] = {"county": county, "breach_at": {"$lt": morning + timedelta(days=1)}}
    return [{"$match": within}, {"$group": {"_id": when, "reports": {"$sum": 1}}}]


def _latest(county: str) -> published.Pipeline:
    """Rows `{received_at, decided_at}` of the reports that were decided last and only once."""
    times = {"received_at": 1, "decided_at": "$decision.decided_at"}
    once = {"county": county, "decision.version": 1}
    return [{"$match": once}, {"$sort": {"decision.decided_at": -1}}, {"$limit": LATEST}, {"$project": times}]


def _counted(rows: Sequence[Document]) -> dict[str, int]:
    return {row["_id"]: row["reports"] for row in rows}


def _by_source(rows: Sequence[Document]) -> dict[str, int]:
    units = dict.fromkeys((row["_id"]["source_unit"] for row in rows), 0)
    for row in rows:
        units[row["_id"]["source_unit"]] += row["reports"]
    return dict(sorted(units.items(), key=lambda each: -each[1]))


def _delay(latest: Sequence[Document], now: datetime) -> timedelta | None:
    recent = [row for row in latest if now - row["decided_at"] < RECENT]
    return max((row["decided_at"] - row["received_at"] for row in recent), default=None)
