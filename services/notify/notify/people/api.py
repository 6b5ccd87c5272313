"""A colleague binds the LINE user they are, by the code that LINE told that user."""

from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.problems import Conflict, NotFound
from pydantic import BaseModel, Field
from web.callers import allowed

from notify.codes import Codes
from notify.people.store import LinePeople, Taken

Worker = Annotated[Caller, allowed(May.WORK)]
Governor = Annotated[Caller, allowed(May.GOVERN)]

router = APIRouter(prefix="/v1", tags=["people"])


class Code(BaseModel):
    """What LINE told the person one-to-one when they added the account."""

    code: str = Field(min_length=1, max_length=40)


class LineUser(BaseModel):
    """The LINE user of an account; `reachable` until they block the account or remove it."""

    name: str
    bound_at: datetime | None = None
    reachable: bool


async def people_of(request: Request) -> LinePeople:
    people: LinePeople = request.app.state.people
    return people


async def codes_of(request: Request) -> Codes:
    codes: Codes = request.app.state.codes
    return codes


Given = Annotated[LinePeople, Depends(people_of)]


@router.put("/line-user", summary="This LINE user is me")
async def bind(told: Code, people: Given, codes: Annotated[Codes, Depends(codes_of)], caller: Worker) -> LineUser:
    """Bound once, to whoever calls: what this LINE user presses is theirs by name from now on."""
    now = datetime.now(UTC)
    key = await people.person_of_code(codes.key(told.code), now)
    if key is None:
        raise NotFound(
            "This code is unknown or has ended: remove and add the account in LINE for another.",
            "驗證碼無效或已逾時：請在 LINE 重新加入官方帳號以取得新的驗證碼。",
        )
    try:
        await people.bind(key, caller.name, now)
    except Taken:
        raise Conflict(
            "This LINE user or this account is bound already; a supervisor may release it.",
            "此 LINE 使用者或此帳號已綁定；如需變更請督導解除。",
        ) from None
    return await _told(people, caller.name)


@router.get("/line-user", summary="The LINE user that I am")
async def mine(people: Given, caller: Worker) -> LineUser:
    return await _told(people, caller.name)


@router.delete("/line-user/{name}", status_code=204, summary="Release an account's LINE user")
async def release(name: str, people: Given, caller: Governor) -> None:
    if not await people.release(name):
        raise _not_bound()


async def _told(people: LinePeople, name: str) -> LineUser:
    found = await people.of(name)
    if found is None:
        raise _not_bound()
    return LineUser(name=name, bound_at=found.get("bound_at"), reachable=bool(found.get("following")))


def _not_bound() -> NotFound:
    return NotFound("No LINE user is bound to this account.", "此帳號尚未綁定 LINE 使用者。")
