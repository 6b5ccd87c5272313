"""Mail that came back: whoever it was for is asked no more at that address, and the next one is asked now."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.problems import TooLarge
from kit.telemetry import log
from pydantic import BaseModel
from web.callers import allowed

from notify.domain.bounces import Meaning, bounce_of
from notify.escalation.store import Runs
from notify.handlers import failure
from notify.mail.store import MailAddresses
from notify.metrics import DELIVERIES
from notify.states import FAILED, SENT
from notify.store import Deliveries, Delivery, Settlement

MOST_BYTES = 1_000_000

Gateway = Annotated[Caller, allowed(May.ADMINISTER)]

router = APIRouter(prefix="/v1", tags=["people"])


@dataclass(frozen=True)
class Bounces:
    deliveries: Deliveries
    runs: Runs
    addresses: MailAddresses

    async def take(self, raw: bytes) -> Meaning | None:
        """What a message that came back means; None where it is no report about mail of ours. It may come again."""
        bounce = bounce_of(raw)
        delivery = await self.deliveries.of(bounce.delivery_id) if bounce else None
        meaning = bounce.meaning if bounce else None
        if bounce is None or delivery is None or delivery.way != "mail" or meaning is None:
            return None
        log.warning("mail_came_back", delivery_id=delivery.id, reason=bounce.status, state=meaning)
        await self._note(delivery, meaning, bounce.status)
        return meaning

    async def _note(self, delivery: Delivery, meaning: Meaning, status: str) -> None:
        now = datetime.now(UTC)
        came_back = Settlement(delivery.id, now, f"came back {status}"[:100])
        if meaning == "later" or delivery.state != SENT:
            await self.deliveries.change(delivery, [came_back])
            return
        if meaning == "dead":
            await self.addresses.is_dead(delivery.person or "", now, since=delivery.queued_at)
        if await self.deliveries.change(delivery, [came_back, failure(delivery, "refused", now)]):
            DELIVERIES.labels(FAILED, "refused").inc()
            await self.runs.hasten(delivery.step_of or "", delivery, now)


class BounceView(BaseModel):
    """`dead`: nobody is asked at that address any more. `ours`: the server blocks us. `later`: it tries again."""

    meaning: Meaning | None


async def bounces_of(request: Request) -> Bounces:
    bounces: Bounces = request.app.state.bounces
    return bounces


@router.post(
    "/bounces",
    summary="A message that came back, as the mail server hands it on",
    openapi_extra={"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}},
)
async def post_bounce(
    request: Request, bounces: Annotated[Bounces, Depends(bounces_of)], caller: Gateway
) -> BounceView:
    """The raw message (RFC 5322) that came to an address `sender+<delivery>@`. Anything but a report means nothing."""
    raw = await request.body()
    if len(raw) > MOST_BYTES:
        raise TooLarge("A report has a megabyte at most.", "退信報告以 1 MB 為限。")
    return BounceView(meaning=await bounces.take(raw))
