"""What is kept of decision tables that a county writes: drafts, published versions, and replays of drafts."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict


class Act(TypedDict):
    """Who did something, and when."""

    by: str
    name: str
    at: datetime
    words: NotRequired[str]


class Happened(TypedDict):
    """One line of a draft's history."""

    what: str
    at: datetime
    by: str
    name: str
    revision: int
    words: NotRequired[str]
    sha256: NotRequired[str]


class Draft(TypedDict):
    """A text on its way into force. `writers` are user names, `names` those of whoever wrote each revision."""

    _id: str
    county: str
    state: str
    revision: int
    text: str
    writers: list[str]
    names: list[str]
    started_at: datetime
    changed_at: datetime
    asked: Act | None
    published_as: str | None
    history: list[Happened]


class Version(TypedDict):
    """A published table; only ever added."""

    _id: str
    county: str
    in_force_from: str
    author: str
    text: str
    sha256: str
    draft: str
    asked: Act | None
    writers: list[str]
    names: list[str]
    approved: Act


class Replay(TypedDict):
    """A past period decided again under a draft: running, done or failed; `done` of `of` reports."""

    _id: str
    draft: str
    revision: int
    county: str
    first: str
    last: str
    by: str
    name: str
    started_at: datetime
    seen_at: datetime
    state: str
    done: int
    of: int | None
    result: dict[str, Any] | None
    why: NotRequired[str]
