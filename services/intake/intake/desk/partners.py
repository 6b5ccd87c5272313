"""Community partners: associations, shops, temples report by a printed code, a little at a time, and are thanked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from contracts.reports import SourceUnit
from kit.mongo import Database, Document, insert_new
from kit.problems import Conflict, TooMany
from pydantic import TypeAdapter
from web.callers import digest

from intake.agencies.store import Agencies
from intake.domain.access import Scope
from intake.domain.agency import Agency
from intake.gate import Gate

MOST, WITHIN = 10, timedelta(hours=1)
PREFIX = "community-"
Kind = Literal["association", "shop", "temple", "postal", "volunteers", "other_partner"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Thanks = Literal["letter", "gift", "visit", "certificate"]
THANKS: tuple[Thanks, ...] = get_args(Thanks)
_CODE_BYTES = 16


@dataclass(frozen=True)
class Thanked:
    """How a partner was thanked, when, and by whom."""

    how: Thanks
    at: datetime
    by: str


@dataclass(frozen=True)
class Partner:
    """Who reports by a code. `id` is the agency's; of the code its digest alone is kept."""

    id: str
    county: str
    kind: Kind
    name: str
    made_at: datetime
    made_by: str
    code_sha256: str
    township: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    thanked: tuple[Thanked, ...] = ()


@dataclass(frozen=True)
class Told:
    """How often a partner told something, and when last."""

    reports: int = 0
    last_at: datetime | None = None


_PARTNER = TypeAdapter(Partner)


def is_partner(agency_id: str) -> bool:
    return agency_id.startswith(PREFIX)


class Partners:
    """The partners of this service's database; each is an agency that may post, and nothing else."""

    def __init__(self, database: Database, agencies: Agencies, gate: Gate) -> None:
        self._partners = database["partners"]
        self._uses = database["partner_uses"]
        self._reports = database["reports"]
        self._agencies = agencies
        self._gate = gate

    async def prepare(self) -> None:
        await self._partners.create_index([("county", 1), ("made_at", -1)])
        await self._uses.create_index("gone_at", expireAfterSeconds=0)

    async def make(
        self, county: str, kind: Kind, name: str, township: str | None, *, by: str, at: datetime, key: str | None = None
    ) -> tuple[Partner, str]:
        """A new partner and its code, which nobody can read again. Raises Conflict for a key that made one before."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        own = digest(f"{by} {key}")[:16] if key else secrets.token_hex(8)
        made = Partner(f"{PREFIX}{own}", county, kind, name, at, by, digest(code), township)
        if await insert_new(self._partners, [_document(made)]):
            raise Conflict(
                "This partner is made already. For another sheet make a new code; for another partner send it anew.",
                "此夥伴已建立。如需另印，請換新代碼；若為另一夥伴，請重新送出。",
            )
        await self._agencies.put(_agency(made), made.code_sha256)
        return made, code

    async def get(self, id: str) -> Partner | None:
        document = await self._partners.find_one({"_id": id})
        return _partner(document) if document else None

    async def of(self, counties: Sequence[str]) -> list[Partner]:
        """Those of counties (`*` for all), the last made first."""
        query: Document = {} if "*" in counties else {"county": {"$in": list(counties)}}
        return [_partner(document) async for document in self._partners.find(query).sort("made_at", -1)]

    async def told(self, ids: Sequence[str]) -> dict[str, Told]:
        """What each of them told so far."""
        match = {"$match": {"agency_id": {"$in": list(ids)}}}
        group = {"$group": {"_id": "$agency_id", "count": {"$sum": 1}, "last": {"$max": "$received_at"}}}
        return {row["_id"]: Told(row["count"], row["last"]) async for row in self._reports.aggregate([match, group])}

    async def renew(self, partner: Partner) -> str:
        """A new code; the one before opens nothing any more."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        await self._agencies.put(_agency(partner), digest(code))
        kept = {"code_sha256": digest(code), "revoked_at": None, "revoked_by": None}
        await self._partners.update_one({"_id": partner.id}, {"$set": kept})
        self._gate.forget(partner.code_sha256)
        return code

    async def revoke(self, partner: Partner, *, by: str, at: datetime) -> None:
        """Its code opens nothing: here at once, at other processes within seconds. The first who revoked it stands."""
        await self._agencies.change(partner.id, {"active": False})
        revoked = {"$set": {"revoked_at": at, "revoked_by": by}}
        await self._partners.update_one({"_id": partner.id, "revoked_at": None}, revoked)
        self._gate.forget(partner.code_sha256)

    async def thank(self, id: str, thanked: Thanked, key: str | None = None) -> None:
        """One line more; the same again under a key changes nothing."""
        line = {"how": thanked.how, "at": thanked.at, "by": thanked.by}
        once = {"sent": digest(f"{thanked.by} {key}")} if key else {}
        new: Document = {"_id": id} | ({"thanked.sent": {"$ne": once["sent"]}} if once else {})
        await self._partners.update_one(new, {"$push": {"thanked": line | once}})

    async def must_have_room(self, id: str, claims: Sequence[str], at: datetime) -> None:
        """Count one report of a code, over all processes. Raises TooMany for more than ten within an hour.

        What was accepted before is not counted when it is sent again: it is answered as it was.
        """
        if claims and await self._reports.find_one({"claims": {"$in": list(claims)}}, {"_id": 1}):
            return
        recent = {"$filter": {"input": {"$ifNull": ["$at", []]}, "cond": {"$gt": ["$$this", at - WITHIN]}}}
        fits = {"$lt": [{"$size": "$at"}, MOST]}
        change: list[Document] = [
            {"$set": {"at": recent, "gone_at": at + WITHIN}},
            {"$set": {"fits": fits, "at": {"$cond": [fits, {"$concatArrays": ["$at", [at]]}, "$at"]}}},
        ]
        found = await self._uses.find_one_and_update({"_id": id}, change, upsert=True, return_document=True)
        if not found["fits"]:
            wait = (min(found["at"]) + WITHIN - at).total_seconds()
            raise TooMany(
                f"This code takes {MOST} reports an hour: in an emergency call 110 or 113.",
                f"此代碼每小時限 {MOST} 件；緊急狀況請撥 110 或 113。",
                headers={"Retry-After": str(max(1, int(wait)))},
            )


def _agency(partner: Partner) -> Agency:
    scopes = frozenset({Scope.REPORTS_WRITE})
    return Agency(partner.id, SourceUnit.OTHER, frozenset({partner.county}), scopes=scopes)


def _document(partner: Partner) -> Document:
    document: Document = _PARTNER.dump_python(partner)
    return {"_id": document.pop("id"), **document}


def _partner(document: Document) -> Partner:
    return _PARTNER.validate_python({**document, "id": document["_id"]})
