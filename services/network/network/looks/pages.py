"""The page of looks: who uncovered which note, for who watches over readers."""

from typing import Annotated

from contracts.roles import May
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from network.access import Scope
from network.frame import PageRoute, SignedIn
from network.looks.api import looks_of
from network.looks.store import Looks

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200


@router.get("/looks")
async def looks_page(visit: SignedIn, looks: Annotated[Looks, Depends(looks_of)]) -> Response:
    """The latest looks. Raises Forbidden for who may not see them."""
    visit.must(May.LOOKS)
    return visit.page("looks.html", looks=await looks.latest(Scope.of(visit.caller), MOST))
