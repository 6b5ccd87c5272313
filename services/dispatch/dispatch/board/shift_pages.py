"""The page beside the board: shift handover 交班, for those who decide."""

from typing import Annotated, Any

from contracts.roles import May
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.problems import Problem

from dispatch.board.handover import note_shown, open_shown
from dispatch.site.frame import Filled, Visit, go_to, meant, signed_in
from dispatch.window.shifts.shifts import Shifts
from dispatch.window.shifts.store import MOST

MOST_WORDS = 2000
router = APIRouter(include_in_schema=False)


def shifts_of(request: Request) -> Shifts:
    """The shifts that the composition root made."""
    made: Shifts = request.app.state.shifts
    return made


OfShifts = Annotated[Shifts, Depends(shifts_of)]
Counts = Annotated[Visit, Depends(signed_in(May.COUNT))]
Meant = Annotated[Visit, Depends(meant(May.COUNT))]


@router.get("/handover")
async def handover(visit: Counts, shifts: OfShifts, after: str = "") -> Response:
    return await _page(visit, shifts, after)


@router.post("/handover")
async def hand_over(visit: Meant, shifts: OfShifts, form: Filled) -> Response:
    await shifts.hand_over(visit.county, form.get("words", "")[:MOST_WORDS], visit.actor, form.get("key", ""))
    return go_to(f"/handover?county={visit.county}")


@router.post("/handover/{note_id}")
async def accept(visit: Meant, shifts: OfShifts, note_id: str) -> Response:
    try:
        await shifts.accept(note_id, visit.actor, visit.officer.sees)
    except Problem as problem:
        return await _page(visit, shifts, problem=problem)
    return go_to(f"/handover?county={visit.county}")


async def _page(visit: Visit, shifts: Shifts, after: str = "", problem: Problem | None = None) -> Response:
    visit.actor  # noqa: B018 - raises Forbidden for a role that takes no shifts
    lang, now = visit.lang, shifts.now()
    found, following = await shifts.latest(visit.county, after)
    notes = [note_shown(note, words, lang, now) for note, words in found]
    open_now = open_shown(await shifts.gathered(visit.county), lang, now)
    facts: dict[str, Any] = {"notes": notes, "following": following, "now": open_now, "most": MOST}
    return await visit.page("handover.html", problem, **facts)
