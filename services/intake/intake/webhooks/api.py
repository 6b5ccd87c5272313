"""The HTTP side of webhooks: an agency says where it wants to be told."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Annotated

from contracts.event import Model
from fastapi import APIRouter, Depends
from kit.mongo import Document
from kit.problems import NotFound
from kit.sealed import KeyVault
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from web.headers import NO_STORE

from intake.clock import now
from intake.domain.agency import Agency
from intake.domain.signing import secret_of
from intake.gate import Gate
from intake.reading import body_of, read_as
from intake.webhooks.addresses import LONGEST, Addresses
from intake.webhooks.delivering import SCOPE
from intake.webhooks.store import Webhooks

OVERLAP = timedelta(hours=24)


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


def routes(gate: Gate, webhooks: Webhooks, vault: KeyVault, addresses: Addresses, most: int) -> APIRouter:
    router = APIRouter(tags=["webhook"])
    Sender = Annotated[Agency, Depends(gate.admit)]  # noqa: N806

    @router.put("/v1/webhook", summary="Say where outcomes are pushed")
    async def put_webhook(sender: Sender, request: Request, response: Response) -> WebhookShown:
        """Each step of a report is posted there (type report.status): ids and status only, signed as Standard Webhooks
        has it, and again until a 2xx answers. The same notice has the same webhook-id; notices may overtake one
        another: see `since`. A question of the window (type report.asked) says when it is due; its words are told by
        `GET /v1/reports/{report_id}` alone."""
        response.headers.update(NO_STORE)
        asked = read_as(WebhookAsked, await body_of(request, most))
        await addresses.must_be_reachable(asked.url)
        known = await webhooks.of(sender.agency_id)
        secret = None
        changes: Document = {"url": asked.url}
        if known is None:
            # What was still queued while it was taken off is forgotten too.
            await webhooks.remove(sender.agency_id)
        if known is None or asked.rotate:
            secret, entry = await _new_secret(vault, sender.agency_id)
            changes["secrets"] = [entry, *_ending(known)]
        await webhooks.put(sender.agency_id, changes, now())
        return await _shown(webhooks, sender.agency_id, secret)

    @router.get("/v1/webhook", summary="Where outcomes are pushed")
    async def get_webhook(sender: Sender, response: Response) -> WebhookShown:
        response.headers.update(NO_STORE)
        return await _shown(webhooks, sender.agency_id, None)

    @router.delete("/v1/webhook", summary="Push outcomes no more", status_code=204)
    async def delete_webhook(sender: Sender) -> None:
        """What was not acknowledged is forgotten; the status of reports can be asked for all the same."""
        await webhooks.remove(sender.agency_id)
        await vault.destroy(_owner(sender.agency_id))

    return router


async def _shown(webhooks: Webhooks, agency_id: str, secret: str | None) -> WebhookShown:
    webhook = await webhooks.of(agency_id)
    if webhook is None:
        raise NotFound("This agency has no webhook.", "貴機關未設定通知網址。")
    waiting, failure = await webhooks.waiting(agency_id)
    former = max((each["until"] for each in webhook["secrets"] if each.get("until", now()) > now()), default=None)
    rests = webhook.get("busy_until") if webhook.get("failures") else None
    return WebhookShown(url=webhook["url"], secret=secret, former_until=former, waiting=waiting, last_failure=failure,
                        slow=webhook.get("slow", False), rests_until=rests)  # fmt: skip


async def _new_secret(vault: KeyVault, agency_id: str) -> tuple[str, Document]:
    """A secret as it is shown, and as it is kept."""
    data_key, key = vault.new_key(_owner(agency_id), SCOPE), secrets.token_bytes(32)
    await vault.keep([data_key])
    return secret_of(key), {"sealed": data_key.seal({"key": base64.b64encode(key).decode()})}


def _ending(known: Document | None) -> list[Document]:
    """The secret in use until now, for a while longer; those before it are over."""
    current = [each for each in (known or {}).get("secrets", []) if "until" not in each]
    return [each | {"until": now() + OVERLAP} for each in current]


def _owner(agency_id: str) -> str:
    return f"webhook:{agency_id}"
