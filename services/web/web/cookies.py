"""What a browser keeps for us: sealed, so that nobody else can write or read it and no visit costs a document."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class Cookies:
    """Seals what cookies hold, under a key of its own that is derived from the service's."""

    def __init__(self, key: bytes, name: str, clock: Callable[[], float] = time.time) -> None:
        self._seal = Fernet(urlsafe_b64encode(hmac.digest(key, f"cookies of {name}".encode(), hashlib.sha256)))
        self._clock = clock

    def seal(self, said: dict[str, Any]) -> str:
        return self._seal.encrypt_at_time(json.dumps(said).encode(), int(self._clock())).decode()

    def open(self, token: str, seconds: int) -> dict[str, Any] | None:
        """What was sealed, unless it is older than so many seconds, or not from here."""
        try:
            said: dict[str, Any] = json.loads(self._seal.decrypt_at_time(token, seconds, int(self._clock())))
        except (InvalidToken, ValueError):
            return None
        return said
