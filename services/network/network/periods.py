"""The days of one county over which something is counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import Depends, Query
from kit.problems import Unprocessable
from rules.spans import TAIPEI
from web.callers import allowed, must_cover

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Period:
    """One county, from a moment (included) to a moment (left out), in UTC."""

    county: str
    start: datetime
    end: datetime

    def of(self, field: str) -> dict[str, object]:
        return {"county": self.county, field: {"$gte": self.start, "$lt": self.end}}


def whole_year(county: str, year: int) -> Period:
    return Period(county, _midnight(date(year, 1, 1)), _midnight(date(year + 1, 1, 1)))


async def period_of(
    county: str,
    caller: Annotated[Caller, allowed(May.COUNT)],
    since: Annotated[date | None, Query(alias="from", description="First day, in Taiwan")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day, in Taiwan")] = None,
) -> Period:
    """The days asked for, else the last year. Raises Forbidden, Unprocessable."""
    must_cover(caller, county)
    return Period(county, *instants(since, until))


def instants(since: date | None, until: date | None) -> tuple[datetime, datetime]:
    """When the first of these days begins and the last one is over; else of the last year. Raises Unprocessable."""
    last = until or datetime.now(TAIPEI).date()
    first = since or (last - timedelta(days=365) if last > EARLIEST else last)
    if first > last:
        raise _wrong("from", "after_end", "Must not be after `to`.", "起日不可晚於迄日。")
    if first < EARLIEST or last > LATEST:
        en, zh = f"Write a day from {EARLIEST} to {LATEST}.", f"請寫 {EARLIEST} 至 {LATEST} 之間的日期。"
        raise _wrong("from" if first < EARLIEST else "to", "out_of_range", en, zh)
    return _midnight(first), _midnight(last + timedelta(days=1))


def _wrong(field: str, code: str, en: str, zh: str) -> Unprocessable:
    wrong = {"at": f"/query/{field}", "code": code, "zh": zh, "en": en}
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong])


Asked = Annotated[Period, Depends(period_of)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI).astimezone(UTC)
