"""A report's panel as an answer: to a look at it, and to whatever was done there."""

from collections.abc import Awaitable

from fastapi.responses import RedirectResponse, Response
from kit.problems import NotFound, Problem
from pydantic import ValidationError

from dispatch.board.reading import Reading
from dispatch.site.door import HEADERS, Visitor, html
from dispatch.site.pages import Pages
from dispatch.site.words import LANGUAGES, word


class Panels:
    """Draws the panel of a report for who may read it."""

    def __init__(self, pages: Pages, reading: Reading) -> None:
        self._pages = pages
        self._reading = reading

    async def of(self, visitor: Visitor, report_id: str, problem: str | None = None, status: int = 200) -> Response:
        """The panel, with what was wrong. Raises NotFound where there is no such report for this visitor."""
        found = await self._reading.panel(visitor.officer, report_id, visitor.lang)
        if found is None:
            raise NotFound("No such report here.", "查無此通報。")
        text = self._pages.page("panel.html", visitor.lang, panel=found, problem=problem, **visitor.facts)
        return html(text, status)

    async def after(
        self, act: Awaitable[None], visitor: Visitor, report_id: str, *, mend: str, in_place: bool
    ) -> Response:
        """The panel once the act is done, or with why it was not; `mend` is the word for a form that lacks something.

        A board that draws `in_place` gets the panel, a page without script is sent back to its report.
        """
        try:
            await act
        except ValidationError:
            return await self.of(visitor, report_id, word(mend, visitor.lang), 422)
        except Problem as problem:
            return await self.of(visitor, report_id, problem.detail[1 - LANGUAGES.index(visitor.lang)], problem.status)
        if in_place:
            return await self.of(visitor, report_id)
        return RedirectResponse(f"/?report={report_id}", 303, HEADERS)
