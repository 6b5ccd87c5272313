"""The HTTP side of the ledger: an agency reads its own, an administrator any agency's days."""

from typing import Annotated

from contracts.roles import Caller
from fastapi import APIRouter, Depends, Query
from kit.problems import NotFound, language
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from web.callers import Callers

from intake.agencies.api import ADMINISTRATOR
from intake.agencies.store import Agencies
from intake.clock import now
from intake.domain.agency import Agency
from intake.gate import Gate
from intake.ledger.accounts import Accounts
from intake.ledger.answers import DaysShown, GapsShown, TeachingShown
from intake.ledger.months import PATTERN, month_of
from intake.ledger.words import as_csv

NO_STORE = {"Cache-Control": "no-store"}
CSV = "text/csv"
Month = Annotated[str | None, Query(pattern=PATTERN, description="As 2026-11; this month when left out.")]


def routes(gate: Gate, accounts: Accounts, agencies: Agencies, callers: Callers) -> APIRouter:
    router = APIRouter(tags=["ledger"])
    Sender = Annotated[Agency, Depends(gate.admit)]  # noqa: N806
    Administrator = Annotated[Caller, Depends(callers.with_role(ADMINISTRATOR))]  # noqa: N806

    @router.get("/v1/agencies/me/days", summary="Each day's equation")
    async def get_days(sender: Sender, response: Response, month: Month = None) -> DaysShown:
        """Received = decided + open, for each day of a month; for a page to print see /days."""
        response.headers.update(NO_STORE)
        return await accounts.days(sender.agency_id, month or month_of(now()), now())

    @router.get("/v1/agencies/me/gaps", summary="Gaps in your numbers")
    async def get_gaps(sender: Sender, response: Response) -> GapsShown:
        """Numbers (`sequence`) below your highest that never came. A late report closes its gap."""
        response.headers.update(NO_STORE)
        return await accounts.gaps(sender.agency_id, now())

    @router.get("/v1/agencies/me/teaching", summary="What a month's reports can teach", response_model=TeachingShown)
    async def get_teaching(sender: Sender, request: Request, month: Month = None) -> Response:
        """By field and code: how many reports fell short, and what to do better; as JSON, or as CSV for whoever asks
        for text/csv. In English or zh-TW by Accept-Language. For a page to print see /teaching."""
        lang = ("en", "zh")[language(request)]
        sheet = await accounts.teaching(sender.agency_id, month or month_of(now()), now(), lang)
        headers = NO_STORE | {"Vary": "Accept, Accept-Language"}
        if CSV in request.headers.get("accept", ""):
            name = f'attachment; filename="teaching-{sheet.month}.csv"'
            return Response(as_csv(sheet, lang), headers=headers | {"Content-Disposition": name}, media_type=CSV)
        return JSONResponse(sheet.model_dump(mode="json"), headers=headers)

    @router.get("/v1/agencies/{agency_id:agency}/days", summary="Any agency's days", tags=["agencies"])
    async def get_days_of(agency_id: str, _: Administrator, response: Response, month: Month = None) -> DaysShown:
        response.headers.update(NO_STORE)
        if await agencies.of(agency_id) is None:
            raise NotFound("There is no such agency.", "沒有這個機關。")
        return await accounts.days(agency_id, month or month_of(now()), now())

    return router
