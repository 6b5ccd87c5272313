"""Whoever changes a report or a decision table, in which counties they may, when, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain.report.history import NO_REASON, Reason

Sees = Callable[[str], bool]
"""Whether a county is one of theirs."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the record, whether as supervisor, and the user name that a claim is held by."""

    name: str
    supervisor: bool
    username: str = ""


@dataclass(frozen=True)
class Act:
    """One act of an actor; `trace` is the trace context that its events carry on."""

    by: Actor
    now: datetime
    why: Reason = NO_REASON
    trace: Mapping[str, str] = field(default_factory=dict)
