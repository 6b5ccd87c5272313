"""The referrals that are addressed to some units, in MongoDB: for who reads them as FHIR."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kit.mongo import Database, Document
from pydantic import TypeAdapter
from pymongo import DESCENDING

from network.access import EVERYWHERE
from network.referrals.domain.referral import Referral

_REFERRAL = TypeAdapter(Referral)


@dataclass(frozen=True)
class Sought:
    """Which of them: of these counties, units and services; of every state where none is named."""

    counties: Collection[str]
    units: Collection[str]
    services: Collection[str]
    states: Collection[str] = ()


class Addressed:
    """Reads; what changes a referral is `Referrals`."""

    def __init__(self, database: Database) -> None:
        self._referrals = database["referrals"]

    async def find(self, sought: Sought, after: str | None, limit: int) -> Sequence[Referral]:
        """The last sent first, from beyond the referral `after`."""
        query = _query(sought)
        # Whatever its state is by now: the next page goes on behind it.
        known = _query(replace(sought, states=()))
        if after and (last := await self._referrals.find_one(known | {"_id": after}, {"sent_at": 1})):
            at = last["sent_at"]
            query["$or"] = [{"sent_at": {"$lt": at}}, {"sent_at": at, "_id": {"$lt": after}}]
        found = self._referrals.find(query).sort([("sent_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [_REFERRAL.validate_python({**each, "id": each["_id"]}) async for each in found]


def _query(sought: Sought) -> Document:
    query: Document = {"to": {"$in": sorted(sought.units)}, "service": {"$in": sorted(sought.services)}}
    query |= {} if EVERYWHERE in sought.counties else {"county": {"$in": sorted(sought.counties)}}
    return query | ({"state": {"$in": sorted(sought.states)}} if sought.states else {})
