"""Notes of shift handovers, in MongoDB; their free words are sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, cast

from kit.mongo import Database

SHOWN = 10


class Line(TypedDict):
    """What a note says of one report, nothing personal: who holds it, what it waits for and until when."""

    id: str
    serial: str | None
    case_type: str
    township: str | None
    stage: str
    outcome: str
    breach_at: datetime | None
    holder: str | None
    holder_name: str | None
    promise: str
    promised: datetime | None


class Open(TypedDict):
    """What is open: `claims` officers hold, `promises` made to senders and units, `clocks` until morning."""

    claims: Sequence[Line]
    promises: Sequence[Line]
    clocks: Sequence[Line]


class Accepted(TypedDict):
    """Who took a shift over, and when."""

    by: str
    name: str
    at: datetime


class Note(Open):
    """A note of who left what open; `words_sealed` under the note's own key."""

    _id: str
    county: str
    by: str
    name: str
    at: datetime
    accepted: Accepted | None
    words_sealed: str | None


class Notes:
    """The notes of all shifts."""

    def __init__(self, database: Database) -> None:
        self._notes = database["shift_notes"]

    async def prepare(self) -> None:
        await self._notes.create_index([("county", 1), ("at", -1)])

    async def add(self, note: Note) -> None:
        await self._notes.insert_one(dict(note))

    async def one(self, id: str) -> Note | None:
        return cast("Note | None", await self._notes.find_one({"_id": id}))

    async def accept(self, id: str, accepted: Accepted) -> bool:
        """False when somebody took the shift over already."""
        changed = await self._notes.update_one({"_id": id, "accepted": None}, {"$set": {"accepted": accepted}})
        return changed.modified_count == 1

    async def latest(self, county: str) -> list[Note]:
        found = self._notes.find({"county": county}).sort("at", -1).limit(SHOWN)
        return [cast("Note", note) async for note in found]

    async def waiting(self, county: str) -> int:
        """How many notes nobody has accepted yet."""
        return await self._notes.count_documents({"county": county, "accepted": None})
