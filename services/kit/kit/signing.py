"""Signatures as Standard Webhooks specifies them, and when to try again."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta

PREFIX = "whsec_"
_PAUSES = (5, 30, 120, 600, 1_800, 3_600, 3 * 3_600)
_LONGEST = timedelta(hours=6)


def secret_of(key: bytes) -> str:
    """A signing key as it is shown: `whsec_` and base64."""
    return PREFIX + base64.b64encode(key).decode()


def signature(id: str, timestamp: int, body: bytes, keys: Iterable[bytes]) -> str:
    """The header `webhook-signature`: one `v1` signature for each key, so that a receiver may still know the former."""
    signed = f"{id}.{timestamp}.".encode() + body
    macs = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


def pause(attempts: int) -> timedelta:
    """How long to wait after this many attempts, up to a bound."""
    return timedelta(seconds=_PAUSES[attempts - 1]) if attempts <= len(_PAUSES) else _LONGEST
