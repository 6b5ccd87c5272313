"""What meetings wrote of a case in words, for who may see the case: why it was put off, dropped, listed, delisted.

The look is on record first; what is kept from somebody by name is not shown to them.
"""

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound
from web.frame import Meant, PageRoute

from network.looks.store import Look
from network.meetings.acts import may_see
from network.meetings.discussed import OfCases
from network.meetings.pack_api import Kept
from network.meetings.pages import said

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.post("/cases/{id}/meetings/looks")
async def read(id: str, visit: Meant, papers: Kept) -> Response:
    """Every reason in words. Raises NotFound for a case that one may not see."""
    visit.must(May.READ)
    acts = papers.acts
    family = await acts.families.family(id)
    if family is None or not may_see(family.county, family.parties, visit.caller):
        raise NotFound("There is no such case.", "查無此共案。")
    reasons = await OfCases(acts).reasons(sorted(family.ids), visit.caller.name)
    await papers.looks.note(
        Look(acts.clock(), visit.caller.name, family.county, family.case_id, id, tuple(family.parties), "meeting")
    )
    opened = await acts.sealing.open([each.words for each in reasons])
    return visit.page(
        "case_words.html", case_id=family.case_id, rows=list(zip(reasons, opened, strict=True)), **said(visit)
    )
