"""The API of looks: for who watches over readers."""

from datetime import datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
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


class LooksView(BaseModel):
    looks: tuple[LookView, ...]


async def looks_of(request: Request) -> Looks:
    looks: Looks = request.app.state.looks
    return looks


@router.get("/looks", summary="Who uncovered which note, the latest first")
async def latest(
    caller: Annotated[Caller, allowed(May.LOOKS)],
    looks: Annotated[Looks, Depends(looks_of)],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> LooksView:
    return LooksView(looks=tuple(map(LookView.model_validate, await looks.latest(Scope.of(caller), limit))))
