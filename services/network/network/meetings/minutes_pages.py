"""The minutes on a page: they stand as the meeting goes, are corrected by who convenes, and approved by the chair."""

from collections.abc import Mapping

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from web.frame import Filled, Meant, PageRoute, SignedIn, Visit

from network.meetings.acts import chairs, runs
from network.meetings.domain.minutes import as_minuted, entries
from network.meetings.minutes_api import opened
from network.meetings.pack_api import Kept
from network.meetings.pages import said
from network.meetings.papers import Papers

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/meetings/{id}/minutes")
async def minutes_page(id: str, visit: SignedIn, papers: Kept) -> Response:
    visit.must(May.MEET)
    return await _shown(visit, papers, id, {})


@router.post("/meetings/{id}/minutes/looks")
async def read_words(id: str, visit: Meant, papers: Kept) -> Response:
    """The minutes with everything in them that was written in words, once the look is on record. Raises NotFound."""
    visit.must(May.MEET)
    return await _shown(visit, papers, id, await opened(id, visit.caller, papers.acts, papers.looks))


async def _shown(
    visit: Visit, papers: Papers, id: str, words: Mapping[str, Mapping[str, str | None]]
) -> Response:  # fmt: skip
    """`words` of each item by their place, and of the meeting itself; empty until somebody looks."""
    meeting, items, side = await papers.acts.meeting(id, visit.caller)
    return visit.page(
        "meeting_minutes.html", it=meeting, side=side, entries=entries(meeting, items), words=words,
        items={each.id: as_minuted(each, meeting) for each in items}, opened=bool(words),
        runs=runs(meeting, visit.caller), chairs=chairs(meeting, visit.caller), typed=Filled(), **said(visit),
    )  # fmt: skip
