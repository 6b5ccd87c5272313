"""What an officer finds two reports to be: one form, one answer, one entry in the history of both."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from dispatch.board.acts import Form, form_of
from dispatch.board.panels import Panels
from dispatch.site.door import Door, Visitor
from dispatch.window.verdicts import Verdict, Verdicts


def routes(panels: Panels, door: Door, verdicts: Verdicts) -> APIRouter:
    """The verdict on a report and an earlier one."""
    router = APIRouter(include_in_schema=False, prefix="/board/reports/{report_id}")

    @router.post("/verdicts/{other_id}")
    async def say(
        request: Request, report_id: str, other_id: str, x_fragment: Annotated[str, Header()] = ""
    ) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""))
        act = found(visitor, report_id, other_id, form)
        return await panels.after(act, visitor, report_id, mend="mend_verdict", in_place=bool(x_fragment))

    async def found(visitor: Visitor, report_id: str, other_id: str, form: Form) -> None:
        by = visitor.ruler
        await verdicts.say(report_id, other_id, Verdict.model_validate(form), by, visitor.officer.sees)

    return router
