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
    return Period(county, midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1)))


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
    must_be_counted("from", first)
    must_be_counted("to", last)
    return midnight(first), midnight(last + timedelta(days=1))


def must_be_counted(field: str, day: date) -> None:
    """Raises Unprocessable for a day at an end of the calendar, which has no week before or after."""
    if not EARLIEST <= day <= LATEST:
        en, zh = f"Write a day from {EARLIEST} to {LATEST}.", f"請寫 {EARLIEST} 至 {LATEST} 之間的日期。"
        raise _wrong(field, "out_of_range", en, zh)


def year_of(text: str) -> int:
    """The year that is asked for, else this one. Raises Unprocessable."""
    if not text:
        return datetime.now(TAIPEI).year
    first, last = EARLIEST.year, LATEST.year
    if len(text) == 4 and text.isdecimal() and first <= int(text) <= last:
        return int(text)
    en, zh = f"Write a year from {first} to {last}.", f"請寫西元 {first} 至 {last} 之間的年份。"
    raise _wrong("year", "out_of_range", en, zh)


def _wrong(field: str, code: str, en: str, zh: str) -> Unprocessable:
    wrong = {"at": f"/query/{field}", "code": code, "zh": zh, "en": en}
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong])


Asked = Annotated[Period, Depends(period_of)]


def midnight(day: date) -> datetime:
    """When a day begins in Taiwan, in UTC."""
    return datetime.combine(day, time(), TAIPEI).astimezone(UTC)
