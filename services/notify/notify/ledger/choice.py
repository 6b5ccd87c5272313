"""Which messages a page of the ledger shows: a period, a report, a group, a person, a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from kit.problems import Unprocessable
from rules.spans import TAIPEI

State: TypeAlias = Literal["", "queued", "sent", "escalated", "acknowledged", "failed", "open"]
"""`open`: nobody has answered what asked for someone."""
DAYS = 7
MOST_DAYS = 366


@dataclass(frozen=True)
class Choice:
    """Days in Taipei, both of them inside; a text that is empty chooses nothing."""

    first: date
    last: date
    report: str = ""
    unit: str = ""
    person: str = ""
    state: State = ""

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From the start of the first day to the end of the last."""
        start, end = (datetime.combine(day, time.min, TAIPEI) for day in (self.first, self.last))
        return start, end + timedelta(days=1)

    def address(self, path: str = "/deliveries", **changed: object) -> str:
        """The address of this choice with some of it changed."""
        told: Mapping[str, object] = {"from": self.first, "to": self.last} | {
            name: getattr(self, name) for name in ("report", "unit", "person", "state")
        }
        return f"{path}?{urlencode({name: value for name, value in {**told, **changed}.items() if value})}"


def chosen(first: date | None, last: date | None, *, report: str, **told: Any) -> Choice:
    """The last seven days where no other are named, or a year where a report is; `told` as in a Choice.

    Raises Unprocessable.
    """
    last = last or datetime.now(UTC).astimezone(TAIPEI).date()
    first = first or last - timedelta(days=(MOST_DAYS if report else DAYS) - 1)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS) or not 2000 <= first.year < 3000:
        raise Unprocessable(
            "Choose a first day that is not after the last, within 366 days.", "起日不得晚於迄日，期間以 366 日為限。"
        )
    return Choice(first, last, report.strip(), **told)
