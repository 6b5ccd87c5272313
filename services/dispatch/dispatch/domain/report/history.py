"""A report's history: one line for everything that happened to it, and nothing is ever taken out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why an officer did something: a `code`, or words, `sealed` because they may name someone."""

    code: str | None = None
    sealed: str | None = None


NO_REASON = Reason()


@dataclass(frozen=True)
class Line:
    """What happened, when, and who did it; `id` makes a repeat harmless.

    A `clock` that was due at `due_before` is due at `due_at`, by what was said of `day`.
    """

    id: str
    at: datetime
    what: str
    who: str
    outcome: str | None = None
    unit: str | None = None
    case_id: str | None = None
    report_id: str | None = None
    version: int | None = None
    found: str | None = None
    reason: str | None = None
    reason_sealed: str | None = None
    clock: str | None = None
    day: str | None = None
    due_before: datetime | None = None
    due_at: datetime | None = None


def line(
    cause: str, at: datetime, what: str, who: str, why: Reason = NO_REASON, /, **detail: str | int | datetime | None
) -> Line:
    """The line of what `cause` brought about."""
    own: dict[str, Any] = detail
    return Line(f"{cause}:{what}", at, what, who, reason=why.code, reason_sealed=why.sealed, **own)
