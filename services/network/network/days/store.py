"""The calendars of counties that said something of their days, as dispatch told them last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.calendar import CalendarChanged
from contracts.event import Event
from kit.inbox import Received
from kit.mongo import Database, Document, Duplicate, Session
from pydantic import TypeAdapter
from rules.calendars import Calendar

from network.clock import now

_DAYS = TypeAdapter(CalendarChanged)


@dataclass(frozen=True)
class Kept:
    """A county's calendar, and when it came here."""

    county: str
    days: Calendar
    at: datetime


class Calendars:
    """One document for each county."""

    def __init__(self, database: Database) -> None:
        self._calendars = database["calendars"]

    async def on_changes(self, batch: Sequence[Received[Event]]) -> None:
        """Keep the latest of each county; what is no later changes nothing."""
        for event in (each.event for each in batch):
            if isinstance(event, CalendarChanged):
                await self._keep(event)

    async def _keep(self, event: CalendarChanged) -> None:
        sets = {"version": event.version, "told": event.model_dump(mode="json"), "at": now()}
        older = {"_id": event.county, "version": {"$lt": event.version}}
        try:
            await self._calendars.update_one(older, {"$set": sets}, upsert=True)
        except Duplicate:
            return  # this one, or a later one, is there

    async def kept(self, session: Session | None = None) -> list[Kept]:
        """Those of all counties that said something."""
        return [_kept(each) async for each in self._calendars.find({}, session=session).sort("_id", 1)]

    async def by_county(self, session: Session | None = None) -> Mapping[str, Calendar]:
        return {each.county: each.days for each in await self.kept(session)}


def _kept(document: Document) -> Kept:
    event = _DAYS.validate_python(document["told"])
    return Kept(event.county, Calendar(event.days, event.version), document["at"])
