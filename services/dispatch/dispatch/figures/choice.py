"""What a visitor of the analysis pages chose: a time, the step of its trend, a month."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, get_args

from fastapi import Query
from kit.problems import Unprocessable
from rules.taiwan import roc_year

from dispatch.figures.sheets import By

PRESETS = (7, 30, 90, 365)
LONGEST = 366 * 5
EARLIEST = date(2000, 1, 1)
_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Time:
    """Days of Taipei, both included, and the step of the trend."""

    first: date
    last: date
    by: By

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The query of `/analysis`: a time, or a number of days up to today."""

    days: Annotated[int, Query(ge=1, le=LONGEST)] = 30
    first: Annotated[date | None, Query(alias="from", ge=EARLIEST)] = None
    last: Annotated[date | None, Query(alias="to", ge=EARLIEST)] = None
    by: By | None = None
    township: Annotated[str, Query(max_length=40)] = ""

    def time(self, today: date) -> Time:
        """Raises Unprocessable for a time that ends before it begins, or is longer than five years."""
        last = self.last or today
        first = self.first or last - timedelta(days=self.days - 1)
        if not 0 <= (last - first).days < LONGEST:
            raise Unprocessable("Choose a first day before the last, at most five years.", "起日須早於迄日，至多五年。")
        return Time(first, last, self.by or _step((last - first).days + 1))


def _step(days: int) -> By:
    return "day" if days <= 31 else "week" if days <= 366 else "month"


STEPS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of Taipei."""

    first: date

    @classmethod
    def of(cls, text: str | None, today: date) -> "Month":
        """`2026-10`, or else the month before today's. Raises Unprocessable for anything but a month that has begun."""
        if not text:
            return cls(today.replace(day=1)).before
        if not _MONTH.fullmatch(text) or text > today.isoformat()[:7]:
            raise Unprocessable("Write a month that has begun as 2026-10.", "月份請寫成 2026-10，且不可晚於本月。")
        return cls(date.fromisoformat(f"{text}-01"))

    @property
    def last(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def __str__(self) -> str:
        return self.first.isoformat()[:7]

    @property
    def roc(self) -> str:
        """115年10月: in years of the Republic."""
        return f"{roc_year(self.first)}年{self.first.month}月"

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def and_before(self, many: int) -> list["Month"]:
        """This month and as many before it, the earliest first."""
        months = [self]
        for _ in range(many):
            months.append(months[-1].before)
        return months[::-1]
