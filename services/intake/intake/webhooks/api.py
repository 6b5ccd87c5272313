"""The HTTP side of webhooks: an agency says where it wants to be told."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from contracts.event import Model
from fastapi import APIRouter
from kit.addresses import LONGEST
from kit.problems import NotFound
from pydantic import Field
from starlette.requests import Request

from intake.parts import Given, Sender
from intake.reading import body_of, read_as
from intake.webhooks.registry import Registry

router = APIRouter(tags=["webhook"])


class WebhookAsked(Model):
    """Where to tell. `rotate` makes a new secret; the former one signs beside it for 24 hours."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^https?://[\x21-\x7e]+$")]
    rotate: bool = False


class WebhookShown(Model):
    """Where outcomes are pushed, and what is not acknowledged yet. `secret` is shown once, when it is made."""

    url: str
    secret: str | None = Field(None, description="Verifies the header webhook-signature (Standard Webhooks).")
    former_until: datetime | None = Field(None, description="Until when the former secret signs too.")
    waiting: int = 0
    last_failure: str | None = Field(None, examples=["status_500", "timeout", "connection", "not_reachable"])
    slow: bool = Field(False, description="It took longer than 2 seconds, or gave no answer: it is told after others.")
    rests_until: datetime | None = Field(None, description="When it is told again, after it gave no answer.")


@router.put("/v1/webhook", summary="Say where outcomes are pushed")
async def put_webhook(sender: Sender, request: Request, parts: Given) -> WebhookShown:
    """Each step of a report is posted there (type report.status): ids and status only, signed as Standard Webhooks
    has it, and again until a 2xx answers. The same notice has the same webhook-id; notices may overtake one
    another: see `since`. A question of the window (type report.asked) says when it is due; its words are told by
    `GET /v1/reports/{report_id}` alone. The same request under the same Idempotency-Key makes one secret."""
    body = await body_of(request, parts.body_bytes)
    asked, once = read_as(WebhookAsked, body), parts.minting.once(request, body, sender.agency_id)
    secret = await parts.registry.register(sender.agency_id, asked.url, rotate=asked.rotate, once=once)
    return await _shown(parts.registry, sender.agency_id, secret)


@router.get("/v1/webhook", summary="Where outcomes are pushed")
async def get_webhook(sender: Sender, parts: Given) -> WebhookShown:
    return await _shown(parts.registry, sender.agency_id, None)


@router.delete("/v1/webhook", summary="Push outcomes no more", status_code=204)
async def delete_webhook(sender: Sender, parts: Given) -> None:
    """What was not acknowledged is forgotten; the status of reports can be asked for all the same."""
    await parts.registry.remove(sender.agency_id)


async def _shown(registry: Registry, agency_id: str, secret: str | None) -> WebhookShown:
    registered = await registry.of(agency_id)
    if registered is None:
        raise NotFound("This agency has no webhook.", "貴機關未設定通知網址。")
    return WebhookShown(secret=secret, **asdict(registered))
