"""Places that anybody may look up, without signing in: a page, and the same as JSON for who asks for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from contracts.languages import Said
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from kit.problems import Problem, TooMany, Unprocessable
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from rules.places import township_of
from web.attempts import subscriber
from web.frame import Filled, site_of

from network.directory.api import Given, today
from network.directory.documents import Looked
from network.directory.domain.entry import Content, Entry, Site
from network.directory.domain.public import shown
from network.directory.kinds import public
from network.directory.store import Directory
from network.directory.townships import counties_with
from network.directory.views import HoursView, hours_of
from network.services import one_of
from network.tasks.views import View

router = APIRouter(tags=["public"])

SHOWN = 20


class PublicSiteView(View):
    name: str
    township: str | None
    address: str | None
    phone: str | None


class PublicServiceView(View):
    service: str
    name: str
    hours: tuple[HoursView, ...]


class PlaceView(View):
    """A place for everybody: nothing of whom professionals call, of room, or of who keeps the entry."""

    id: str
    kind: str
    name: str
    description: str
    county: str
    sites: tuple[PublicSiteView, ...]
    services: tuple[PublicServiceView, ...]


class PlacesView(View):
    """A page of places in the order of names; `next` is the `after` of the following page."""

    places: tuple[PlaceView, ...]
    next: str | None = None


class Gate:
    """How often one address may look: counted in this process, for what is here is no secret."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def must_have_room(self, address: str) -> None:
        """Raises TooMany."""
        if not await self._limiter.hit(self._rate, subscriber(address)):
            wait = {"Retry-After": str(self._rate.get_expiry())}
            raise TooMany("Too many requests: wait a minute.", "請求過多，請稍候一分鐘。", headers=wait)


@dataclass(frozen=True)
class Asked:
    """What is looked for, as it was asked."""

    county: Annotated[str, Query(max_length=40)] = ""
    township: Annotated[str, Query(max_length=20)] = ""
    kind: Annotated[str, Query(max_length=64)] = ""
    after: Annotated[str, Query(max_length=64)] = ""

    @property
    def looked(self) -> Looked:
        """Raises Unprocessable for a kind or a township that there is not."""
        if self.kind and self.kind not in public().kinds:
            raise _wrong("kind", one_of(public().kinds))
        name = township_of(self.township, self.county or None).name if self.township else None
        if self.township and not name:
            raise _wrong("township", Said("請填鄉鎮市區，如民雄鄉。", "Write a township, as 民雄鄉."))
        counties = {self.county} if self.county else counties_with(name) if name else frozenset[str]()
        return Looked(today(), (self.kind,) if self.kind else public().kinds, tuple(sorted(counties)), name)


@router.get("/public/places", summary="Places that anybody may look up", response_model=PlacesView)
async def places(request: Request, asked: Annotated[Asked, Depends()], acts: Given) -> Any:
    """A page for who takes HTML, JSON for all others; 429 for who asks too often."""
    gate: Gate = request.app.state.public_gate
    is_page = "text/html" in request.headers.get("accept", "")
    try:
        await gate.must_have_room(request.client.host if request.client else "")
        found = await _found(asked, acts.directory)
    except Problem as problem:
        if not is_page:
            raise
        return _page(request, asked, PlacesView(places=()), problem)
    return _page(request, asked, found) if is_page else JSONResponse(found.model_dump(mode="json"), headers=_VARIES)


async def _found(asked: Asked, directory: Directory) -> PlacesView:
    page = await directory.for_all(asked.looked, asked.after or None, SHOWN)
    seen = [(entry, said) for entry in page if (said := shown(entry))]
    return PlacesView(places=tuple(_place(*each) for each in seen), next=page[-1].id if len(page) == SHOWN else None)


def _page(request: Request, asked: Asked, found: PlacesView, problem: Problem | None = None) -> Response:
    answer = site_of(request).pages.show(
        request, None, "public_places.html", problem.status if problem else 200, found=found, asked=asked,
        kinds=public().kinds, problem=problem, typed=Filled(), about=lambda entry: "",
    )  # fmt: skip
    answer.headers.update(_VARIES | (problem.headers if problem else {}))
    return answer


def _place(entry: Entry, said: Content) -> PlaceView:
    services = [PublicServiceView(service=e.service, name=e.name, hours=hours_of(e.hours)) for e in said.services]
    return PlaceView(
        id=entry.id, kind=said.public or "", name=said.name, description=said.description, county=entry.county,
        sites=_sites(said.sites), services=tuple(services),
    )  # fmt: skip


def _sites(sites: Sequence[Site]) -> tuple[PublicSiteView, ...]:
    return tuple(PublicSiteView.model_validate(each) for each in sites if not each.secret)


def _wrong(field: str, said: Said) -> Unprocessable:
    error = {"at": f"/query/{field}", "code": field, "about": field, **said._asdict()}
    return Unprocessable("Correct what is looked for.", "請更正查詢條件。", errors=[error])


_VARIES = {"Vary": "Accept, Accept-Language, Cookie"}
