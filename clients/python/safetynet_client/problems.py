"""What may go wrong, as exceptions: one for each kind of problem (RFC 9457), with what to correct and how."""

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx
from contracts.event import Model

# SafetyNetError
#   NoAnswer
#   Problem
#     BadRequest  Unauthorized  Forbidden  NotFound  Conflict  Gone  TooLarge  UnsupportedMedia  Invalid  TooMany
#     Unavailable


class SafetyNetError(Exception):
    """The base of all errors of this client."""


class NoAnswer(SafetyNetError):
    """Intake could not be reached, or the connection broke: the outcome is unknown. Repeat it with the same key."""


class WrongField(Model):
    """One field to correct: where (JSON pointer), what is wrong (a stable code), and how to correct it."""

    at: str
    code: str
    detail: str


class Problem(SafetyNetError):
    """Intake's refusal. `detail` says what to do, in the client's language; it never repeats what was sent."""

    status: ClassVar[int] = 0

    def __init__(self, told: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.title, self.detail = str(told.get("title", "")), str(told.get("detail", ""))
        self.errors = tuple(WrongField.model_validate(each) for each in told.get("errors", ()))
        self.retry_after = retry_after
        super().__init__(": ".join((self.title, self.detail, *(f"{each.at} {each.detail}" for each in self.errors))))


class BadRequest(Problem):
    status = 400


class Unauthorized(Problem):
    status = 401


class Forbidden(Problem):
    status = 403


class NotFound(Problem):
    status = 404


class Conflict(Problem):
    """The idempotency key or sender_ref was used for another report, which stands."""

    status = 409


class Gone(Problem):
    status = 410


class TooLarge(Problem):
    status = 413


class UnsupportedMedia(Problem):
    status = 415


class Invalid(Problem):
    """`errors` lists the fields to correct."""

    status = 422


class TooMany(Problem):
    """One of the agency's limits, which `detail` names; wait `retry_after` seconds."""

    status = 429


class Unavailable(Problem):
    """Nothing durable could be promised: repeat the call with the same idempotency key."""

    status = 503


_KINDS = {kind.status: kind for kind in Problem.__subclasses__()}


def problem_of(answer: httpx.Response) -> Problem:
    """The problem in an answer; a plain Problem for an unknown status."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    known = _KINDS.get(answer.status_code, Problem)
    return known({"title": f"HTTP {answer.status_code}"} | told, retry_after(answer))


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds that an answer asks to wait."""
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdigit() else None
