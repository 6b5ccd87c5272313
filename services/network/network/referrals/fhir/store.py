"""The referrals that are addressed to some units, in MongoDB: for who reads them as FHIR."""

from collections.abc import Collection
from dataclasses import dataclass

from kit.mongo import Database, Document
from kit.paging import Order, Page
from pydantic import TypeAdapter

from network.access import EVERYWHERE
from network.referrals.domain.referral import Referral

_REFERRAL = TypeAdapter(Referral)
_LATEST = Order("sent_at", descending=True)


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

    async def find(self, sought: Sought, after: str | None, limit: int) -> Page[Referral]:
        """The last sent first, from beyond the place `after`."""
        return await _LATEST.page(self._referrals, _query(sought), after, limit, _referral)


def _query(sought: Sought) -> Document:
    query: Document = {"to": {"$in": sorted(sought.units)}, "service": {"$in": sorted(sought.services)}}
    query |= {} if EVERYWHERE in sought.counties else {"county": {"$in": sorted(sought.counties)}}
    return query | ({"state": {"$in": sorted(sought.states)}} if sought.states else {})


def _referral(document: Document) -> Referral:
    return _REFERRAL.validate_python({**document, "id": document["_id"]})
