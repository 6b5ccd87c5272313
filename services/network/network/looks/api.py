"""The API of looks: for who watches over readers."""

from datetime import datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from pydantic import BaseModel, ConfigDict
from web.callers import allowed

from network.access import Scope
from network.looks.store import Looks

router = APIRouter(prefix="/v1", tags=["looks"])


class LookView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    at: datetime
    by: str
    county: str
    case_id: str
    contact_id: str
    what: str
    cases: int
    sought: str


class LooksView(BaseModel):
    """A page of looks; `next` is the `after` of the following page. `sought` is alike for one person asked for."""

    looks: tuple[LookView, ...]
    next: str | None = None


async def looks_of(request: Request) -> Looks:
    looks: Looks = request.app.state.looks
    return looks


@router.get("/looks", summary="Who uncovered which note or searched for a person, the latest first")
async def latest(
    caller: Annotated[Caller, allowed(May.LOOKS)],
    looks: Annotated[Looks, Depends(looks_of)],
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> LooksView:
    found, following = await looks.latest(Scope.of(caller), after, limit)
    return LooksView(looks=tuple(map(LookView.model_validate, found)), next=following)
