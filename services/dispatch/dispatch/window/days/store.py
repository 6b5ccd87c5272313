"""What counties said of their days, in MongoDB: added to, never changed; and which reports count them."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta

from contracts.calendar import CalendarChanged, DayTold
from contracts.event import Envelope, derived_id
from contracts.topics import CALENDAR
from kit.mongo import Database, Document, Duplicate
from kit.outbox import FIELD, Outbox, Outgoing, Publish, entries
from kit.telemetry import carried
from rules.calendars import WORKING_DAYS, Calendar

from dispatch.domain.report.actor import Actor
from dispatch.domain.report.events import SOURCE

PAST = timedelta(days=370)
"""Days longer ago than this are told to nobody any more."""
LONGEST = timedelta(days=60)
"""No clock in working days runs longer."""


class Calendars:
    """One document for each thing that a county said; `number` counts a county's, so that of two at once one wins."""

    def __init__(self, database: Database, publish: Publish) -> None:
        self._told = database["days_told"]
        self._reports = database["reports"]
        self.outbox = Outbox(self._told, publish)

    async def prepare(self) -> None:
        await self._told.create_index([("county", 1), ("number", 1)], unique=True)
        await self.outbox.prepare()

    async def told_but(self, known: Sequence[str]) -> list[tuple[str, DayTold]]:
        """What was said besides `known`, with its county, in order."""
        found = self._told.find({"_id": {"$nin": list(known)}}).sort([("county", 1), ("number", 1)])
        return [(each["county"], _day(each)) async for each in found]

    async def one(self, id: str) -> tuple[str, DayTold] | None:
        """What was said under an id, with its county."""
        found = await self._told.find_one({"_id": id})
        return (found["county"], _day(found)) if found else None

    async def of(self, county: str) -> Calendar:
        """A county's calendar as it is now."""
        told = [_day(each) async for each in self._told.find({"county": county}).sort("number", 1)]
        return Calendar(tuple(told), len(told))

    async def add(self, county: str, before: Calendar, said: DayTold, by: Actor) -> bool:
        """Add to the calendar, and tell everybody; False when somebody added to it since it was `before`."""
        number, days = before.version + 1, _still_told((*before.told, said))
        event = CalendarChanged(county=county, version=number, days=days)
        id = derived_id("dispatch", said.id, event.type)
        envelope = Envelope.of(event, id=id, source=SOURCE, time=said.told_at, trace=carried())
        document = {
            "_id": said.id, "county": county, "number": number, **said.model_dump(exclude={"id"}, mode="json"),
            "told_at": said.told_at, "by": by.username,
            FIELD: entries([Outgoing.of(CALENDAR, envelope)], said.told_at),
        }  # fmt: skip
        try:
            await self._told.insert_one(document)
        except Duplicate:
            return False
        self.outbox.send([document])
        return True

    async def counting(self, county: str, clocks: Sequence[str], since: datetime, now: datetime) -> AsyncIterator[str]:
        """The ids of a county's reports with a clock in working days, or one of `clocks`, that was not over `since`."""
        either = [{"span": {"$regex": f"{WORKING_DAYS}$"}}, {"id": {"$in": list(clocks)}}]
        running = {"$elemMatch": {"due_at": {"$gt": since}, "$or": either}}
        now_or_undone = [{"decision.clocks": running}, {"before.decision.clocks": running}]
        query = {"county": county, "decision.decided_at": {"$gt": now - LONGEST}, "$or": now_or_undone}
        async for found in self._reports.find(query, {"_id": 1}):
            yield found["_id"]


def _still_told(days: tuple[DayTold, ...]) -> tuple[DayTold, ...]:
    return tuple(each for each in days if each.day > days[-1].told_at.date() - PAST)


def _day(document: Document) -> DayTold:
    day = date.fromisoformat(document["day"])
    said = {name: document[name] for name in ("says", "reason", "told_by", "told_at")}
    return DayTold(id=document["_id"], day=day, **said)
