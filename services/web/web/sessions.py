"""Server-side sessions: the cookie holds a random token, MongoDB its digest."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from kit.mongo import Database, Document

from web.callers import digest
from web.people import People, Person

NOTICED = timedelta(minutes=1)
"""How long a session's last use may be out of date: a page costs no write more often."""
MOST_LISTED = 500
REMEMBERED = timedelta(days=400)
"""How long it is known that a provider's account came in here."""


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `csrf` must come back in every form; `id_token` is the provider's, empty for a password."""

    id: str
    person: Person
    csrf: str
    opened_at: datetime
    seen_at: datetime
    id_token: str


class Sessions:
    """Who is signed in, for those with one of `roles`.

    A person with a password is looked up in the list at every request, one of a provider has what it last said of them:
    whoever is taken off the list, or is given another role, is out or has that role in every open session at once.
    """

    def __init__(
        self,
        database: Database,
        people: People,
        *,
        roles: Collection[str],
        hours: int,
        idle_minutes: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = database["sessions"]
        self._met = database["people_met"]
        self._people = people
        self.roles = frozenset(roles)
        self._lasts, self._idle = timedelta(hours=hours), timedelta(minutes=idle_minutes)
        self._now = now

    async def prepare(self) -> None:
        await self._sessions.create_index("expires_at", expireAfterSeconds=0)
        await self._met.create_index("last_at", expireAfterSeconds=int(REMEMBERED.total_seconds()))
        await self._met.create_index("name")

    async def open(self, person: Person, id_token: str = "") -> str:
        """A new session's token for the cookie; what a provider says of a person holds for all their sessions."""
        token, now = secrets.token_urlsafe(32), self._now()
        said = {"username": person.username, "person": asdict(person) if id_token else None}
        if id_token:
            query = {"person.subject": person.subject}
            await self._sessions.update_many(query, {"$set": said})
            met = {"_id": person.subject, "last_at": now, **asdict(person)}
            await self._met.replace_one({"_id": person.subject}, met, upsert=True)
        await self._sessions.insert_one(
            {"_id": digest(token), "csrf": secrets.token_urlsafe(24), "id_token": id_token, "opened_at": now,
             "seen_at": now, "expires_at": now + self._lasts} | said
        )  # fmt: skip
        return token

    async def of(self, token: str | None) -> Session | None:
        """The session of a cookie's token, unless it is over; being asked for keeps it from ending idle."""
        found = await self._sessions.find_one({"_id": digest(token)} | self._lives()) if token else None
        session = self._session(found) if found else None
        if session and self._now() - session.seen_at > NOTICED:
            await self._sessions.update_one({"_id": session.id}, {"$set": {"seen_at": self._now()}})
        return session

    async def still(self, ids: Collection[str]) -> dict[str, Person]:
        """Who is in now, of the sessions with these ids; asking keeps none from ending idle."""
        found = self._sessions.find({"_id": {"$in": list(ids)}} | self._lives())
        return {each["_id"]: session.person async for each in found if (session := self._session(each))}

    async def close(self, token: str | None) -> None:
        """End the session of a cookie's token, if there is one."""
        if token:
            await self._sessions.delete_one({"_id": digest(token)})

    async def end(self, id: str) -> None:
        """End a session by its id, whoever has its cookie."""
        await self._sessions.delete_one({"_id": id})

    async def end_of(self, name: str) -> None:
        """End every session of somebody by name: their device is lost."""
        for session in await self.listed():
            if session.person.name == name:
                await self.end(session.id)

    async def called(self, name: str) -> list[Person]:
        """Who may come in here under a name: of the list, or with a provider's account that came in before."""
        met = [_person(each) async for each in self._met.find({"name": name})]
        return [each for each in (*self._people.called(name), *met) if each.role in self.roles]

    async def listed(self) -> list[Session]:
        """Everyone who is signed in, the last seen first."""
        found = self._sessions.find(self._lives()).sort("seen_at", -1).limit(MOST_LISTED)
        return [session async for each in found if (session := self._session(each))]

    def _lives(self) -> Document:
        now = self._now()
        return {"expires_at": {"$gt": now}, "seen_at": {"$gt": now - self._idle}}

    def _session(self, found: Document) -> Session | None:
        """None for a person who is no longer listed, or whose role may not come in here."""
        said = found["person"]
        person = _person(said) if said else self._people.named(found["username"])
        if person is None or person.role not in self.roles:
            return None
        return Session(found["_id"], person, found["csrf"], found["opened_at"], found["seen_at"], found["id_token"])


def _person(said: Document) -> Person:
    """Sessions from before 2026-12 know no subject: theirs goes on until it ends, as whoever it said."""
    told = {name: said[name] for name in ("username", "name", "role")}
    return Person(counties=tuple(said["counties"]), units=tuple(said["units"]), subject=said.get("subject", ""), **told)
