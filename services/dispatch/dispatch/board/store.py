"""Sessions, sign-in attempts and looks into sealed reports, in MongoDB."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kit.mongo import Database, Document

MOST_TRIES = 5
"""For one name from one address; a tenfold for one name from everywhere."""
WITHIN = timedelta(minutes=15)
MOST_REVEALS = 100


@dataclass(frozen=True)
class Session:
    """A signed-in browser; `csrf` must come back in every form."""

    username: str
    csrf: str


class Sessions:
    """Server-side sessions: the cookie holds a random token, the database its digest."""

    def __init__(self, database: Database, *, hours: int) -> None:
        self._sessions = database["sessions"]
        self._tries = database["sign_in_tries"]
        self._looks = database["looks"]
        self._lasts = timedelta(hours=hours)

    async def prepare(self) -> None:
        for collection in (self._sessions, self._tries):
            await collection.create_index("expires_at", expireAfterSeconds=0)
        await self._looks.create_index([("report_id", 1), ("at", 1)])

    async def open(self, username: str) -> str:
        """A new session's token for the cookie."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        session = {"_id": _digest(token), "username": username, "csrf": secrets.token_urlsafe(24)}
        await self._sessions.insert_one(session | {"opened_at": now, "expires_at": now + self._lasts})
        return token

    async def of(self, token: str | None) -> Session | None:
        """The session of a cookie's token, unless it is over."""
        if not token:
            return None
        found = await self._sessions.find_one({"_id": _digest(token), "expires_at": {"$gt": datetime.now(UTC)}})
        return Session(found["username"], found["csrf"]) if found else None

    async def close(self, token: str) -> None:
        await self._sessions.delete_one({"_id": _digest(token)})

    async def may_try(self, username: str, address: str) -> bool:
        """Count an attempt to sign in; False once there were too many in a quarter of an hour."""
        here = await self._count(f"{username}\n{address}")
        everywhere = await self._count(username)
        return here <= MOST_TRIES and everywhere <= 10 * MOST_TRIES

    async def _count(self, what: str) -> int:
        now = datetime.now(UTC)
        counted = await self._tries.find_one_and_update(
            {"_id": _window(what)},
            {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": now + WITHIN}},
            upsert=True,
            return_document=True,
        )
        return int(counted["count"])

    async def forgive(self, username: str, address: str) -> None:
        """Forget the attempts of someone who signed in."""
        await self._tries.delete_one({"_id": _window(f"{username}\n{address}")})

    async def note_look(self, username: str, report_id: str) -> None:
        """Record that an officer read a report's sealed part."""
        await self._looks.insert_one({"report_id": report_id, "who": username, "at": datetime.now(UTC)})

    async def note_reveal(self, username: str, name: str, report_id: str, person: int) -> None:
        """Record that an officer asked for the name of one person of a report."""
        look = {"report_id": report_id, "who": username, "name": name, "person": person}
        await self._looks.insert_one(look | {"at": datetime.now(UTC)})

    async def reveals_of(self, report_id: str) -> list[Document]:
        """Who asked for whose name in a report, `{who, name, person, at}`, the latest first."""
        found = self._looks.find({"report_id": report_id, "person": {"$exists": True}}).sort("at", -1)
        return [each async for each in found.limit(MOST_REVEALS)]


def _window(what: str) -> str:
    return _digest(f"{what}\n{int(datetime.now(UTC).timestamp() // WITHIN.total_seconds())}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
