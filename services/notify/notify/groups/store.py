"""The groups as LINE and people told of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from kit.mongo import Database, Document, Duplicate

from notify.groups.purposes import Purpose
from notify.store import of_counties

CODES_LAST = timedelta(minutes=30)


@dataclass(frozen=True)
class Binding:
    """What a signed-in person said a group is for, and when. Work of a unit names the unit."""

    purpose: Purpose
    county: str
    bound_by: str
    bound_at: datetime
    unit: str | None = None
    district: str | None = None


class Groups:
    """One document a group, under LINE's id of it: whether we are in it, how many people, what it is for."""

    def __init__(self, database: Database) -> None:
        self._groups = database["groups"]
        self._codes = database["group_codes"]

    async def prepare(self) -> None:
        await self._codes.create_index("expires_at", expireAfterSeconds=0)
        # One group for the work of a unit: whoever is bound later takes its place (`bind`).
        await self._groups.create_index([("purpose", 1), ("unit", 1)])

    async def note(self, group_id: str, state: Literal["joined", "left"], at: datetime) -> bool:
        """Note that we joined or left a group; False for a note older than the last one, which changes nothing."""
        older, note = {"_id": group_id, "at": {"$not": {"$gte": at}}}, {"$set": {"state": state, "at": at}}
        try:
            await self._groups.update_one(older, note, upsert=True)
        except Duplicate:
            return False
        return True

    async def left(self) -> frozenset[str]:
        return frozenset([document["_id"] async for document in self._groups.find({"state": "left"}, {"_id": 1})])

    async def count(self, group_id: str, members: int, at: datetime) -> None:
        """Keep how many people a group has."""
        counted = {"$set": {"members": members, "counted_at": at}}
        await self._groups.update_one({"_id": group_id}, counted, upsert=True)

    async def keep_code(self, code_key: str, group_id: str, at: datetime) -> None:
        """Keep the key of a code that was told to a group, until it ends."""
        await self._codes.insert_one({"_id": code_key, "group_id": group_id, "expires_at": at + CODES_LAST})

    async def group_of_code(self, code_key: str, now: datetime) -> str | None:
        found = await self._codes.find_one({"_id": code_key, "expires_at": {"$gt": now}})
        return str(found["group_id"]) if found else None

    async def bind(self, group_id: str, binding: Binding) -> None:
        """Say what a group is for; the group that had this unit's work has it no longer."""
        if binding.unit:
            before = {"purpose": binding.purpose, "unit": binding.unit, "_id": {"$ne": group_id}}
            await self._groups.update_many(before, {"$set": {"purpose": None}})
        await self._groups.update_one({"_id": group_id}, {"$set": asdict(binding)}, upsert=True)
        await self._codes.delete_many({"group_id": group_id})

    async def end(self, group_id: str) -> None:
        """A group is for nothing any more; what LINE told of it stays."""
        await self._groups.update_one({"_id": group_id}, {"$set": {"purpose": None, "unit": None, "district": None}})

    async def of_units(self, units: Collection[str]) -> dict[str, str]:
        """The groups for the work of these units, of those that have one bound."""
        wanted = {"purpose": Purpose.UNIT_WORK, "unit": {"$in": sorted(units)}}
        return {each["unit"]: each["_id"] async for each in self._groups.find(wanted, {"unit": 1})}

    async def units(self) -> frozenset[str]:
        """The units that have a group bound for their work."""
        found = self._groups.find({"purpose": Purpose.UNIT_WORK}, {"unit": 1})
        return frozenset([document["unit"] async for document in found])

    async def of_purpose(self, purposes: Collection[str], counties: Collection[str]) -> list[Document]:
        """The groups of these counties for these purposes."""
        wanted = {"purpose": {"$in": list(purposes)}, "county": {"$in": list(counties)}}
        return [document async for document in self._groups.find(wanted).sort("_id", 1)]

    async def of(self, group_id: str) -> Document | None:
        return await self._groups.find_one({"_id": group_id})

    async def listed(self, counties: frozenset[str], others: Collection[str]) -> list[Document]:
        """Groups bound in these counties, and what LINE told of `others`."""
        wanted = {"$or": [{"purpose": {"$type": "string"}, **of_counties(counties)}, {"_id": {"$in": list(others)}}]}
        return [document async for document in self._groups.find(wanted)]

    async def bound(self) -> list[str]:
        """Every group that is bound to a purpose."""
        return [each["_id"] async for each in self._groups.find({"purpose": {"$type": "string"}}, {"_id": 1})]

    async def facts(self, group_ids: Collection[str]) -> Mapping[str, Document]:
        """What LINE told of these groups."""
        found = self._groups.find({"_id": {"$in": list(group_ids)}})
        return {document["_id"]: document async for document in found}
