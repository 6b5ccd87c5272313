"""The API of lists: a case is listed, kept, and off its list once its tool was measured below the threshold."""

from typing import Annotated

from fastapi import APIRouter, Query
from kit.paging import After

from network.meetings.api import Who
from network.meetings.listing_bodies import DelistingBody, IncidentBody, KeepingBody, ListingBody
from network.meetings.listing_views import ListingsView, ListingView
from network.meetings.lists import Lists
from network.once import Once

router = APIRouter(prefix="/v1", tags=["meetings"])


@router.post("/cases/{id}/listings", status_code=201, summary="A case on a list, by somebody's judgement")
async def list_(id: str, body: ListingBody, who: Who, key: Once) -> ListingView:
    return ListingView.of(await Lists(who.acts).put(id, body, who.caller, key))


@router.get("/listings", summary="Cases on lists that one may see, the first listed first, page by page")
async def find(
    *,
    list_code: Annotated[str | None, Query(alias="list", max_length=64)] = None,
    case_id: Annotated[str | None, Query(max_length=80)] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    who: Who,
) -> ListingsView:
    found, following = await Lists(who.acts).find(who.caller, list_code, case_id, after, limit)
    return ListingsView(listings=tuple(map(ListingView.of, found)), next=following)


@router.post("/listings/{id}/keeping", summary="It stays on its list")
async def keep(id: str, body: KeepingBody, who: Who, key: Once) -> ListingView:
    return ListingView.of(await Lists(who.acts).keep(id, body, who.caller, key))


@router.post("/listings/{id}/delisting", summary="Off its list: its tool was measured again below the threshold")
async def delist(id: str, body: DelistingBody, who: Who, key: Once) -> ListingView:
    return ListingView.of(await Lists(who.acts).take_off(id, body, who.caller, key))


@router.post(
    "/cases/{id}/incidents", summary="Something happened again, known to a unit: back on the agenda for a year"
)
async def happened(id: str, body: IncidentBody, who: Who, key: Once) -> ListingsView:
    """Within twelve months of leaving a list, whatever the score (practice: MARAC, definition of a repeat)."""
    left = await Lists(who.acts).happened(id, body, who.caller, key)
    return ListingsView(listings=tuple(map(ListingView.of, left)))
