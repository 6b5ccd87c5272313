"""A case is in the news: whether it is theirs, what is said and by when, each bureau owes by a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from contracts.decisions import UnitId

from notify.domain.notices import URGENT, Notice, window_of

Step: TypeAlias = Literal["raised", "reminded", "late"]
PURPOSE = "media_watch"


@dataclass(frozen=True)
class Owed:
    """What one unit owes, or has answered: `says` is sealed."""

    unit: UnitId
    answered_at: datetime | None = None
    answered_by: str | None = None
    ours: bool | None = None
    says: str | None = None
    says_by: datetime | None = None


@dataclass(frozen=True)
class Alert:
    """An alert as it stands; subject and link are sealed in `told`, under a key of `owner`.

    The next reminder is due at `next_at`, until everybody has answered or was named as late.
    """

    id: str
    county: str
    raised_by: str
    raised_at: datetime
    answer_by: datetime
    told: str
    owner: str
    owes: tuple[Owed, ...]
    step: Step = "raised"
    next_at: datetime | None = None

    @property
    def silent(self) -> tuple[UnitId, ...]:
        """The units that owe an answer still."""
        return tuple(owed.unit for owed in self.owes if owed.answered_at is None)

    def is_late(self, now: datetime) -> bool:
        return bool(self.silent) and now >= self.answer_by


def bureaus_of(county: str, kinds: Sequence[str], units: Iterable[str]) -> tuple[UnitId, ...]:
    """The units of these kinds that a county has; where it names none of a kind, the kind itself owes."""
    here = sorted(unit for unit in units if unit.startswith(f"{county}/"))
    found = [[unit for unit in here if unit.partition("/")[2].partition(".")[0] == kind] for kind in kinds]
    return tuple(unit for kind, of_it in zip(kinds, found, strict=True) for unit in of_it or [f"{county}/{kind}"])


def raised(alert: Alert) -> Notice:
    """What the county's group for the news reads."""
    return _notice(alert, f"{alert.county}/{PURPOSE}", "media_watch")


def asked(alert: Alert) -> tuple[Notice, ...]:
    """What the bureaus read in their own groups, where the county has no group for the news."""
    return tuple(_notice(alert, unit, "media_watch") for unit in alert.silent)


def first_reminder(answer_by: datetime, before: timedelta, now: datetime) -> datetime:
    """When whoever has not answered is reminded: half-way, where there is less time than that."""
    return max(answer_by - before, now + (answer_by - now) / 2)


def reminders(alert: Alert) -> tuple[Notice, ...]:
    """What is due now: a reminder for each unit that owes; at the end each is named to the county's window."""
    if alert.step == "raised":
        return tuple(_notice(alert, unit, "media_reminder") for unit in alert.silent)
    return tuple(_notice(alert, window_of(alert.county), "media_late", lead=unit) for unit in alert.silent)


def after_reminder(alert: Alert) -> tuple[Step, datetime | None]:
    """The step that follows, and when the next one is due."""
    return ("reminded", alert.answer_by) if alert.step == "raised" else ("late", None)


def _notice(alert: Alert, unit: UnitId, template: str, lead: UnitId | None = None) -> Notice:
    return Notice(unit, template, alert.county, priority=URGENT, due_at=alert.answer_by, lead=lead, about=alert.id)
