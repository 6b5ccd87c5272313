"""The edge of the board beyond its equation: clocks by night, sources, senders, and how reports arrive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit.kafka import KafkaState

from dispatch.figures.ledger import today_of
from dispatch.figures.store import Figures
from dispatch.window.shifts.shifts import morning_after
from dispatch.window.store import Reports

LATEST = 20
"""The delay is that of the slowest of this many of the latest reports."""
RECENT = timedelta(minutes=10)
Row = Mapping[str, Any]


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
    heard: Row | None
    last_at: datetime | None
    delay: timedelta | None
    kafka: KafkaState


async def edge_of(reports: Reports, figures: Figures, county: str, now: datetime, kafka: KafkaState) -> Edge:
    """The edge of a county's board now."""
    morning = morning_after(county, now)
    clocks = {row["_id"]: row["reports"] for row in await figures.clocks_by_night(county, now, morning)}
    latest = await figures.decided_last(county, LATEST)
    return Edge(
        clocks=Clocks(morning=morning, **clocks),
        sources=_by_source(await figures.sources(today_of(county, now))),
        heard=await reports.heard_of(county),
        last_at=max((each["received_at"] for each in latest), default=None),
        delay=_delay(latest, now),
        kafka=kafka,
    )


def _by_source(rows: Iterable[Row]) -> dict[str, int]:
    """Reports by source unit, the most first."""
    units: dict[str, int] = {}
    for row in rows:
        unit = row["_id"]["source_unit"]
        units[unit] = units.get(unit, 0) + row["reports"]
    return dict(sorted(units.items(), key=lambda each: -each[1]))


def _delay(latest: Sequence[Row], now: datetime) -> timedelta | None:
    recent = [row for row in latest if now - row["decided_at"] < RECENT]
    return max((row["decided_at"] - row["received_at"] for row in recent), default=None)
