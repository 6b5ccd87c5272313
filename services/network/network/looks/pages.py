"""The page of looks: who uncovered which note, for who watches over readers."""

from typing import Annotated

from contracts.roles import May, may
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import Forbidden

from network.frame import PageRoute, SignedIn
from network.looks.api import looks_of
from network.looks.store import Looks

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 200


@router.get("/looks")
async def looks_page(visit: SignedIn, looks: Annotated[Looks, Depends(looks_of)]) -> Response:
    """The latest looks. Raises Forbidden for who may not see them."""
    if not may(visit.caller.role, May.LOOKS):
        raise Forbidden("This role does not allow that.", "此角色無此權限。")
    return visit.page("looks.html", looks=await looks.latest(visit.caller.counties, MOST))
