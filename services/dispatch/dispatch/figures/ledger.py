"""Conservation of a county's day, and what waits in its window now, read from the reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.spans import TAIPEI

from dispatch.figures import published
from dispatch.figures.published import Ledger
from dispatch.window.store import Reports

SOON = timedelta(hours=6)
COUNT_IS_FRESH = timedelta(seconds=20)
"""A difference younger than this is on its way through Kafka; an older one is an alarm."""


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


async def ledger_of(reports: Reports, county: str, day: str, now: datetime) -> Ledger:
    """The ledger of a county's day in Taipei."""
    count = await reports.count_of(county, day)
    here = await reports.known_of(count["unanswered"]) if count and count["unanswered"] else set()
    rows = await reports.figures(published.by_stage(county, day))
    overdue = await reports.ids_of({"county": county, "day": day, "breach_at": {"$lt": now}})
    return published.ledger(county, day, rows, count=count, overdue=overdue, here=here)


async def counters_of(
    reports: Reports, county: str, now: datetime, *, unequal_since: datetime | None = None
) -> Counters:
    """The counters of a county; `unequal_since` is when its equation was last seen to hold no more."""
    rows = await reports.figures(published.open_stages(county, now, SOON))
    today = await ledger_of(reports, county, day_of(now), now)
    return Counters(
        waits={row["_id"]: row["reports"] for row in rows},
        overdue=sum(row["overdue"] for row in rows),
        due_soon=sum(row["due_soon"] for row in rows),
        next_at=min((row["next_at"] for row in rows if row["next_at"]), default=None),
        today=today,
        equation=_equation(today, now, unequal_since),
        returned_twice=sum(row["twice"] for row in rows),
    )


def day_of(now: datetime) -> str:
    return now.astimezone(TAIPEI).date().isoformat()


def _equation(today: Ledger, now: datetime, unequal_since: datetime | None) -> str:
    if today.missing or (unequal_since and now - unequal_since > COUNT_IS_FRESH and not today.equal):
        return "wrong"
    return "right" if today.equal else "soon"
