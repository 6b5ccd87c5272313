"""What LINE's answer to a push means, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

GIVE_UP = timedelta(hours=23)
"""LINE honours a retry key for 24 hours after the first request; after that a repeat could be a second message."""
MOST_PAUSE = 300.0

Reason: TypeAlias = Literal["quota", "refused", "unknown_group", "expired"]
Cause: TypeAlias = Literal["quota", "channel", "silence"]


@dataclass(frozen=True)
class Answer:
    """LINE's answer to one request; a status of 0 means that none came. `message` is LINE's own error text."""

    status: int
    message: str = ""
    request_id: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True)
class Sent:
    """LINE accepted the message, now or at an earlier attempt; whether anyone read it is unknown."""

    request_id: str | None


@dataclass(frozen=True)
class Failed:
    """LINE will never take this message."""

    reason: Reason


@dataclass(frozen=True)
class Later:
    """In doubt, or not now: send the same again under the same retry key, not before `after` seconds."""

    cause: str
    after: float = 0.0

    @property
    def is_silence(self) -> bool:
        """LINE told nothing, or of a fault of its own; a rate that is too high is an answer."""
        return self.cause != "http_429"


@dataclass(frozen=True)
class Held:
    """LINE took nothing, and not for this message's sake: it waits until the cause is gone, however long.

    `quota`: the month's quota is smaller than what the message costs. `channel`: LINE does not know our token, or
    does not let this channel send. `silence`: LINE has not answered anything for a while, so that one message asks for
    all.
    """

    cause: Cause


@dataclass(frozen=True)
class Needless:
    """Whoever it asks need not be asked any more: the message was answered, by `by` if they are known."""

    by: str | None


Verdict: TypeAlias = Sent | Failed | Later | Held | Needless


def judge(answer: Answer) -> Verdict:
    """LINE's retry table ("Retrying a failed API request"): 409 is success, 5xx and silence are doubt."""
    if 200 <= answer.status < 300 or answer.status == 409:
        return Sent(answer.request_id)
    if answer.status == 429:
        return _too_many(answer)
    if answer.status in (401, 403):
        return Held("channel")
    if 400 <= answer.status < 500:
        return Failed("unknown_group" if answer.message.startswith(_NO_SUCH_RECEIVER) else "refused")
    return Later(f"http_{answer.status}" if answer.status else "no_answer", answer.retry_after or 0.0)


_NO_SUCH_RECEIVER = ("Failed to send messages", "The property, 'to'")
_QUOTA = ("monthly limit", "additional messages")


def _too_many(answer: Answer) -> Verdict:
    """One status, three causes; of these only the monthly quota cannot be waited out within minutes."""
    if any(words in answer.message.lower() for words in _QUOTA):
        return Held("quota")
    return Later("http_429", answer.retry_after or 0.0)


def is_too_late(first_tried_at: datetime, now: datetime) -> bool:
    return now - first_tried_at >= GIVE_UP


def pause(attempts: int, base: float, chance: float) -> timedelta:
    """The wait after `attempts` tries: doubles from `base` seconds to five minutes; `chance` (0 to 1) spreads it."""
    return timedelta(seconds=min(base * 2 ** max(min(attempts - 1, 16), 0), MOST_PAUSE) * (0.5 + chance / 2))
