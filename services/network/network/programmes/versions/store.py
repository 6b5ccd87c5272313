"""Versions of programmes in MongoDB: each kept once, as it was; what is stored wins over a file that was edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts.languages import Said
from contracts.words import UNITS
from kit.mongo import Database, Document, insert_new
from kit.telemetry import log

from network import words
from network.clock import now
from network.programmes.domain.grammar import Programme, codes
from network.programmes.domain.parts import NAMED
from network.programmes.reading import ProgrammeError, read, shipped

EVERY_COUNTY = ""


@dataclass(frozen=True)
class Version:
    """One version: whose (every county's where none is named), by whom it was proposed and approved."""

    programme: Programme
    text: str
    county: str = EVERY_COUNTY
    state: Literal["proposed", "published"] = "published"
    proposed_by: str | None = None
    approved_by: str | None = None

    @property
    def id(self) -> str:
        return version_id(self.county, self.programme.programme, self.programme.version)


def version_id(county: str, code: str, version: int) -> str:
    return f"{county}/{code}@{version}"


class Versions:
    """Programmes by county, code and version."""

    def __init__(self, database: Database) -> None:
        self._versions = database["programmes"]
        self._known: dict[str, Version] = {}

    async def prepare(self) -> None:
        """Keep every version that is shipped; one that is kept already stays as it is."""
        await self._versions.create_index([("county", 1), ("code", 1), ("version", 1)])
        made = [Version(programme, text) for text, programme in shipped()]
        there = await insert_new(self._versions, [_document(each) for each in made])
        for at in there:
            kept = await self._versions.find_one({"_id": made[at].id})
            if kept and kept["text"] != made[at].text and _differs(kept["text"], made[at].programme):
                log.error("programme_edited", name=made[at].id)  # it needs a new version: the one kept stays

        gone = {"county": EVERY_COUNTY, "code": {"$nin": [each.programme.programme for each in made]}}
        await self._versions.update_many(gone, {"$set": {"retired": True}})  # whoever is in one stays in it
        async for document in self._versions.find({"state": "published"}):
            self._learned(document)

    async def get(self, county: str, code: str, version: int) -> Version | None:
        """One version: the county's own, or the one of every county."""
        either = (version_id(county, code, version), version_id(EVERY_COUNTY, code, version))
        # A county publishes no number that every county's has already: what is known of either needs no look at both.
        if known := next((self._known[id] for id in either if id in self._known), None):
            return known
        for id in either:
            if document := await self._versions.find_one({"_id": id, "state": "published"}):
                return self._learned(document)
        return None

    async def in_force(self, county: str, day: date, code: str | None = None) -> Sequence[Version]:
        """Of each programme the latest version that holds on a day; a county's own stands before every county's."""
        query: Document = {"county": {"$in": [county, EVERY_COUNTY]}, "state": "published", "retired": {"$ne": True}}
        query |= {"since": {"$lte": day.isoformat()}} | ({"code": code} if code else {})
        found = self._versions.find(query).sort([("code", 1), ("county", 1), ("version", 1)])
        latest = {each["code"]: each async for each in found}
        return [self._learned(each) for each in latest.values()]

    async def proposed(self, county: str) -> Sequence[Version]:
        found = self._versions.find({"county": county, "state": "proposed"}).sort("_id", 1)
        return [_version(each) async for each in found]

    async def propose(self, version: Version) -> bool:
        """Whether it is kept; not where this version was published, or proposed by another, before."""
        mine = {"_id": version.id, "state": "proposed", "proposed_by": version.proposed_by}
        if not await insert_new(self._versions, [_document(version)]):
            return True
        done = await self._versions.replace_one(mine, _document(version))
        return done.matched_count == 1

    async def approve(self, id: str, by: str, text: str) -> bool:
        """Publish what was proposed, as it was read, by another person."""
        asked = {"_id": id, "state": "proposed", "text": text, "proposed_by": {"$ne": by}}
        sets = {"state": "published", "approved_by": by, "approved_at": now()}
        return (await self._versions.update_one(asked, {"$set": sets})).modified_count == 1

    async def newest(self, county: str, code: str) -> int:
        """The highest version of a programme that is published here; 0 where there is none."""
        query = {"county": {"$in": [county, EVERY_COUNTY]}, "code": code, "state": "published"}
        found = await self._versions.find(query, {"version": 1}).sort("version", -1).limit(1).to_list(1)
        return int(found[0]["version"]) if found else 0

    async def waiting(self, county: str, code: str, version: int) -> Version | None:
        id = version_id(county, code, version)
        document = await self._versions.find_one({"_id": id, "state": "proposed"})
        return _version(document) if document else None

    def _learned(self, document: Document) -> Version:
        """One that is published is read once: it never changes. Its words are known from then on."""
        if (known := self._known.get(document["_id"])) is None:
            known = self._known[document["_id"]] = _version(document)
            words.learn(names(known.programme), known.programme.version)
        return known

    async def called_otherwise(self, version: Version) -> Mapping[str, Said]:
        """The codes of a version that are called otherwise elsewhere, and how: words are looked up by their code alone,
        so what one county writes would stand on the pages of every other one."""
        mine, code = names(version.programme), version.programme.programme
        theirs: dict[str, Said] = {name: said for name in mine if (said := words.own(name))}
        elsewhere = {"code": code, "county": {"$ne": version.county}, "state": "published"}
        async for document in self._versions.find(elsewhere).sort([("county", -1), ("version", 1)]):
            theirs |= names(_version(document).programme)
        return {name: theirs[name] for name, said in mine.items() if name in theirs and theirs[name] != said}


def names(programme: Programme) -> dict[str, Said]:
    """What the codes of a programme are called on pages: each behind the programme's own."""
    own = programme.programme
    asked = {code for code, _ in codes(programme)}
    said = {f"{own}.{code}": programme.words[code] for code in asked if code in programme.words}
    common = {f"{own}.{code}": words.of(code) for code in (*NAMED, *(asked & UNITS.keys()))}
    return {f"programme.{own}": programme.words[own]} | common | said


def _differs(text: str, programme: Programme) -> bool:
    try:
        return read(text, proved=False) != programme
    except ProgrammeError:
        return True


def _document(version: Version) -> Document:
    it = version.programme
    return {
        "_id": version.id, "county": version.county, "code": it.programme, "version": it.version,
        "since": it.since.isoformat(), "text": version.text, "state": version.state,
        "proposed_by": version.proposed_by, "approved_by": version.approved_by, "kept_at": now(),
    }  # fmt: skip


def _version(document: Document) -> Version:
    return Version(
        read(document["text"], proved=False), document["text"], document["county"], document["state"],
        document["proposed_by"], document["approved_by"],
    )  # fmt: skip
