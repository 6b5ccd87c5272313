"""What the stand-in remembers, as it is shown under `/_standin/messages` and kept in the journal."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Body = dict[str, Any]
Cause = Literal["quota", "rate", "concurrency"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One message in a group, shown once however often it was pushed; `at` is in seconds since 1970.

    `is_reply`: it answered an event and counted for nothing.
    """

    seq: int
    id: str
    quote_token: str
    group_id: str
    group: str
    request_id: str
    retry_key: str | None
    at: float
    body: Body
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One push request, whatever became of it; `at` is its arrival, `fault` the kind of fault that it met."""

    seq: int
    at: float
    request_id: str
    retry_key: str | None
    to: str | None
    status: int
    answer: str | None
    fault: str | None
    body: Any


@dataclass(slots=True)
class Press:
    """A member pressed a button, and `picked` a day where one is asked; `webhook_status`: its answer, or why not."""

    at: float
    message_id: str
    group_id: str
    user_id: str
    user: str
    label: str
    data: str
    webhook_event_id: str
    reply_token: str = ""
    picked: str | None = None
    webhook_status: int | str = "sending"
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A push that LINE took: what a repeat of its retry key is answered with."""

    request_id: str
    retry_key: str | None
    at: float
    sent: list[dict[str, str]]


class Fault(BaseModel):
    """What the next `count` pushes meet: a status without effect, no answer, or an acceptance without an answer.

    `to` limits it to one group id; `seconds` is how long an answer is withheld, when not the stand-in's default.
    """

    kind: Literal["accept_then_timeout", "timeout", "status"]
    status: int = Field(default=500, ge=400, le=599)
    cause: Cause = "rate"
    count: int = Field(default=1, ge=1)
    to: str | None = None
    seconds: float | None = Field(default=None, gt=0)


def as_json(record: Shown | Attempt | Press) -> dict[str, Any]:
    """A record as JSON, its time in RFC 3339 and UTC, to the microsecond."""
    return asdict(record) | {"at": datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds")}
