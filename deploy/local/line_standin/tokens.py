"""Channel access tokens: the one of the settings, and stateless ones that live for 15 minutes."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

STATELESS_SECONDS = 900


@dataclass
class Tokens:
    """The tokens that are good now; `issued` names the end of each stateless one, in seconds since 1970."""

    long_lived: str
    channel_id: str
    channel_secret: str
    clock: Callable[[], float] = time.time
    issued: dict[str, float] = field(default_factory=dict)

    def know(self, authorization: str) -> bool:
        """Whether a caller's Authorization header bears a token that is good now."""
        now = self.clock()
        good = [self.long_lived, *(token for token, ends in self.issued.items() if now < ends)]
        given = authorization.encode("utf-8", "replace")
        return any(hmac.compare_digest(given, f"Bearer {token}".encode()) for token in good)

    def issue(self, channel_id: str, channel_secret: str) -> str | None:
        """A stateless token, or None for another channel or a wrong secret."""
        if (channel_id, channel_secret) != (self.channel_id, self.channel_secret):
            return None
        token = secrets.token_urlsafe(32)
        self.issued[token] = self.clock() + STATELESS_SECONDS
        return token

    def replace(self, long_lived: str) -> None:
        """Another long-lived token; every other one is worthless from now on."""
        self.long_lived = long_lived
        self.issued.clear()
