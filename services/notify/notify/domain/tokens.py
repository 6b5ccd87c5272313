"""What a button carries: a short signed token, worthless for another delivery, another answer or another time."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

VALID = timedelta(days=30)


class AcceptTokens:
    """Signs and reads `<answer>.<delivery id>.<expiry, Unix seconds>.<HMAC-SHA-256, 128 bits>`."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"safetynet notify accept token", hashlib.sha256)

    def issue(self, delivery_id: str, queued_at: datetime, answer: str = "accept") -> str:
        """The token of a delivery, the same at every attempt, since a repeat must be the same message."""
        claim = f"{answer}.{delivery_id}.{int((queued_at + VALID).timestamp())}"
        return f"{claim}.{self._sign(claim)}"

    def read(self, token: str, now: datetime) -> tuple[str, str] | None:
        """The answer and the delivery id, or None for a token that is forged, foreign or expired."""
        claim, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(claim).encode()):
            return None
        answer, delivery_id, expires = claim.split(".")
        if now.timestamp() >= int(expires):
            return None
        return answer, delivery_id

    def _sign(self, claim: str) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, claim.encode(), hashlib.sha256)[:16]).decode().rstrip("=")
