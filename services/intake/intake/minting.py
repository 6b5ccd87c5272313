"""Secrets that are shown once: a request that says which one it is (Idempotency-Key) is answered again by the same."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from kit.mongo import Document
from kit.problems import Conflict
from starlette.requests import Request

from intake.headers import idempotency_key

REMEMBERED = 50
"""So many of the last requests of each owner are known by their keys."""


@dataclass(frozen=True)
class Once:
    """Which request it is, and what it asks: keyed prints of both."""

    key: str
    sent: str

    def asks_the_same(self, used: Document) -> bool:
        """Whether this was asked before. Raises Conflict where something else was under this key."""
        if used["key"] == self.key and used["sent"] != self.sent:
            raise Conflict(
                "This Idempotency-Key was used for another request, which stands. Use a new one for a new request.",
                "此 Idempotency-Key 已用於另一項請求（仍有效）。新請求請用新的值。",
            )
        return bool(used["key"] == self.key)


class Minting:
    """Makes secrets: at random, or, for a request that has a key of its own, from that key and one of the service."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def once(self, request: Request, body: bytes, owner: str) -> Once | None:
        """Raises BadRequest for a malformed header."""
        if (key := idempotency_key(request)) is None:
            return None
        which = f"{request.method}\x1f{request.url.path}\x1f{owner}\x1f{key}"
        return Once(self._print("once", which).hex()[:32], self._print("sent", _written(body)).hex()[:32])

    def secret(self, once: Once | None) -> bytes:
        """32 bytes that nobody can guess who does not have the service's key."""
        return self._print("secret", once.key) if once else secrets.token_bytes(32)

    def _print(self, kind: str, text: str) -> bytes:
        return hmac.new(self._key, f"mint\x1f{kind}\x1f{text}".encode(), hashlib.sha256).digest()


def written(secret: bytes) -> str:
    """A secret as a bearer key is written."""
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def remembered(used: list[Document], once: Once | None) -> list[Document]:
    """The last requests that are known by their keys, with this one."""
    return [*([vars(once)] if once else []), *used][:REMEMBERED]


def _written(body: bytes) -> str:
    """A body however its sender orders it; what is no JSON as it came, for the route to refuse."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
