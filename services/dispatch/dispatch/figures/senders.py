"""Senders of a county by kind of agency: what they sent, what became of it, where teaching helps; nobody's report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import SourceUnit

from dispatch.domain.period import Period
from dispatch.figures.store import Figures
from dispatch.window.store import Reports

COLUMNS = ("reports", *(str(each) for each in Outcome), "pending", "improper")


@dataclass(frozen=True)
class Senders:
    """Counts by source unit over COLUMNS and their total; what senders were taught; intake's last word on them."""

    rows: Mapping[str, Mapping[str, int]]
    total: Mapping[str, int]
    taught: Sequence[Mapping[str, Any]]
    heard: Mapping[str, Any] | None


async def senders_of(reports: Reports, figures: Figures, period: Period) -> Senders:
    """What a county knows of its senders."""
    counted = {row["_id"]: row for row in await figures.senders(period)}
    rows = {str(unit): _counts(counted.get(str(unit), {})) for unit in SourceUnit}
    total = {name: sum(row[name] for row in rows.values()) for name in COLUMNS}
    return Senders(rows, total, await figures.shortcomings(period), await reports.heard_of(period.county))


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(row.get(name, 0)) for name in COLUMNS}
