"""The secret addresses of calendars, of which only digests are kept: who has the address reads the calendar."""

import secrets
from datetime import datetime

from kit.mongo import Database, Document
from web.callers import digest


class Feeds:
    """One document a colleague: the digest of the secret in the address of their calendar, and since when."""

    def __init__(self, database: Database) -> None:
        self._feeds = database["calendar_feeds"]

    async def prepare(self) -> None:
        await self._feeds.create_index("secret", unique=True)

    async def make(self, person: str, at: datetime) -> str:
        """A new secret of 256 bits; the one before it reads nothing any more."""
        secret = secrets.token_urlsafe(32)
        fields = {"secret": digest(secret), "made_at": at}
        await self._feeds.update_one({"_id": person}, {"$set": fields}, upsert=True)
        return secret

    async def person_of(self, secret: str) -> str | None:
        found = await self._feeds.find_one({"secret": digest(secret)}, {"_id": 1})
        return str(found["_id"]) if found else None

    async def of(self, person: str) -> Document | None:
        return await self._feeds.find_one({"_id": person}, {"secret": 0})

    async def revoke(self, person: str) -> bool:
        return bool((await self._feeds.delete_one({"_id": person})).deleted_count)
