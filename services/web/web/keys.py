"""Public keys of OpenID providers, as their key sets (RFC 7517) hold them."""

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from kit.telemetry import log

Key = RSAKey | ECKey


def public_keys(jwks: object) -> list[Key]:
    """The RSA and P-256 keys of a set that check signatures.

    Keys of other kinds, and broken ones, are passed over: one odd key must not keep everybody out.
    """
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    listed = entries if isinstance(entries, list) else []
    signing = [entry for entry in listed if isinstance(entry, dict) and entry.get("use", "sig") == "sig"]
    keys = [key for entry in signing if (key := _key(entry)) is not None]
    if passed_over := len(signing) - len(keys):
        log.warning("keys_passed_over", count=passed_over)
    return keys


def _key(entry: dict[str, Any]) -> Key | None:
    if entry.get("kty") not in ("RSA", "EC") or entry.get("crv", "P-256") != "P-256":
        return None
    try:
        (key,) = KeySet.import_key_set({"keys": [entry]}).keys
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey) else None
