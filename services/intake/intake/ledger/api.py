"""The HTTP side of the ledger: an agency reads its own, an administrator any agency's days."""

from typing import Annotated

from fastapi import APIRouter, Query
from kit.problems import NO_STORE, NotFound, preferred
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from intake.agencies.api import Administrator
from intake.clock import now
from intake.ledger.answers import DaysShown, GapsShown, TeachingShown
from intake.ledger.months import PATTERN, month_of
from intake.ledger.words import as_csv
from intake.parts import Given, Sender

CSV = "text/csv"
Month = Annotated[str | None, Query(pattern=PATTERN, description="As 2026-11; this month when left out.")]

router = APIRouter(tags=["ledger"])


@router.get("/v1/agencies/me/days", summary="Each day's equation")
async def get_days(sender: Sender, parts: Given, month: Month = None) -> DaysShown:
    """Received = decided + open, for each day of a month; /days is a page to print."""
    return await parts.accounts.days(sender.agency_id, month or month_of(now()), now())


@router.get("/v1/agencies/me/gaps", summary="Gaps in your numbers")
async def get_gaps(sender: Sender, parts: Given) -> GapsShown:
    """Numbers (`sequence`) below your highest that never came. A late report closes its gap."""
    return await parts.accounts.gaps(sender.agency_id, now())


@router.get("/v1/agencies/me/teaching", summary="What a month's reports can teach", response_model=TeachingShown)
async def get_teaching(sender: Sender, request: Request, parts: Given, month: Month = None) -> Response:
    """By field and code: how many reports fell short, and what to do better; as JSON, or as CSV when the request
    accepts text/csv. In English or zh-TW by Accept-Language. /teaching is a page to print."""
    lang = preferred(request)
    sheet = await parts.accounts.teaching(sender.agency_id, month or month_of(now()), now(), lang)
    headers = NO_STORE | {"Vary": "Accept, Accept-Language"}
    if CSV in request.headers.get("accept", ""):
        name = f'attachment; filename="teaching-{sheet.month}.csv"'
        return Response(as_csv(sheet, lang), headers=headers | {"Content-Disposition": name}, media_type=CSV)
    return JSONResponse(sheet.model_dump(mode="json"), headers=headers)


@router.get("/v1/agencies/{agency_id:agency}/days", summary="Any agency's days", tags=["agencies"])
async def get_days_of(agency_id: str, _: Administrator, parts: Given, month: Month = None) -> DaysShown:
    if await parts.agencies.of(agency_id) is None:
        raise NotFound("No such agency.", "沒有這個機關。")
    return await parts.accounts.days(agency_id, month or month_of(now()), now())
