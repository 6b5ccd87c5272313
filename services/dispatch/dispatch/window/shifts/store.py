"""Notes of shift handovers and what goes into them, in MongoDB; their free words are sealed."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypedDict, cast

from kit.mongo import Database, Document, Duplicate, drop_index
from kit.paging import Order, Page

from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.window.store import Reports

MOST, SHOWN = 200, 10
"""How many reports a note lists of each kind, and how many notes a page shows."""
_LATEST = Order("at", descending=True)


class OpenReports:
    """The reports that a shift leaves open, in the order of their clocks."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def claimed(self, county: str, now: datetime) -> list[Report]:
        """Those that officers hold."""
        return await self._listed({"county": county, "claim.until": {"$gt": now}})

    async def promised(self, county: str) -> list[Report]:
        """Those of which a sender or a unit waits for an answer."""
        return await self._listed({"county": county, "$or": [{"asked": {"$ne": None}}, {"stage": Stage.RETURNED}]})

    async def breaching(self, county: str, until: datetime) -> list[Report]:
        """Those with a clock that is due before `until`."""
        return await self._reports.breaching(county, until, MOST)

    async def _listed(self, query: Document) -> list[Report]:
        return await self._reports.listed(query, "breach_at", 1, MOST)


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
        await self._notes.create_index([("county", 1), *_LATEST.sort])
        await drop_index(self._notes, "county_1_at_-1")

    async def add(self, note: Note) -> None:
        """Keep a note, once."""
        with suppress(Duplicate):
            await self._notes.insert_one(dict(note))

    async def one(self, id: str) -> Note | None:
        return cast("Note | None", await self._notes.find_one({"_id": id}))

    async def accept(self, id: str, accepted: Accepted) -> bool:
        """False when somebody took the shift over already."""
        changed = await self._notes.update_one({"_id": id, "accepted": None}, {"$set": {"accepted": accepted}})
        return changed.modified_count == 1

    async def latest(self, county: str, after: str = "") -> Page[Note]:
        """The latest notes of a county, from beyond the place `after`."""
        return await _LATEST.page(self._notes, {"county": county}, after, SHOWN, partial(cast, Note))

    async def waiting(self, county: str) -> int:
        """How many notes nobody has accepted yet."""
        return await self._notes.count_documents({"county": county, "accepted": None})
