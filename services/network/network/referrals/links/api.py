"""The API of one-time links: made and revoked by who sent the referral."""

from datetime import datetime
from typing import Annotated

from contracts.roles import Caller
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from network.clock import now
from network.referrals.acts import Acts, other_side
from network.referrals.api import Given, Worker
from network.referrals.bodies import Body
from network.referrals.domain.referral import NEXT
from network.referrals.links.store import Links
from network.services import catalogue

router = APIRouter(prefix="/v1", tags=["referrals"])

PATH = "/answer"


class LinkBody(Body):
    """For how many days it opens the referral; without it, as services.yaml says."""

    days: Annotated[int, Field(ge=1, le=90)] | None = None


class LinkView(BaseModel):
    """`link` is shown this once: nobody can read it again. It opens this referral alone, for one answer."""

    link: str
    expires_at: datetime


class RevokedView(BaseModel):
    revoked: int


async def links_of(request: Request) -> Links:
    links: Links = request.app.state.links
    return links


Kept = Annotated[Links, Depends(links_of)]


@router.post("/referrals/{id}/links", status_code=201, summary="A one-time link, for a partner without an account")
async def make(*, id: str, body: LinkBody, caller: Worker, acts: Given, links: Kept, request: Request) -> LinkView:
    return await made(id, caller, acts, links, request, days=body.days)


@router.post("/referrals/{id}/links/revocation", summary="No link to this referral opens it any more")
async def revoke(id: str, caller: Worker, acts: Given, links: Kept) -> RevokedView:
    await _must_have_sent(id, caller, acts)
    return RevokedView(revoked=await links.revoke(id, caller.name, now()))


async def made(
    id: str, caller: Caller, acts: Acts, links: Links, request: Request, *, days: int | None = None
) -> LinkView:
    """Raises NotFound, Forbidden for the side that is asked, Conflict for a referral that is over."""
    await _must_have_sent(id, caller, acts, goes_on=True)
    secret, until = await links.make(id, caller.name, now(), days or catalogue().link_days)
    site = request.app.state.public_url or str(request.base_url).rstrip("/")
    return LinkView(link=f"{site}{PATH}/{secret}", expires_at=until)


async def _must_have_sent(id: str, caller: Caller, acts: Acts, *, goes_on: bool = False) -> None:
    found, side = await acts.referral(id, caller)
    if side != "sender":
        raise other_side()
    if goes_on and not NEXT[found.state]:
        raise Acts.refused(f"referral_is_{found.state}", id)
