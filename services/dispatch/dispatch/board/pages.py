"""The board: its page, the parts that it fetches, its stream, and the panel of a report with what is done there."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Annotated

from contracts.roles import May
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from kit.problems import Forbidden, NotFound, Problem
from pydantic import ValidationError
from sse_starlette import EventSourceResponse

from dispatch.board import behind
from dispatch.board.acts import Act, Acts
from dispatch.board.hub import Hub
from dispatch.board.reading import Reading
from dispatch.site.door import HEADERS
from dispatch.site.frame import Filled, Visit, go_to, meant, signed_in
from dispatch.site.words import word


@dataclass(frozen=True)
class Board:
    """What the board's pages are made of."""

    reading: Reading
    hub: Hub
    acts: Acts


def board_of(request: Request) -> Board:
    """The board that the composition root made."""
    made: Board = request.app.state.board
    return made


OfBoard = Annotated[Board, Depends(board_of)]
Counts = Annotated[Visit, Depends(signed_in(May.COUNT))]
Meant = Annotated[Visit, Depends(meant(May.COUNT))]
InPlace = Annotated[str, Header(alias="x-fragment")]
"""Said by a board that draws the panel in its place; a page without script is sent back to its report."""
router = APIRouter(include_in_schema=False)


# --- the page of a county ---


@router.get("/")
async def page(
    visit: Annotated[Visit, Depends(signed_in(May.SENDERS, May.COUNT))], board: OfBoard, report: str | None = None
) -> Response:
    officer, lang = visit.officer, visit.lang
    if officer.home != "/":
        return go_to(officer.home)
    mark = await board.hub.begun(visit.county)
    facts = await board.reading.board(officer, visit.county, lang)
    panel = await board.reading.panel(officer, report, lang) if report else None
    return await visit.page("board.html", after=mark, report=report, panel=panel, **facts)


@router.get("/board/rows")
async def rows(visit: Counts, board: OfBoard, group: str | None = None) -> Response:
    return visit.fragment("rows.html", **await board.reading.rows(visit.officer, visit.county, visit.lang, group))


@router.get("/board/events")
async def events(
    visit: Counts, board: OfBoard, after: str = "", last_event_id: Annotated[str, Header()] = ""
) -> Response:
    return EventSourceResponse(_stream(board.hub, visit, last_event_id or after), ping=15, headers=HEADERS)


async def _stream(hub: Hub, visit: Visit, after: str) -> AsyncIterator[bytes]:
    async for messages in hub.listen(visit.county, after, visit.session.id, visit.officer):
        yield b"".join(message.frame(visit.lang) for message in messages)


@router.get("/analysis/reports")
async def behind_a_figure(
    visit: Annotated[Visit, Depends(signed_in(May.READ))], board: OfBoard, asked: Annotated[behind.Asked, Depends()]
) -> Response:
    if not visit.officer.reads:
        raise Forbidden("You open the reports of your units alone.", "您只能開啟所屬單位的通報。")
    found = await board.reading.behind(visit.county, asked, visit.lang)
    return await visit.page("behind.html", asked=asked, **found)


# --- the panel of a report ---


@router.get("/board/reports/{report_id}")
async def report(visit: Counts, board: OfBoard, report_id: str) -> Response:
    if visit.officer.decides:
        await board.acts.claims.hold_on(report_id, visit.actor)
    return await _panel(visit, board, report_id)


@router.post("/board/reports/{report_id}/people/{number}")
async def reveal(visit: Meant, board: OfBoard, report_id: str, number: int) -> Response:
    await board.reading.reveal(visit.officer, report_id, number)
    return await _panel(visit, board, report_id)


@router.post("/board/reports/{report_id}/narrative")
async def reveal_narrative(visit: Meant, board: OfBoard, report_id: str) -> Response:
    await board.reading.reveal_narrative(visit.officer, report_id)
    return await _panel(visit, board, report_id)


@router.post("/board/reports/{report_id}/verdicts/{other_id}")
async def say(
    visit: Meant, board: OfBoard, form: Filled, report_id: str, other_id: str, *, in_place: InPlace = ""
) -> Response:
    saying = board.acts.say(report_id, other_id, form, visit.actor, visit.officer.sees)
    return await _panel_after(saying, visit, board, report_id, incomplete="mend_verdict", in_place=bool(in_place))


@router.post("/board/reports/{report_id}/{act}")
async def perform(
    visit: Meant, board: OfBoard, form: Filled, report_id: str, act: Act, *, in_place: InPlace = ""
) -> Response:
    doing = board.acts.do(act, report_id, form, visit.actor, visit.officer.sees)
    return await _panel_after(doing, visit, board, report_id, incomplete="mend", in_place=bool(in_place))


async def _panel(visit: Visit, board: Board, report_id: str, problem: str | None = None, status: int = 200) -> Response:
    """The panel, with what was wrong. Raises NotFound where this officer may open no such report."""
    panel = await board.reading.panel(visit.officer, report_id, visit.lang)
    if panel is None:
        raise NotFound("No such report here.", "查無此通報。")
    return visit.fragment("panel.html", status, panel=panel, problem=problem)


async def _panel_after(
    act: Awaitable[None], visit: Visit, board: Board, report_id: str, *, incomplete: str, in_place: bool
) -> Response:
    """The panel once the act is done, or with why it was not; `incomplete` words a form that lacks a field."""
    try:
        await act
    except ValidationError:
        return await _panel(visit, board, report_id, word(incomplete, visit.lang), 422)
    except Problem as problem:
        return await _panel(visit, board, report_id, visit.told(problem), problem.status)
    return await _panel(visit, board, report_id) if in_place else go_to(f"/?report={report_id}")
