"""The windows of each unit, as the directory told them last."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from contracts.decisions import UnitId
from contracts.directory import UnitDescribed
from contracts.event import Event
from kit.inbox import Received
from kit.mongo import Database, Document, Duplicate
from pydantic import TypeAdapter
from rules.spans import TAIPEI

from notify.domain.windows import heard_by, holds

_TOLD = TypeAdapter(UnitDescribed)
MOST_PROVIDERS = 500
"""To choose from on a page; the API takes any."""
Asked = tuple[UnitId, int]
"""A unit, and the rank of what it is told."""


class Windows:
    """One document for each provider of the directory."""

    def __init__(self, database: Database) -> None:
        self._described = database["described"]

    async def prepare(self) -> None:
        await self._described.create_index("told.unit")

    async def on_descriptions(self, batch: Sequence[Received[Event]]) -> None:
        """Keep the latest of each provider; what is no later changes nothing."""
        for event in (each.event for each in batch):
            if isinstance(event, UnitDescribed):
                await self._keep(event)

    async def _keep(self, event: UnitDescribed) -> None:
        sets = {"version": event.version, "told": event.model_dump(mode="json")}
        older = {"_id": event.provider, "version": {"$lt": event.version}}
        try:
            await self._described.update_one(older, {"$set": sets}, upsert=True)
        except Duplicate:
            return  # this one, or a later one, is there

    async def providers(self, counties: frozenset[str], on: date) -> Mapping[UnitId, str]:
        """What the providers of these counties are called, by unit, as the directory has them on a day."""
        here: Document = {} if "*" in counties else {"told.county": {"$in": sorted(counties)}}
        listed = self._described.find(here | {"told.withdrawn": False}).sort("told.name").limit(MOST_PROVIDERS)
        found = [_TOLD.validate_python(each["told"]) async for each in listed]
        return {each.unit: each.name for each in found if holds(each, on)}

    async def called(self, units: Collection[UnitId]) -> Mapping[UnitId, str]:
        """What providers are called, of these units, as the directory told it last."""
        found = self._described.find({"told.unit": {"$in": sorted(units)}, "told.withdrawn": False})
        return {each["told"]["unit"]: each["told"]["name"] async for each in found}

    async def heard_by(self, asked: Collection[Asked], at: datetime) -> Mapping[Asked, UnitId]:
        """Whose group hears at this time in place of a unit's own, of those of whom another's does."""
        wanted = {"told.unit": {"$in": sorted({unit for unit, _ in asked})}, "told.withdrawn": False}
        found = [_TOLD.validate_python(each["told"]) async for each in self._described.find(wanted)]
        told = {each.unit: each.windows for each in found if holds(each, at.astimezone(TAIPEI).date())}
        heard = {(unit, rank): heard_by(told.get(unit, ()), rank, at) for unit, rank in asked}
        return {each: unit for each, unit in heard.items() if unit}
