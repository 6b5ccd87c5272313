"""The rotas that were written down, each with a version, under the unit and the duty it is for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, TypeAlias

from kit.mongo import Database, Document, Duplicate, Session

from notify.domain.holes import Hole
from notify.domain.rota import Rota, Shift, Turns
from notify.store import of_counties

DutyKind: TypeAlias = Literal["on_call", "supervisor"]


@dataclass(frozen=True)
class Kept:
    """A rota as it is kept, with who wrote it; `version` counts what was written."""

    unit: str
    duty: DutyKind
    county: str
    rota: Rota
    version: int
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class Looked:
    """What the last dry run of a unit's rota found; `whole`: nobody would ever be rung."""

    unit: str
    county: str
    looked_at: datetime
    whole: bool
    holes: tuple[Hole, ...]


class Changed(Exception):
    """The rota is not the one any more that was looked at."""


class Rotas:
    """One document a unit and duty, and one a unit with its holes."""

    def __init__(self, database: Database) -> None:
        self._rotas = database["rotas"]
        self._holes = database["rota_holes"]

    async def of(self, unit: str, duty: DutyKind) -> Kept | None:
        found = await self._rotas.find_one({"_id": _id(unit, duty)})
        return _kept(found) if found else None

    async def put(self, kept: Kept, seen: int | None = None, session: Session | None = None) -> Kept:
        """Write a rota in the place of the one before it, of version `seen` if that is told, 0 for none.

        Raises Changed when another one is there.
        """
        fields = {**vars(kept)} | {"rota": _document(kept.rota)}
        del fields["version"]
        change: Document = {"$set": fields, "$inc": {"version": 1}}
        where: Document = {"_id": _id(kept.unit, kept.duty)}
        if seen is not None:
            where["version"] = seen or {"$exists": False}
        try:
            written = await self._rotas.find_one_and_update(
                where, change, upsert=not seen, return_document=True, session=session
            )
        except Duplicate:
            raise Changed from None
        if written is None:
            raise Changed
        return _kept(written)

    async def listed(self, counties: frozenset[str]) -> list[Kept]:
        found = self._rotas.find(of_counties(counties)).sort([("unit", 1), ("duty", 1)])
        return [_kept(document) async for document in found]

    async def keep_holes(self, looked: Looked) -> None:
        """Keep what a dry run found, unless one that looked later is kept."""
        fields = {**vars(looked)} | {"holes": [{**vars(each)} for each in looked.holes]}
        earlier = {"_id": looked.unit, "looked_at": {"$not": {"$gt": looked.looked_at}}}
        try:
            await self._holes.update_one(earlier, {"$set": fields}, upsert=True)
        except Duplicate:
            return

    async def looked(self, unit: str) -> Looked | None:
        """What the last dry run of a unit's rota found."""
        found = await self._holes.find_one({"_id": unit}, {"_id": 0})
        return _looked(found) if found else None

    async def holes(self, counties: frozenset[str]) -> list[Looked]:
        found = self._holes.find(of_counties(counties), {"_id": 0})
        return [_looked(each) async for each in found]

    async def forget_but(self, units: Collection[str]) -> None:
        """Forget what was found of units that have no group any more."""
        await self._holes.delete_many({"_id": {"$nin": list(units)}})


def _id(unit: str, duty: DutyKind) -> str:
    return f"{unit} {duty}"


def _looked(kept: Mapping[str, Any]) -> Looked:
    return Looked(**{**kept, "holes": tuple(Hole(**hole) for hole in kept["holes"])})


def _document(rota: Rota) -> Document:
    turns = rota.turns and {**vars(rota.turns)} | {
        "people": list(rota.turns.people),
        "since": rota.turns.since.isoformat(),
        "at": rota.turns.at.isoformat(),
    }
    return {
        "turns": turns,
        "shifts": list(map(_line, rota.shifts)),
        "overrides": list(map(_line, rota.overrides)),
    }


def _line(shift: Shift) -> Document:
    """Without a field that an earlier release, still running beside this one, would not know."""
    return {name: value for name, value in vars(shift).items() if name != "swap" or value}


def _kept(document: Mapping[str, Any]) -> Kept:
    names = ("unit", "duty", "county", "version", "written_by", "written_at")
    return Kept(rota=_rota(document["rota"]), **{name: document[name] for name in names})


def _rota(kept: Mapping[str, Any]) -> Rota:
    turns = kept["turns"] and Turns(
        tuple(kept["turns"]["people"]),
        date.fromisoformat(kept["turns"]["since"]),
        kept["turns"]["days"],
        time.fromisoformat(kept["turns"]["at"]),
    )
    shifts, overrides = (tuple(Shift(**each) for each in kept[name]) for name in ("shifts", "overrides"))
    return Rota(turns, shifts, overrides)
