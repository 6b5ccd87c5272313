"""The API of the pack: a unit's part, everything gathered, and the same as a PDF and as a DOCX."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from contracts.languages import Lang
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request, Response
from kit.problems import NO_STORE
from web.callers import allowed
from web.language import language

from network.meetings import printing
from network.meetings.pack_views import PackView
from network.meetings.paper_bodies import PaperBody
from network.meetings.papers import Papers
from network.once import Once

router = APIRouter(prefix="/v1/meetings/{id}", tags=["meetings"])

FILES = {
    "pdf": ("application/pdf", printing.as_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", printing.as_docx),
}


@dataclass(frozen=True)
class Writer:
    """Somebody with a part in a pack."""

    caller: Caller
    papers: Papers
    lang: Lang


async def papers_of(request: Request) -> Papers:
    papers: Papers = request.app.state.papers
    return papers


async def _writer(
    request: Request, caller: Annotated[Caller, allowed(May.MEET)], papers: Annotated[Papers, Depends(papers_of)]
) -> Writer:
    return Writer(caller, papers, language(request))


Who = Annotated[Writer, Depends(_writer)]
Kept = Annotated[Papers, Depends(papers_of)]


@router.put("/items/{item}/paper", summary="A unit's part of an item, sealed: a draft, or handed in")
async def write(id: str, item: str, body: PaperBody, who: Who, key: Once) -> PackView:
    await who.papers.write(id, item, body, who.caller, key)
    return PackView.of(await who.papers.pack(id, who.caller, only=item, opened=False))


@router.get("/pack", summary="Everything gathered, and who is late; each reading is on record")
async def pack(id: str, who: Who) -> PackView:
    return PackView.of(await who.papers.pack(id, who.caller))


@router.get("/pack.pdf", summary="The pack as a PDF", response_class=Response)
async def pack_pdf(id: str, who: Who) -> Response:
    return await file_of(id, "pdf", who.caller, who.papers, who.lang)


@router.get("/pack.docx", summary="The pack as a DOCX", response_class=Response)
async def pack_docx(id: str, who: Who) -> Response:
    return await file_of(id, "docx", who.caller, who.papers, who.lang)


async def file_of(id: str, kind: str, caller: Caller, papers: Papers, lang: Lang) -> Response:
    """The pack as this caller may read it, as a file."""
    gathered = await papers.pack(id, caller)
    media, made = FILES[kind]
    body = await asyncio.to_thread(made, gathered, lang)
    name = f"meeting-{gathered.meeting.day.isoformat()}-{id[:8]}.{kind}"
    headers = dict(NO_STORE) | {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media, headers=headers)
