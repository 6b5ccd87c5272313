"""The page of lists: each case that one may see, since when it stands on which, why, and when it was last kept."""

from collections.abc import Mapping, Sequence

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from web.frame import PageRoute, SignedIn
from web.language import language

from network.meetings import printing
from network.meetings.acts import Acts
from network.meetings.domain.item import Because, Item
from network.meetings.domain.listing import Listing
from network.meetings.lists import Lists
from network.meetings.pack_api import Kept
from network.meetings.reading import rulebook

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50


@router.get("/meetings/lists")
async def lists_page(visit: SignedIn, papers: Kept, left: str = "", after: str = "") -> Response:
    """Those that stand; those too that left, where `left` is said."""
    visit.must(May.MEET)
    caller, lang = visit.caller, language(visit.request)
    found, following = await Lists(papers.acts).find(caller, None, None, after, MOST, standing=not left)
    items = {} if caller.units else await _discussed(found, caller.name, papers.acts)
    return visit.page(
        "meeting_lists.html", here="/meetings", rows=[(each, items.get(each.id)) for each in found],
        following=following, left_too=bool(left), opens=may(caller.role, May.READ),
        why=lambda each: printing.why(_because(each), lang),
    )  # fmt: skip


async def _discussed(listings: Sequence[Listing], name: str, acts: Acts) -> Mapping[str, Item]:
    """By listing the item under which its list's meetings discuss the case; not what is kept from this `name`."""
    found = await acts.meetings.of_cases([each.case_id for each in listings])
    seen = {(each.case_id, each.purpose): each for each in found if each.is_open and not each.is_kept_from(name)}
    about = {each.id: (each.case_id, rulebook().lists[each.list].purpose) for each in listings}
    return {id: seen[key] for id, key in about.items() if key in seen}


def _because(listing: Listing) -> Because:
    return Because(listing.because, listing.since, listing.listed_by, reason=listing.because)
