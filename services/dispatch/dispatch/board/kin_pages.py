"""What an officer finds two reports to be: one form, one answer, one entry in the history of both."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import RedirectResponse, Response
from kit.problems import NotFound, Problem
from pydantic import ValidationError

from dispatch.board.acts import form_of
from dispatch.board.door import HEADERS, Door, Visitor, html
from dispatch.board.pages import Pages
from dispatch.board.reading import Reading
from dispatch.board.words import LANGUAGES, word
from dispatch.verdicts import Verdict, Verdicts


def routes(pages: Pages, door: Door, reading: Reading, verdicts: Verdicts) -> APIRouter:
    """The verdict on a report and an earlier one."""
    router = APIRouter(include_in_schema=False, prefix="/board/reports/{report_id}")

    @router.post("/verdicts/{other_id}")
    async def say(
        request: Request, report_id: str, other_id: str, x_fragment: Annotated[str, Header()] = ""
    ) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""))
        by = visitor.ruler
        try:
            await verdicts.say(report_id, other_id, Verdict.model_validate(form), by, visitor.officer.sees)
        except ValidationError:
            return await panel(visitor, report_id, word("mend_verdict", visitor.lang), 422)
        except Problem as problem:
            return await panel(visitor, report_id, problem.detail[1 - LANGUAGES.index(visitor.lang)], problem.status)
        if x_fragment:
            return await panel(visitor, report_id)
        return RedirectResponse(f"/?report={report_id}", 303, HEADERS)

    async def panel(visitor: Visitor, report_id: str, problem: str | None = None, status: int = 200) -> Response:
        found = await reading.panel(visitor.officer, report_id, visitor.lang)
        if found is None:
            raise NotFound("No such report here.", "查無此通報。")
        return html(pages.page("panel.html", visitor.lang, panel=found, problem=problem, **visitor.facts), status)

    return router
