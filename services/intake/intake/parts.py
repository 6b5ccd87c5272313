"""The collaborators of intake's routes: made in `app`, requested by each route."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from kit.problems import NO_STORE, Forbidden

from intake.agencies.store import Agencies
from intake.amending import Amendments
from intake.batches.store import Batches
from intake.batches.uploading import Uploads
from intake.desk.partners import is_partner
from intake.domain.agency import Agency
from intake.gate import Gate
from intake.ledger.accounts import Accounts
from intake.minting import Minting
from intake.reconciling import Reconciliation
from intake.refs import Refs
from intake.silence import Listening
from intake.statuses import Statuses
from intake.webhooks.registry import Registry

ME = "/v1/agencies/me"
"""Whose key this is: the one thing that every key may read."""


@dataclass(frozen=True)
class Parts:
    """The collaborators of the routes, and how long a request's JSON may be."""

    gate: Gate
    statuses: Statuses
    amendments: Amendments
    reconciliation: Reconciliation
    batches: Batches
    uploads: Uploads
    agencies: Agencies
    accounts: Accounts
    listening: Listening
    registry: Registry
    refs: Refs
    minting: Minting
    body_bytes: int


async def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Given = Annotated[Parts, Depends(parts_of)]


async def sender(request: Request, response: Response, parts: Given) -> Agency:
    """The agency that sent a request; its answer is not to be cached. Raises what `Gate.admit` does.

    A community partner's code hangs on a wall: whoever has it sends reports (`Posting`), and reads no more than whose
    code it is.
    """
    response.headers.update(NO_STORE)
    agency = await parts.gate.admit(request)
    if is_partner(agency.agency_id) and request.url.path != ME:
        raise Forbidden("This code sends reports, and opens nothing else.", "此代碼僅供通報，無法開啟其他內容。")
    return agency


Sender = Annotated[Agency, Depends(sender)]
