"""Agencies in MongoDB, by the digests of their keys."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.reports import SourceUnit
from kit import mongo
from kit.mongo import Collection, Database, Document
from kit.problems import Conflict

from intake.domain.access import Route, Scope
from intake.domain.agency import Agency, OauthClient
from intake.minting import REMEMBERED, Once, remembered


class Agencies:
    """The agencies that may post. `key_sha256` is the key in use, `former` are keys that end soon."""

    def __init__(self, database: Database) -> None:
        self._agencies: Collection = database["agencies"]

    async def prepare(self, seed: Sequence[Mapping[str, Any]]) -> None:
        await self._agencies.create_index("key_sha256", unique=True)
        await self._agencies.create_index("former.sha256")
        # A client of a provider belongs to one agency.
        await self._agencies.create_index(
            [("oauth_clients.issuer", 1), ("oauth_clients.client_id", 1)],
            unique=True,
            partialFilterExpression={"oauth_clients.client_id": {"$exists": True}},
            name="oauth_client",
        )
        for entry in seed:
            await self.put(agency_of(dict(entry)), str(entry["key_sha256"]))

    async def put(self, agency: Agency, key_sha256: str, until: datetime | None = None) -> None:
        """Register an agency, or change it. Raises kit.mongo.Duplicate for another agency's key or client."""
        known = _known(agency) | {"key_sha256": key_sha256} | ({"key_until": until} if until else {})
        await self._agencies.update_one({"_id": agency.agency_id}, {"$set": known}, upsert=True)

    async def add(
        self, agency: Agency, key_sha256: str, until: datetime | None, at: datetime, once: Once | None = None
    ) -> bool:
        """Register a new agency; False when its id, or one of its clients, is taken."""
        document: Document = {"_id": agency.agency_id, "key_sha256": key_sha256, "key_until": until, "created_at": at}
        document["used"] = remembered([], once)
        return not await mongo.insert_new(self._agencies, [document | _known(agency)])

    async def change(self, agency_id: str, changes: Document) -> bool:
        """Change some fields of an agency; False when there is none.

        Raises kit.mongo.Duplicate for another agency's client.
        """
        return bool((await self._agencies.update_one({"_id": agency_id}, {"$set": changes})).matched_count)

    async def with_key(self, key_sha256: str) -> Agency | None:
        """The agency that a key opens for, if the key has not ended."""
        found = await self._agencies.find_one({"$or": [{"key_sha256": key_sha256}, {"former.sha256": key_sha256}]})
        return agency_of(found) if found and _holds(found, key_sha256, datetime.now(UTC)) else None

    async def with_client(self, client: OauthClient) -> Agency | None:
        """The agency of a client of an OpenID provider."""
        found = await self._agencies.find_one({"oauth_clients": {"$elemMatch": _client(client)}})
        return agency_of(found) if found else None

    async def of(self, agency_id: str) -> Document | None:
        """All that is known of an agency except its keys."""
        return await self._agencies.find_one({"_id": agency_id}, _WITHOUT_KEYS)

    async def has_made(self, agency_id: str, key_sha256: str, once: Once) -> bool:
        """Whether a request of this key gave the agency a key that still opens.

        Raises Conflict where it asked for something else, or its key has ended.
        """
        found = await self._agencies.find_one({"_id": agency_id})
        if found is None or not any(once.asks_the_same(each) for each in found.get("used", ())):
            return False
        if _opens(found, key_sha256, datetime.now(UTC)):
            return True
        raise Conflict("The key that this made has ended: rotate once more.", "該次產生的金鑰已失效：請重新輪替。")

    async def rotate(
        self, agency_id: str, key_sha256: str, *, until: datetime | None, former_until: datetime,
        once: Once | None = None,
    ) -> bool:  # fmt: skip
        """Replace the key in use, which ends later, by a new one; False when there is no such agency, or it did that
        `once` before.

        One update, so that of two rotations at one instant neither loses a key that is still in use.
        """
        ended = {"sha256": "$key_sha256", "until": {"$min": [former_until, "$key_until"]}}
        still = {
            "$filter": {"input": {"$ifNull": ["$former", []]}, "cond": {"$gt": ["$$this.until", datetime.now(UTC)]}}
        }
        change: Document = {"former": {"$concatArrays": [[ended], still]}, "key_sha256": key_sha256, "key_until": until}
        if once:
            used: Document = {"$concatArrays": [[{"$literal": vars(once)}], {"$ifNull": ["$used", []]}]}
            change["used"] = {"$slice": [used, REMEMBERED]}
        which = {"_id": agency_id} | ({"used.key": {"$ne": once.key}} if once else {})
        return bool((await self._agencies.update_one(which, [{"$set": change}])).matched_count)

    async def all(self) -> AsyncIterator[Agency]:
        async for found in self._agencies.find().sort("_id", 1):
            yield agency_of(found)

    async def suspended(self) -> set[str]:
        """Those that may not post now."""
        return set(await self._agencies.distinct("_id", {"active": False}))

    async def documents(self) -> list[Document]:
        """All that is known of every agency except its keys."""
        return [found async for found in self._agencies.find({}, _WITHOUT_KEYS).sort("_id", 1)]


_WITHOUT_KEYS = {"key_sha256": 0, "former.sha256": 0, "used": 0}


def agency_of(entry: Mapping[str, Any]) -> Agency:
    """An agency from its document, or from an entry of the seed."""
    return Agency(
        agency_id=entry.get("agency_id") or entry["_id"],
        source_unit=SourceUnit(entry["source_unit"]),
        counties=frozenset(entry.get("counties") or ["*"]),
        active=entry.get("active", True),
        sandbox=entry.get("sandbox", False),
        scopes=frozenset(Scope(each) for each in entry.get("scopes", [])),
        rate=entry.get("rate"),
        rates={Route(name): rate for name, rate in (entry.get("rates") or {}).items()},
        oauth_clients=frozenset(OauthClient(**each) for each in entry.get("oauth_clients", [])),
    )


def _known(agency: Agency) -> Document:
    return {
        "source_unit": agency.source_unit.value,
        "counties": sorted(agency.counties),
        "active": agency.active,
        "sandbox": agency.sandbox,
        "scopes": sorted(agency.scopes),
        "rate": agency.rate,
        "rates": {name.value: rate for name, rate in agency.rates.items()},
        "oauth_clients": [_client(each) for each in sorted(agency.oauth_clients)],
    }


def _client(client: OauthClient) -> Document:
    return {"issuer": client.issuer, "client_id": client.client_id}


def _opens(document: Document, key_sha256: str, at: datetime) -> bool:
    """Whether a key is the agency's, and has not ended."""
    known = {document["key_sha256"], *(each["sha256"] for each in document.get("former", ()))}
    return key_sha256 in known and _holds(document, key_sha256, at)


def _holds(document: Document, key_sha256: str, at: datetime) -> bool:
    if document["key_sha256"] == key_sha256:
        until = document.get("key_until")
    else:
        until = next(each["until"] for each in document["former"] if each["sha256"] == key_sha256)
    return until is None or until > at
