"""Officers who may sign in at the board, and what their role lets them do there."""

import json
from dataclasses import dataclass

from kit.sessions import Sessions as Passwords

DECIDING = frozenset({"officer", "supervisor"})
READING = DECIDING | {"caseworker"}


@dataclass(frozen=True)
class Officer:
    """Who is signed in. `role`: officer, supervisor, caseworker or analyst; `counties` may hold `*` for all."""

    username: str
    name: str
    role: str
    counties: tuple[str, ...]

    @property
    def decides(self) -> bool:
        return self.role in DECIDING

    @property
    def reads(self) -> bool:
        return self.role in READING

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties


class Officers:
    """The officers of the setting `OFFICERS`: one taken off the list is out at once."""

    def __init__(self, listed: str, key: bytes) -> None:
        self._passwords = Passwords(listed, key)
        entries = json.loads(listed)
        self._known = {
            e["username"]: Officer(e["username"], e["name"], e["role"], tuple(e["counties"])) for e in entries
        }

    def named(self, username: str) -> Officer | None:
        return self._known.get(username)

    async def with_password(self, username: str, password: str) -> Officer | None:
        """The officer of this name and password; an unknown name costs as much time as a wrong password."""
        return self.named(username) if await self._passwords.check(username, password) else None
