"""An act under a key: sent again it changes nothing and is answered alike; something else under its key is refused."""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from kit.problems import Conflict, Problem
from kit.sealed import BlindIndexes

Sent = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same again under a key changes nothing and answers alike; another body is refused (409)",
    ),
]


@dataclass(frozen=True)
class Key:
    """Under which somebody sends an act, with a keyed print of what they send: the same again changes nothing."""

    id: str
    sent: str | None = None


class UsedKey(Conflict):
    """Something else was sent under this key before, and stands."""


class Prints:
    """Prints of what is sent: equal for equal words, and nothing to guess them by without the key."""

    def __init__(self, indexes: BlindIndexes) -> None:
        self._indexes = indexes

    def of(self, words: str) -> str:
        return self._indexes.of("sent", words)

    def key(self, act: str, key: str | None, words: str) -> Key | None:
        """The key of an act, which counts for that act alone: another act under it is another act."""
        return Key(f"{act}:{key}", self.of(words)) if key else None


def must_be_the_same(before: str | None, sent: str | None) -> None:
    """Raises UsedKey where something else than before is sent under a key; both are prints."""
    if before and sent and before != sent:
        raise UsedKey(
            "This Idempotency-Key was used for another act, which stands. Use a new one for a new act.",
            "此 Idempotency-Key 已用於另一項動作（仍有效）。新動作請用新值。",
        )


def told(problem: Problem) -> Problem:
    """What a person reads of it: who went back to a form that was sent says whether this is one more, by a new key."""
    if not isinstance(problem, UsedKey):
        return problem
    return Conflict(
        "What this form sent before is recorded. If this is a further one, send it again.",
        "此表單先前送出的內容已留存；若為另一筆，請再送出一次。",
    )


async def prints_of(request: Request) -> Prints:
    prints: Prints = request.app.state.prints
    return prints


Printed = Annotated[Prints, Depends(prints_of)]


async def _once(request: Request, prints: Printed, key: Sent = None) -> Key | None:
    return prints.key(request.url.path, key, _written(await request.body()) if key else "")


def _written(body: bytes) -> str:
    """A body however its sender orders it; what is no JSON as it came, for the route to refuse."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


Once = Annotated[Key | None, Depends(_once)]
