"""The minutes on a page: they stand as the meeting goes, are corrected by who convenes, and approved by the chair."""

from collections.abc import Mapping

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from web.frame import Filled, Meant, PageRoute, SignedIn, Visit

from network.looks.store import Look
from network.meetings.acts import chairs, runs
from network.meetings.domain.minutes import entries
from network.meetings.pack_api import Kept
from network.meetings.pages import said
from network.meetings.papers import Papers
from network.meetings.spoken import words_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/meetings/{id}/minutes")
async def minutes_page(id: str, visit: SignedIn, papers: Kept) -> Response:
    visit.must(May.MEET)
    return await _shown(visit, papers, id, {})


@router.post("/meetings/{id}/minutes/looks")
async def read_words(id: str, visit: Meant, papers: Kept) -> Response:
    """The minutes with everything in them that was written in words, once the look is on record. Raises NotFound."""
    visit.must(May.MEET)
    meeting, items, side = await papers.acts.meeting(id, visit.caller)
    tokens = {(item.id, place): words for item in items for place, words in words_of(item).items()}
    if meeting.corrections and side == "party":
        tokens[id, "corrections"] = meeting.corrections
    parties = tuple(sorted(meeting.parties))
    await papers.looks.note(Look(papers.acts.clock(), visit.caller.name, meeting.county, "", id, parties, "meeting"))
    opened = await papers.acts.sealing.open(list(tokens.values()))
    words: dict[str, dict[str, str | None]] = {owner: {} for owner in (id, *(item.id for item in items))}
    for (owner, place), text in zip(tokens, opened, strict=True):
        words[owner][place] = text
    return await _shown(visit, papers, id, words)


async def _shown(
    visit: Visit, papers: Papers, id: str, words: Mapping[str, Mapping[str, str | None]]
) -> Response:  # fmt: skip
    """`words` of each item by their place, and of the meeting itself; empty until somebody looks."""
    meeting, items, side = await papers.acts.meeting(id, visit.caller)
    return visit.page(
        "meeting_minutes.html", it=meeting, side=side, entries=entries(meeting, items), words=words,
        items={each.id: each for each in items}, opened=bool(words), runs=runs(meeting, visit.caller),
        chairs=chairs(meeting, visit.caller), typed=Filled(), **said(visit),
    )  # fmt: skip
