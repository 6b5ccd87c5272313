"""What LINE sends to the bot when a member presses a button: the postback event, signed with the channel secret."""

import base64
import hashlib
import hmac
import json
import time
from secrets import randbits
from typing import Any

import httpx

from line_standin.groups import user_id
from line_standin.records import Press

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BOT = user_id("official-account")


def new_event_id() -> str:
    """A ULID: 48 bits of milliseconds, 80 of chance, in 26 characters that sort by time."""
    number = int(time.time() * 1000) << 80 | randbits(80)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))


def signature(secret: str, body: bytes) -> str:
    """The value of `x-line-signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def postback(press: Press, *, redelivery: bool = False) -> dict[str, Any]:
    """The webhook's body for a press (line-openapi webhook.yml, PostbackEvent)."""
    event = {
        "type": "postback",
        "postback": {"data": press.data},
        "webhookEventId": press.webhook_event_id,
        "deliveryContext": {"isRedelivery": redelivery},
        "timestamp": int(press.at * 1000),
        "source": {"type": "group", "groupId": press.group_id, "userId": press.user_id},
        "replyToken": hashlib.sha256(f"reply:{press.webhook_event_id}".encode()).hexdigest()[:32],
        "mode": "active",
    }
    return {"destination": BOT, "events": [event]}


class Webhook:
    """The bot's webhook URL, or none."""

    def __init__(self, url: str | None, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)

    async def send(self, content: dict[str, Any]) -> int | str:
        """The receiver's HTTP status, or in a word why there is none. LINE does not try again unless told to."""
        if self._url is None:
            return "no webhook url"
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        try:
            answer = await self._client.post(
                self._url, content=body, headers=headers | {"x-line-signature": signature(self._secret, body)}
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.status_code

    async def close(self) -> None:
        """Release the connections."""
        await self._client.aclose()
