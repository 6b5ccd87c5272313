"""Entries as documents, and what they are found by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.mongo import Document
from pydantic import TypeAdapter

from network.access import EVERYWHERE, Scope
from network.directory.domain.entry import Entry
from network.directory.domain.public import shown, towns
from network.directory.whereabouts import ANY, key, keys

_ENTRY = TypeAdapter(Entry)
WHOLE_COUNTY = ("",)
"""The townships of what is for a whole county."""
PLACE = {"content.name": 1, "keys": 1}
"""What tells where in a list an entry stands."""


@dataclass(frozen=True)
class Sought:
    """Which entries; None where it does not matter. `on` is the day, `assured_before` makes it the stale ones."""

    on: str | None
    county: str | None = None
    services: tuple[str, ...] | None = None
    township: str | None = None
    free: bool = False
    assured_before: datetime | None = None
    unlooked: bool = False


@dataclass(frozen=True)
class Looked:
    """What the public looks for: kinds, and counties and a township where they are said. `on` is the day."""

    on: str
    kinds: tuple[str, ...]
    counties: tuple[str, ...] = ()
    township: str | None = None


def query_of(scope: Scope, sought: Sought) -> Document:
    query: Document = {"withdrawn": False, "$and": [within(scope, sought), *on_day(sought.on)]}
    if offer := _offer(sought):
        query["content.services"] = {"$elemMatch": offer}
    query |= {"assured_at": {"$lt": sought.assured_before}} if sought.assured_before else {}
    return query | ({"unlooked": True} if sought.unlooked else {})


def on_day(day: str | None, said: str = "content") -> Iterable[Document]:
    if day:
        yield {"$or": [{f"{said}.valid_from": None}, {f"{said}.valid_from": {"$lte": day}}]}
        yield {"$or": [{f"{said}.valid_to": None}, {f"{said}.valid_to": {"$gte": day}}]}


def within(scope: Scope, sought: Sought) -> Document:
    if sought.county:
        return {"county": sought.county}
    return {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}


def beyond(last: Document, said: str = "content") -> Document:
    """What follows an entry in the order of names."""
    name = last[said]["name"]
    return {"$or": [{f"{said}.name": {"$gt": name}}, {f"{said}.name": name, "_id": {"$gt": last["_id"]}}]}


def keys_of(sought: Sought, townships: Sequence[str]) -> list[str]:
    return [key(service, town) for town in townships for service in services_of(sought)]


def services_of(sought: Sought) -> tuple[str, ...]:
    return (ANY,) if sought.services is None else sought.services


def rank_of(keys: Sequence[str], sought: Sought, townships: Sequence[str]) -> int:
    """The first of these townships in which an entry is; behind them all where it is in none."""
    known = set(keys)
    ranks = (rank for rank, town in enumerate(townships) if not known.isdisjoint(keys_of(sought, [town])))
    return next(ranks, len(townships))


def alike(sought: Sought) -> Document:
    """The offers of an entry that are sought."""
    named: Document = {"$in": ["$$this.service", list(sought.services or ())]}
    town = sought.township
    serves = {"$or": [{"$eq": ["$$this.townships", []]}, {"$in": [town, "$$this.townships"]}]} if town else True
    return {"$filter": {"input": "$content.services", "cond": {"$and": [named, serves]}}}


def ranked(sought: Sought, stale_before: datetime) -> list[Document]:
    """Worse in each of these goes behind: full, not confirmed lately, room never said, not for the township alone."""
    left = {"$ifNull": ["$$this.places.left", -1]}
    far: Document = {"$not": [{"$in": [sought.township, "$$this.townships"]}]}
    return [
        _all({"$eq": [left, 0]}), {"$lt": ["$assured_at", stale_before]}, _all({"$eq": [left, -1]}), _all(far),
    ]  # fmt: skip


def _all(what: Document) -> Document:
    return {"$allElementsTrue": [{"$map": {"input": "$alike", "in": what}}]}


def _offer(sought: Sought) -> Document:
    offer: Document = {"service": {"$in": list(sought.services)}} if sought.services is not None else {}
    offer |= {"$or": [{"townships": sought.township}, {"townships": []}]} if sought.township else {}
    return offer | ({"places.left": {"$gt": 0}} if sought.free else {})


def document_of(entry: Entry) -> Document:
    document: Document = _ENTRY.dump_python(entry)
    document["unlooked"] = not entry.is_looked_at
    return {"_id": document.pop("id"), **document, "keys": keys(entry), "shown": _shown(entry)}


def _shown(entry: Entry) -> Document | None:
    """What the public finds an entry by."""
    said = shown(entry)
    if said is None:
        return None
    return {
        "kind": said.public, "name": said.name, "towns": list(towns(said)) or [*WHOLE_COUNTY],
        "valid_from": said.valid_from, "valid_to": said.valid_to,
    }  # fmt: skip


def entry_from(document: Document) -> Entry:
    return _ENTRY.validate_python({**document, "id": document["_id"]})
