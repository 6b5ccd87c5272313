"""Intake's HTTP side: reads requests, hands them on, writes answers."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import APIRouter
from kit.problems import NO_STORE
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match, Route
from web.language import language, spoken

from intake import receipts
from intake.amending import Amendment
from intake.answers import AgencyShown, Receipt, ReportStatus
from intake.arrivals import Sealing, arrival
from intake.clock import now
from intake.desk.partners import Partners, is_partner
from intake.gate import Gate, must_report_to
from intake.handlers import Reception
from intake.headers import idempotency_key
from intake.parts import Given, Sender
from intake.reading import JSON, MERGE_PATCH, amendment_of, body_of, read_as, submission_of
from intake.reconciling import Listing, Reconciled

LONGEST_LIST = 4 * 1024 * 1024
VARY = {"Vary": "Accept, Accept-Language"}

router = APIRouter(tags=["reports"])


class HotRoute(Route):
    """A plain Starlette route (FastAPI's body parameter costs as much as all the rest), named in traces by its path."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, dict[str, Any]]:
        match, child = super().matches(scope)
        return match, {**child, "route": self}


class Posting:
    """`POST /v1/reports`, the route that must be fast."""

    def __init__(self, gate: Gate, partners: Partners, sealing: Sealing, reception: Reception, most: int) -> None:
        self._gate = gate
        self._partners = partners
        self._sealing = sealing
        self._reception = reception
        self._most = most

    def route(self) -> Route:
        return HotRoute("/v1/reports", self.post_report, methods=["POST"], include_in_schema=False)

    async def post_report(self, request: Request) -> Response:
        """202 with the receipt, once the report is durable; the first receipt again for the same report."""
        agency = await self._gate.admit(request)
        key = idempotency_key(request)
        body = await body_of(request, self._most)
        at = now()
        submission = submission_of(body, at)
        must_report_to(agency, submission.county)
        report = arrival(self._sealing, agency, submission, key, at)
        if is_partner(agency.agency_id):
            await self._partners.must_have_room(agency.agency_id, report.claims, at)
        accepted = await self._reception.accept(report)
        headers = NO_STORE | {"Location": f"/v1/reports/{accepted.receipt['report_id']}"}
        return JSONResponse(
            accepted.receipt, 202, headers | ({"Idempotent-Replayed": "true"} if accepted.repeated else {})
        )


@router.get("/v1/reports/{report_id}", summary="What became of a report")
async def get_report(report_id: str, sender: Sender, parts: Given) -> ReportStatus:
    return await parts.statuses.of(report_id, sender)


@router.get("/v1/reports/{report_id}/receipt", summary="The receipt again", response_model=Receipt)
async def get_receipt(report_id: str, sender: Sender, request: Request, parts: Given) -> Response:
    """As JSON, or as a page to print when the request accepts text/html, in English or zh-TW by Accept-Language."""
    document = await parts.statuses.document(report_id, sender)
    if "text/html" in request.headers.get("accept", ""):
        lang = language(request)
        ref = (await parts.refs.of([document])).get(report_id)
        return spoken(HTMLResponse(receipts.page(document, ref, lang), headers=receipts.HEADERS | VARY), lang)
    return JSONResponse(receipts.receipt_of(document), headers=NO_STORE | VARY)


@router.patch("/v1/reports/{report_id}", summary="Amend a report")
async def patch_report(report_id: str, sender: Sender, request: Request, parts: Given) -> ReportStatus:
    """A new version, with its reason: fields as in a report, merged by RFC 7396. The former versions are kept.
    After an oral report, `"oral": false` says that this is the written form."""
    changes, reason = amendment_of(await body_of(request, parts.body_bytes, kinds=(MERGE_PATCH, JSON)))
    document = await parts.statuses.document(report_id, sender)
    await parts.amendments.amend(document, Amendment(changes, reason, now()))
    return await parts.statuses.of(report_id, sender)


@router.post("/v1/reconciliations", summary="Check a list of reports sent", tags=["reconciliation"])
async def post_reconciliation(sender: Sender, request: Request, parts: Given) -> Reconciled:
    """A day's list against what was received: each report's stage, what is missing, and gaps in the numbers."""
    listing = read_as(Listing, await body_of(request, LONGEST_LIST))
    return await parts.reconciliation.of(sender.agency_id, listing)


@router.get("/v1/agencies/me", summary="Whose key this is")
async def get_me(sender: Sender) -> AgencyShown:
    return AgencyShown(
        agency_id=sender.agency_id,
        source_unit=sender.source_unit,
        counties=tuple(sorted(sender.counties)),
        sandbox=sender.sandbox,
    )
