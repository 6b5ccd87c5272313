"""Which days are worked: Taiwan's official calendar, and the days on which it differs."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def working_day(day: date) -> bool:
    """Taiwan's official calendar (行政機關辦公日曆表): public holidays are off, make-up Saturdays are worked."""
    return _overrides().get(day, _calendar().is_working_day(day))


@cache
def _calendar() -> Any:
    import holidays

    return holidays.country_holidays("TW")


@cache
def _overrides() -> Mapping[date, bool]:
    days = yaml.safe_load((files("rules") / "working_days.yaml").read_text("utf-8"))
    return {day: worked for worked, listed in ((True, days["worked"]), (False, days["free"])) for day in listed}
