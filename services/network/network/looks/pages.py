"""The page of looks: who uncovered which note, for who watches over readers."""

from datetime import timedelta
from typing import Annotated

from contracts.roles import May
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from web.frame import PageRoute, SignedIn

from network.access import Scope
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import SEARCH, Looks

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200
LATELY = timedelta(days=30)
"""As the page says it."""


@router.get("/looks")
async def looks_page(visit: SignedIn, looks: Annotated[Looks, Depends(looks_of)], after: str | None = None) -> Response:
    """The latest looks, page by page. Raises Forbidden for who may not see them."""
    visit.must(May.LOOKS)
    found, following = await looks.latest(Scope.of(visit.caller), after, MOST)
    in_vain = await looks.in_vain({each.by for each in found}, SEARCH, now() - LATELY)
    return visit.page("looks.html", looks=found, following=following, in_vain=in_vain)
