"""Where LINE reports what happened in its groups: checked over the raw bytes, stored, answered at once."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from contracts.event import Model
from fastapi import APIRouter, Depends, Request
from kit.problems import BadRequest, TooLarge, Unauthorized
from kit.telemetry import log
from pydantic import Field, ValidationError

from notify.happenings.store import Happening

MOST_BYTES = 1_000_000
OLDEST = datetime(2011, 6, 1, tzinfo=UTC)
"""LINE did not exist before."""

_LONGEST_NUMBER = 20


class Source(Model):
    group_id: str | None = Field(default=None, alias="groupId")
    user_id: str | None = Field(default=None, alias="userId")


class Picked(Model):
    """What a button that picks a day adds."""

    date: str | None = Field(default=None, max_length=10)


class Postback(Model):
    data: str = Field(default="", max_length=300)
    params: Picked = Picked()


class WebhookEvent(Model):
    """The part of a LINE webhook event that notify reads; what people write in a group is never read."""

    id: str = Field(alias="webhookEventId", min_length=1, max_length=100)
    type: str
    timestamp: int
    source: Source = Source()
    postback: Postback | None = None
    reply_token: str | None = Field(default=None, alias="replyToken")


Take = Callable[[Sequence[Happening]], Awaitable[None]]


router = APIRouter(tags=["LINE"])


@dataclass(frozen=True)
class Channel:
    """The channel whose events arrive: the secret that signs them, and what takes them."""

    secret: str
    take: Take


async def channel_of(request: Request) -> Channel:
    channel: Channel = request.app.state.channel
    return channel


@router.post("/webhooks/line", summary="Events of LINE groups", responses={401: {"description": "Not LINE's"}})
async def line_webhook(request: Request, channel: Annotated[Channel, Depends(channel_of)]) -> dict[str, str]:
    body = await _body(request)
    sent = request.headers.get("x-line-signature", "").encode("latin-1")
    if not hmac.compare_digest(signature(channel.secret, body), sent):
        raise Unauthorized("This is not signed with the channel's secret.", "簽章不符。")
    now = datetime.now(UTC)
    await channel.take([_happening(event, now) for event in _events(body)])
    return {"status": "ok"}


def signature(secret: str, body: bytes) -> bytes:
    """LINE's signature: base64 of HMAC-SHA-256 over the bytes as they came."""
    return b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))


async def _body(request: Request) -> bytes:
    """The raw body. Raises TooLarge as soon as it grows beyond what LINE would send."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge
    return bytes(body)


def _events(body: bytes) -> list[WebhookEvent]:
    try:
        listed = json.loads(body, parse_int=_number)["events"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadRequest("Send a LINE webhook body with events.", "請送出含 events 的 LINE webhook 內容。") from None
    return [event for each in listed if (event := _event(each))] if isinstance(listed, list) else []


def _event(listed: object) -> WebhookEvent | None:
    """One event, or None for an unknown form: LINE adds kinds of events without notice."""
    try:
        return WebhookEvent.model_validate(listed)
    except ValidationError as error:
        log.warning("webhook_event_unknown", error=error)
        return None


def _number(digits: str) -> int | str:
    """A number, unless it is too long for anything we read: it spoils its own event alone, and not the body."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _happening(event: WebhookEvent, now: datetime) -> Happening:
    """A press counts from when it was made, which LINE tells in milliseconds; from now if that cannot have been."""
    can_be = OLDEST.timestamp() * 1000 <= event.timestamp <= now.timestamp() * 1000
    at = datetime.fromtimestamp(event.timestamp / 1000, UTC) if can_be else now
    data, chosen = (event.postback.data, event.postback.params.date) if event.postback else (None, None)
    source = event.source
    return Happening(event.id, event.type, at, now, source.group_id, source.user_id, data, event.reply_token, chosen)
