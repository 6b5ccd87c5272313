"""One-time links in MongoDB: of a secret its digest alone, for one referral, until it is used, revoked or over."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.mongo import Database, Document
from web.attempts import subscriber

MOST_TRIES = 60
WITHIN = timedelta(minutes=15)
_BYTES = 32
_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Link:
    """For which referral, until when; `ended` says why it is over: used or revoked."""

    id: str
    referral_id: str
    expires_at: datetime
    ended: str | None = None

    def is_usable(self, now: datetime) -> bool:
        return self.ended is None and now < self.expires_at


class Links:
    """The links of this service's database."""

    def __init__(self, database: Database) -> None:
        self._links = database["referral_links"]
        self._tries = database["link_tries"]

    async def prepare(self) -> None:
        await self._links.create_index("referral_id")
        await self._links.create_index("gone_at", expireAfterSeconds=0)
        await self._tries.create_index("expires_at", expireAfterSeconds=0)

    async def make(self, referral_id: str, by: str, at: datetime, days: int) -> tuple[str, datetime]:
        """A new secret of 256 bits, kept nowhere, and until when it opens the referral."""
        secret, until = secrets.token_urlsafe(_BYTES), at + timedelta(days=days)
        await self._links.insert_one({
            "_id": _digest(secret), "referral_id": referral_id, "made_by": by, "made_at": at, "expires_at": until,
            "ended": None, "gone_at": until + _KEPT,
        })  # fmt: skip
        return secret, until

    async def of(self, secret: str) -> Link | None:
        found = await self._links.find_one({"_id": _digest(secret)})
        return _link(found) if found else None

    async def use(self, link: Link, by: str, at: datetime) -> bool:
        """End a link with its answer; False where somebody was faster."""
        ended = {"ended": "used", "ended_by": by, "ended_at": at}
        changed = await self._links.update_one({"_id": link.id, "ended": None}, {"$set": ended})
        return bool(changed.modified_count)

    async def revoke(self, referral_id: str, by: str, at: datetime) -> int:
        """End every link of a referral that nobody has used; how many there were."""
        ended = {"ended": "revoked", "ended_by": by, "ended_at": at}
        changed = await self._links.update_many({"referral_id": referral_id, "ended": None}, {"$set": ended})
        return int(changed.modified_count)

    async def may_try(self, address: str, at: datetime) -> bool:
        """Count a request from an address; False once there were too many in a quarter of an hour."""
        window = _digest(f"{subscriber(address)}\n{int(at.timestamp() // WITHIN.total_seconds())}")
        counted = await self._tries.find_one_and_update(
            {"_id": window}, {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": at + WITHIN}},
            upsert=True, return_document=True,
        )  # fmt: skip
        return int(counted["count"]) <= MOST_TRIES


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _link(document: Document) -> Link:
    return Link(document["_id"], document["referral_id"], document["expires_at"], document["ended"])
