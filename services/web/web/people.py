"""People who may sign in: who they are, and the passwords of those whom a setting lists."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from contracts.roles import Caller

_COST = (2**14, 8, 1)
"""scrypt's n, r and p: about 40 ms and 16 MiB a guess."""


@dataclass(frozen=True)
class Person:
    """Who is signed in: one role, the counties it covers (`*` for all), and the units alone where any are named."""

    username: str
    name: str
    role: str
    counties: tuple[str, ...]
    units: tuple[str, ...] = ()

    @property
    def caller(self) -> Caller:
        """The same as whoever calls the API."""
        return Caller(self.name, self.role, frozenset(self.counties), frozenset(self.units))

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties


class People:
    """A JSON list of `{"username", "name", "role", "counties", "password_scrypt"}`, `units` where they bind."""

    def __init__(self, listed: str) -> None:
        entries = json.loads(listed)
        self._known = {each["username"]: _person(each) for each in entries}
        self._passwords = {each["username"]: each["password_scrypt"] for each in entries}
        self._nobody = password_scrypt(secrets.token_hex(8))

    def __bool__(self) -> bool:
        return bool(self._known)

    def named(self, username: str) -> Person | None:
        return self._known.get(username)

    async def with_password(self, username: str, password: str) -> Person | None:
        """The person, if the password is right; an unknown name takes as long as a wrong password."""
        stored = self._passwords.get(username, self._nobody)
        return self.named(username) if await asyncio.to_thread(_matches, password, stored) else None


def password_scrypt(password: str, salt: bytes | None = None) -> str:
    """How a password is stored: `<n>$<r>$<p>$<salt>$<hash>`, the last two in base64."""
    salt = salt or secrets.token_bytes(16)
    parts = (base64.b64encode(part).decode() for part in (salt, _hash(password, salt, *_COST)))
    return "$".join((*map(str, _COST), *parts))


def _person(entry: dict[str, str]) -> Person:
    return Person(
        entry["username"], entry["name"], entry["role"], tuple(entry["counties"]), tuple(entry.get("units", ()))
    )


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p)


def _matches(password: str, stored: str) -> bool:
    n, r, p, salt, wanted = stored.split("$")
    found = _hash(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(wanted))
