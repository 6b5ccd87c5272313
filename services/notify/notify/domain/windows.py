"""Whose group hears of a notice at an hour: the windows that the directory tells of a unit (業務窗口)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from contracts.decisions import UnitId
from contracts.directory import ContactWindow, Dated, OpenHours, UnitDescribed
from rules.spans import TAIPEI

from notify.domain.notices import GRAVEST

WORK, EMERGENCY = "unit_work", "emergency"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def heard_by(windows: Sequence[ContactWindow], rank: int, at: datetime) -> UnitId | None:
    """The unit whose group hears instead of the unit's own, by the window that is open; None where none says so.

    What is gravest looks for a window of emergencies first. A window with hours goes before one that is always open.
    """
    purposes = (EMERGENCY, WORK) if rank == GRAVEST else (WORK,)
    wanted = sorted(
        (each for each in windows if each.purpose in purposes),
        key=lambda each: (purposes.index(each.purpose), not each.hours),
    )
    window = next((each for each in wanted if is_open(each, at)), None)
    return window.heard_by if window else None


def is_open(window: ContactWindow, at: datetime) -> bool:
    """Whether somebody hears there at a time: always, on its days, where it names no hours."""
    local = at.astimezone(TAIPEI)
    is_on = not window.hours or any(_covers(each, local) for each in window.hours)
    return is_on and holds(window, local.date())


def holds(dated: Dated | UnitDescribed, on: date) -> bool:
    """Whether something is so on a day."""
    return (dated.valid_from or on) <= on <= (dated.valid_to or on)


def _covers(hours: OpenHours, local: datetime) -> bool:
    """Hours that close before they open run until the next morning, and are those of the day on which they began."""
    clock, today = f"{local:%H:%M}", local.date()
    if hours.opens_at < hours.closes_at:
        return hours.opens_at <= clock < hours.closes_at and _on(hours, today)
    return (clock >= hours.opens_at and _on(hours, today)) or (
        clock < hours.closes_at and _on(hours, today - timedelta(days=1))
    )


def _on(hours: OpenHours, day: date) -> bool:
    return _DAYS[day.weekday()] in hours.days and holds(hours, day)
