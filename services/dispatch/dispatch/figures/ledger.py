"""Conservation of a county's day, and what waits in its window now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from rules.spans import TAIPEI

from dispatch.domain.period import Period
from dispatch.domain.report.stages import UNDECIDED
from dispatch.figures.store import Figures
from dispatch.window.store import Reports

Row = Mapping[str, Any]
STAGED = ("accepted", "returned", "waiting")
SOON = timedelta(hours=6)
COUNT_IS_FRESH = timedelta(seconds=20)
"""A difference younger than this is on its way through Kafka; an older one is an alarm."""


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
    on_the_way: int = 0


@dataclass(frozen=True)
class Counters:
    """The edge of the board: what waits in the county, and whether today's equation holds.

    `equation` is right, soon (the difference is on its way) or wrong.
    `returned_twice` are open reports that units gave back twice or more.
    """

    waits: Mapping[str, int]
    overdue: int
    due_soon: int
    next_at: datetime | None
    today: Ledger
    equation: str
    returned_twice: int = 0


async def ledger_of(reports: Reports, figures: Figures, day: Period, now: datetime) -> Ledger:
    """The ledger of a county's day in Taipei."""
    count = await reports.count_of(day.county, day.first.isoformat())
    here = await reports.known_of(count["unanswered"]) if count and count["unanswered"] else set()
    rows = await figures.by_stage(day)
    return ledger(day, rows, count=count, overdue=await figures.overdue(day, now), here=here)


async def counters_of(
    reports: Reports, figures: Figures, county: str, now: datetime, *, unequal_since: datetime | None = None
) -> Counters:
    """The counters of a county; `unequal_since` is when its equation was last seen to hold no more."""
    rows = await figures.open_stages(county, now, SOON)
    today = await ledger_of(reports, figures, today_of(county, now), now)
    return Counters(
        waits={row["_id"]: row["reports"] for row in rows},
        overdue=sum(row["overdue"] for row in rows),
        due_soon=sum(row["due_soon"] for row in rows),
        next_at=min((row["next_at"] for row in rows if row["next_at"]), default=None),
        today=today,
        equation=_equation(today, now, unequal_since),
        returned_twice=sum(row["twice"] for row in rows),
    )


def today_of(county: str, now: datetime) -> Period:
    """The day that it is in Taipei."""
    day = now.astimezone(TAIPEI).date()
    return Period(county, day, day)


def ledger(day: Period, rows: Sequence[Row], *, count: Row | None, overdue: Sequence[str], here: set[str]) -> Ledger:
    """The ledger of a day's reports by stage and of intake's last count of them.

    `here` are those of the ids that intake counts as unanswered which this window has.
    """
    decided = {str(each): _sum(rows, outcome=each) for each in Outcome}
    arrived = sum(row["reports"] for row in rows if row["_id"].get("arrived"))
    own = sum(row["reports"] for row in rows) - arrived
    open_ = sum(_sum(rows, stage=stage) for stage in UNDECIDED)
    received = max(own, count["received"] if count else 0)
    return Ledger(
        county=day.county,
        day=day.first.isoformat(),
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


def _sum(rows: Iterable[Row], *, outcome: str | None = None, stage: str | None = None) -> int:
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


def _equation(today: Ledger, now: datetime, unequal_since: datetime | None) -> str:
    if today.missing or (unequal_since and now - unequal_since > COUNT_IS_FRESH and not today.equal):
        return "wrong"
    return "right" if today.equal else "soon"
