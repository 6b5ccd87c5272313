"""The API of the directory: found by service, need, township and room; written by keepers; in and out as HSDS."""

from dataclasses import dataclass, replace
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.problems import Unprocessable
from pydantic import BeforeValidator, Field
from rules.places import township_of
from rules.taiwan import taipei_day
from web.callers import allowed, must_cover

from network.access import EVERYWHERE, Scope
from network.clock import now
from network.directory.acts import Acts
from network.directory.bodies import EntryBody, LookBody, Slug
from network.directory.documents import Sought
from network.directory.domain.entry import Entry
from network.directory.townships import counties_with, distances
from network.directory.views import EntriesView, EntryView, stale_after
from network.directory.whereabouts import NOWHERE
from network.services import catalogue

router = APIRouter(prefix="/v1", tags=["directory"])


@dataclass(frozen=True)
class Asked:
    """What is looked for, as it was asked."""

    county: str | None = None
    service: Annotated[str | None, Query(max_length=64)] = None
    need: Annotated[str | None, Query(max_length=64, description="One of the six dimensions of need")] = None
    township: Annotated[str | None, Query(max_length=20, description="Which it must serve")] = None
    near: Annotated[str | None, Query(max_length=20, description="A township that it serves: the nearest first")] = None
    within: Annotated[
        Annotated[float, Field(ge=0, le=500)] | None,
        BeforeValidator(lambda written: None if written == "" else written),
        Query(description="Kilometres from the middle of `near` to that of its township"),
    ] = None
    free: Annotated[bool, Query(description="Only where a place is left")] = False
    stale: Annotated[bool, Query(description="Only what nobody has confirmed for long")] = False
    unlooked: Annotated[bool, Query(description="Only what waits for a second look")] = False

    def sought(self, caller: Caller) -> Sought:
        """Raises Forbidden for another county."""
        if self.county:
            must_cover(caller, self.county)
        before = now() - stale_after() if self.stale else None
        return Sought(
            today(), self.county, self._services(), self.township or self.near, self.free, before, self.unlooked
        )

    def of(self, caller: Caller) -> "Asked":
        """The same, with the county and the township as they are called. Raises Unprocessable for no township."""
        if not self.near:
            return self
        mine = [self.county] if self.county else [] if EVERYWHERE in caller.counties else sorted(caller.counties)
        written = {county: township_of(self.near, county).name for county in mine}
        named = [(county, name) for county, name in written.items() if name]
        if not mine and (name := township_of(self.near).name):
            named = [(county, name) for county in counties_with(name)]
        if len(named) != 1:
            raise Unprocessable(
                "Write near as a township of one county, as 民雄鄉; say county where several have one of that name.",
                "near 請填鄉鎮市區，如民雄鄉；數個縣市有同名時請填 county。",
                errors=[{"at": "/query/near", "code": "township", "zh": "查無此鄉鎮市區。", "en": "No such township."}],
            )
        return replace(self, county=named[0][0], near=named[0][1])

    def _services(self) -> tuple[str, ...] | None:
        named = (self.service,) if self.service else None
        meeting = catalogue().meeting(self.need) if self.need else None
        if named and meeting is not None:
            return tuple(each for each in named if each in meeting)
        return named or meeting


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.directory
    return acts


Finder = Annotated[Caller, allowed(May.FIND)]
Keeper = Annotated[Caller, allowed(May.KEEP)]
Given = Annotated[Acts, Depends(acts_of)]


@router.get("/directory", summary="Who offers what, where, with room")
async def find(
    *,
    asked: Annotated[Asked, Depends()],
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Finder,
    acts: Given,
) -> EntriesView:
    found = await looked_for(asked, caller, acts, after, limit)
    following = found[-1].entry.id if len(found) == limit else None
    return EntriesView(providers=tuple(EntryView.of(each.entry, each.km) for each in found), next=following)


@router.get("/directory/{id}", summary="One provider")
async def get(id: Slug, caller: Finder, acts: Given) -> EntryView:
    return EntryView.of(await acts.entry(id, caller))


@router.put("/directory/{id}", summary="Write what is said of a provider: it holds at once, another looks at it")
async def put(id: Slug, body: EntryBody, caller: Keeper, acts: Given) -> EntryView:
    return EntryView.of(await acts.write(id, body, caller, body.version))


@router.post("/directory/{id}/second-look", summary="Another person looks at what was written: right, or taken back")
async def second_look(id: Slug, body: LookBody, caller: Keeper, acts: Given) -> EntryView:
    return EntryView.of(await acts.look(id, caller, right=body.right))


@router.post("/directory/{id}/assurance", summary="Somebody asked there: it is still so")
async def assure(id: Slug, caller: Keeper, acts: Given) -> EntryView:
    return EntryView.of(await acts.confirm(id, caller))


@dataclass(frozen=True)
class Found:
    """An entry, and how far its township is from that which was asked; None where neither was said."""

    entry: Entry
    km: float | None = None


async def looked_for(asked: Asked, caller: Caller, acts: Acts, after: str | None, limit: int) -> list[Found]:
    """A page of what is looked for: by name, or the nearest first. Raises Forbidden, Unprocessable."""
    scope, asked = Scope.of(caller), asked.of(caller)
    sought = asked.sought(caller)
    if not asked.near or not asked.county:
        return [Found(each) for each in await acts.directory.find(scope, sought, after, limit)]
    away = distances(asked.county, asked.near)
    reached = [town for town, km in away.items() if asked.within is None or km <= asked.within]
    towns = reached if asked.within is not None else [*reached, NOWHERE]
    found = await acts.directory.nearest(scope, sought, towns, after, limit)
    return [Found(entry, round(away[town], 1) if town else None) for town, entry in found]


def today() -> str:
    return taipei_day(now()).isoformat()
