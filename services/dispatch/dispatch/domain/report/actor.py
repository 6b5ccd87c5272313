"""Whoever changes a report or a decision table, in which counties they may, when, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from contracts.event import derived_id

from dispatch.domain.report.history import NO_REASON, Reason

Sees = Callable[[str], bool]
"""Whether a county is one of theirs."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the record, whether as supervisor, and the user name that a claim is held by."""

    name: str
    supervisor: bool
    username: str = ""


def made_by(by: Actor, key: str) -> str:
    """The id of what somebody makes: under a key the same again, so that what is sent twice is made once."""
    return (derived_id("dispatch", f"{by.username}:{by.name}", key) if key else uuid4()).hex


@dataclass(frozen=True)
class Act:
    """One act of an actor; `trace` is the trace context that its events carry on."""

    by: Actor
    now: datetime
    why: Reason = NO_REASON
    trace: Mapping[str, str] = field(default_factory=dict)
