"""The states of a message, as they are kept and as they are told."""

from collections.abc import Mapping
from typing import Any

QUEUED, SENT, ACKNOWLEDGED, FAILED = "queued", "sent", "acknowledged", "failed"
NEEDLESS = "answered"
"""Why a step's message did not leave: the one that it is about was answered."""
ESCALATED = "escalated"
"""Told, never kept: the state of a message stays that of its sending."""
_OPEN = ["open", "standing"]
_IS_ESCALATED = {
    "$and": [
        {"$eq": ["$state", SENT]},
        {"$in": ["$run.state", _OPEN]},
        {"$gt": [{"$size": {"$ifNull": ["$run.taken", []]}}, 0]},
    ]
}
TOLD_STATE = {"$cond": [_IS_ESCALATED, ESCALATED, "$state"]}
"""As `told_state` of a document."""


def told_state(document: Mapping[str, Any]) -> str:
    """The state that is told outside: `escalated` once a step was taken for what was sent and nobody has answered."""
    run = document.get("run") or {}
    is_escalated = document["state"] == SENT and run.get("state") in _OPEN and run["taken"]
    return ESCALATED if is_escalated else str(document["state"])
