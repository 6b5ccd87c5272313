"""The webhook events that LINE sent, kept before they are answered and forgotten once handled."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from kit.mongo import Database, insert_new

from notify.store import renamed

WEBHOOKS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Happening:
    """A webhook event as it is kept until it is handled; then who pressed, and with what, is forgotten.

    `chosen` is the day that somebody picked with a button.
    """

    id: str
    type: str
    at: datetime
    received_at: datetime
    group_id: str | None = None
    user_id: str | None = None
    data: str | None = None
    reply_token: str | None = None
    chosen: str | None = None


class LineEvents:
    """What LINE told us, each once by its webhook event id."""

    def __init__(self, database: Database) -> None:
        self._events = database["webhook_events"]

    async def prepare(self) -> None:
        await self._events.create_index("received_at", expireAfterSeconds=int(WEBHOOKS_KEPT.total_seconds()))
        await self._events.create_index("waiting_since", sparse=True)

    async def add(self, happenings: Sequence[Happening]) -> list[Happening]:
        """Keep events; those not seen before. A repeat comes when LINE missed our answer."""
        documents = [renamed(asdict(one)) | {"waiting_since": one.received_at} for one in happenings]
        known = await insert_new(self._events, documents)
        return [one for number, one in enumerate(happenings) if number not in known]

    async def waiting(self, before: datetime, most: int) -> list[Happening]:
        """Events of the last day that a crash left unhandled."""
        wanted = {"waiting_since": {"$gt": before - timedelta(days=1), "$lt": before}}
        found = self._events.find(wanted, {"waiting_since": 0}).sort("waiting_since", 1).limit(most)
        return [Happening(**{"id": document.pop("_id"), **document}) async for document in found]

    async def handled(self, id: str) -> None:
        gone = ("waiting_since", "user_id", "data", "reply_token", "chosen")
        await self._events.update_one({"_id": id}, {"$unset": dict.fromkeys(gone, "")})
