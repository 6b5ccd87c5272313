"""People who may sign in: who they are, and the passwords of those whom a setting lists."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.roles import Caller, May, may
from kit.telemetry import log

from web.passwords import PASSWORDS, is_hash, is_old


@dataclass(frozen=True)
class Person:
    """Who is signed in: one role, the counties it covers (`*` for all), and the units alone where any are named.

    `subject` is the issuer and `sub` of a provider's account, which never pass to another person, as user names do;
    empty for somebody with a password.
    """

    username: str
    name: str
    role: str
    counties: tuple[str, ...]
    units: tuple[str, ...] = ()
    subject: str = ""

    @property
    def caller(self) -> Caller:
        """The same as whoever calls the API."""
        return Caller(self.name, self.role, frozenset(self.counties), frozenset(self.units))

    def may(self, what: str) -> bool:
        return may(self.role, May(what))

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties


class People:
    """A JSON list of `{"username", "name", "role", "counties", "password_hash"}`, `units` where they bind.

    Raises ValueError, which names the entry, for a password that is not stored as a hash of a known kind.
    """

    def __init__(self, listed: str) -> None:
        entries = json.loads(listed)
        self._known = {each["username"]: _person(each) for each in entries}
        self._passwords = {each["username"]: _stored(each) for each in entries}
        self._nobody = _nobodys()
        if old := sum(map(is_old, self._passwords.values())):
            log.warning("passwords_hashed_the_old_way", count=old)

    def __bool__(self) -> bool:
        return bool(self._known)

    def named(self, username: str) -> Person | None:
        return self._known.get(username)

    def called(self, name: str) -> list[Person]:
        """Those who are shown under a name."""
        return [each for each in self._known.values() if each.name == name]

    async def with_password(self, username: str, password: str) -> Person | None:
        """The person, if the password is right; an unknown name takes as long as a wrong password."""
        stored = self._passwords.get(username, self._nobody)
        return self.named(username) if await asyncio.to_thread(PASSWORDS.verify, password, stored) else None


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has; made once, for to make it takes as long as to try a password."""
    return PASSWORDS.hash(secrets.token_hex(8))


def _stored(entry: dict[str, Any]) -> str:
    """The hash of an entry; `password_scrypt` is what settings called it before 2026-12."""
    stored = str(entry.get("password_hash") or entry.get("password_scrypt") or "")
    if not is_hash(stored):
        raise ValueError(f"OFFICERS: {entry['username']} has no password_hash; make one: python -m dispatch password")
    return stored


def _person(entry: dict[str, Any]) -> Person:
    return Person(
        entry["username"], entry["name"], entry["role"], tuple(entry["counties"]), tuple(entry.get("units", ()))
    )
