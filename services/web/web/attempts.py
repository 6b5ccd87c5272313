"""Attempts to sign in: guessing becomes slow, and no guesser locks out somebody who has the right password."""

import asyncio
import hashlib
import ipaddress
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kit.mongo import Database

from web.callers import digest
from web.people import People

MOST_TRIES = 5
"""For one name from one address, or from one device on which it signed in before."""
MOST_ANYWHERE = 10 * MOST_TRIES
"""For one name from wherever it never signed in: from then on they take turns."""
TURN_SECONDS = 1.0
MOST_WAITING = 20
WITHIN = timedelta(minutes=15)
_NOBODY = 16
"""Invented names share so many counters at an address: inventing costs us no document."""


class Attempts:
    """Counts guesses in MongoDB for all replicas; turns are taken in one process."""

    def __init__(
        self, database: Database, people: People, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._tries = database["sign_in_tries"]
        self._people = people
        self._now = now
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def prepare(self) -> None:
        await self._tries.create_index("expires_at", expireAfterSeconds=0)

    async def may_try(self, username: str, address: str, device: str | None = None) -> bool:
        """Count an attempt, perhaps after a while; False once there were too many in a quarter of an hour.

        `device` is one on which this very person signed in before: no stranger's guesses count against it.
        """
        if await self._count(self._from(username, address, device)) > MOST_TRIES:
            return False
        if device or await self._count(self._name(username)) <= MOST_ANYWHERE:
            return True
        return await self._take_turn(self._name(username))

    async def forgive(self, username: str, address: str, device: str | None = None) -> None:
        """Forget the attempts of someone who signed in, where they did."""
        await self._tries.delete_one({"_id": self._window(self._from(username, address, device))})

    async def _take_turn(self, name: str) -> bool:
        """Wait for the others who try the same name; False when too many wait already."""
        if self._waiting[name] >= MOST_WAITING:
            return False
        self._waiting[name] += 1
        try:
            async with self._turns.setdefault(name, asyncio.Lock()):
                await asyncio.sleep(TURN_SECONDS)
        finally:
            self._waiting[name] -= 1
        return True

    def _name(self, username: str) -> str:
        if self._people.named(username):
            return username
        return f"nobody {hashlib.sha256(username.encode()).digest()[0] % _NOBODY}"

    def _from(self, username: str, address: str, device: str | None) -> str:
        return f"{self._name(username)}\n{device or subscriber(address)}"

    async def _count(self, what: str) -> int:
        counted = await self._tries.find_one_and_update(
            {"_id": self._window(what)},
            {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": self._now() + WITHIN}},
            upsert=True,
            return_document=True,
        )
        return int(counted["count"])

    def _window(self, what: str) -> str:
        return digest(f"{what}\n{int(self._now().timestamp() // WITHIN.total_seconds())}")


def subscriber(address: str) -> str:
    """An address as one subscriber has it: of IPv6 everybody has 2^64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network(f"{ip}/64", strict=False))
