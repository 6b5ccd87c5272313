"""Closing a case: who asked, why and on what evidence, who approved, and until when it is watched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contracts.event import Sealed
from contracts.reports import ReportId

Reason = Literal["goals_met", "moved", "refused", "cannot_be_reached", "served_elsewhere"]
REASONS: tuple[Reason, ...] = ("goals_met", "moved", "refused", "cannot_be_reached", "served_elsewhere")


@dataclass(frozen=True)
class Evidence:
    """What a closing rests on, in codes; free words stay sealed in `words`.

    `heard`: collaborators that were asked whether they object. `acknowledged_by`: the county or unit that confirmed
    it took the family over, of another county where it moved; and when, which is since it was reported.
    `welfare_check`: what was considered, where the family was not reached.
    """

    heard: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    welfare_check: Literal["done", "considered"] | None = None
    goals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closing:
    """One request to close, with its answer; `before` is the state that a refusal gives back."""

    id: str
    reason: Reason
    evidence: Evidence
    asked_by: str
    asked_at: datetime
    before: str
    return_plan: Sealed | None = None
    words: Sealed | None = None
    state: Literal["asked", "approved", "refused"] = "asked"
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    watched_until: datetime | None = None
    reopened_at: datetime | None = None
    reopened_by: ReportId | None = None

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """Its free words: what was considered, and what to do should the family come back."""
        return tuple(words for words in (self.words, self.return_plan) if words)


@dataclass(frozen=True)
class Listed:
    """The case stands on a list of a meeting (列管) until it is delisted."""

    id: str
    list: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """One thing that must hold before a case closes for `reasons`; `days` and `least` are its measures."""

    code: str
    reasons: tuple[str, ...]
    source: str
    verified: bool
    since: str
    days: int = 0
    least: int = 0


@dataclass(frozen=True)
class Guard:
    """The rules of closing in force, and for how many days a closed case is watched and remembered."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    watch_days: int = 30
    remember_days: int = 365

    @property
    def watch(self) -> timedelta:
        return timedelta(days=self.watch_days)
