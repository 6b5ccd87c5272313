"""A colleague says where they are written to when LINE does not reach them."""

from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.problems import NotFound
from pydantic import BaseModel, Field
from web.callers import allowed

from notify.mail.store import MailAddresses

Worker = Annotated[Caller, allowed(May.WORK)]
Governor = Annotated[Caller, allowed(May.GOVERN)]

router = APIRouter(prefix="/v1", tags=["people"])


class Address(BaseModel):
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=200)]


class AddressState(BaseModel):
    """Whether mail reaches an account; the address itself is not told again."""

    name: str
    written_at: datetime
    dead_since: datetime | None = None


async def addresses_of(request: Request) -> MailAddresses:
    addresses: MailAddresses = request.app.state.mail_addresses
    return addresses


Given = Annotated[MailAddresses, Depends(addresses_of)]


@router.put("/mail-address", summary="This is where I am written to")
async def put_address(told: Address, addresses: Given, caller: Worker) -> AddressState:
    await addresses.put(caller.name, told.address, datetime.now(UTC))
    return await _told(addresses, caller.name)


@router.get("/mail-address", summary="Whether mail reaches me")
async def mine(addresses: Given, caller: Worker) -> AddressState:
    return await _told(addresses, caller.name)


@router.delete("/mail-address/{name}", status_code=204, summary="Forget an account's address")
async def forget(name: str, addresses: Given, caller: Governor) -> None:
    if not await addresses.forget(name):
        raise _unknown()


async def _told(addresses: MailAddresses, name: str) -> AddressState:
    if (found := await addresses.told(name)) is None:
        raise _unknown()
    return AddressState.model_validate(found | {"name": found["_id"]})


def _unknown() -> NotFound:
    return NotFound("No address is known of this account.", "此帳號尚未登錄電子郵件。")
