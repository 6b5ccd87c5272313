"""What LINE sends to the bot when somebody presses a button, comes or goes: events, signed with the channel secret."""

import asyncio
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
OK = 200
REDELIVERIES = (1, 2, 4, 8, 16)


def new_event_id() -> str:
    """A ULID: 48 bits of milliseconds, 80 of chance, in 26 characters that sort by time."""
    number = int(time.time() * 1000) << 80 | randbits(80)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))


def signature(secret: str, body: bytes) -> str:
    """The value of `x-line-signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def postback(press: Press, *, redelivery: bool = False) -> dict[str, Any]:
    """The webhook's body for a press (line-openapi webhook.yml, PostbackEvent)."""
    by = {"userId": press.user_id}
    is_person = press.group_id == press.user_id
    source = {"type": "user", **by} if is_person else {"type": "group", "groupId": press.group_id, **by}
    token = press.reply_token
    data = {"data": press.data} | ({"params": {"date": press.picked}} if press.picked else {})
    body = event("postback", source, id=press.webhook_event_id, at=press.at, reply_token=token, postback=data)
    body["events"][0]["deliveryContext"] = {"isRedelivery": redelivery}
    return body


def event(
    type: str, source: dict[str, str], *, id: str, at: float, reply_token: str | None = None, **more: Any
) -> dict[str, Any]:
    """The webhook's body for one event; `more` are the fields of its kind."""
    told = {"type": type, "webhookEventId": id, "timestamp": int(at * 1000), "source": source, "mode": "active"}
    own = {"replyToken": reply_token} if reply_token else {}
    return {"destination": BOT, "events": [{**told, **own, "deliveryContext": {"isRedelivery": False}, **more}]}


class Webhook:
    """The bot's webhook URL, or none."""

    def __init__(self, url: str | None, secret: str) -> None:
        self.url = url
        self.redelivers = False
        self._secret = secret
        self._again: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)

    async def send(self, content: dict[str, Any]) -> int | str:
        """The receiver's HTTP status, or in a word why there is none. LINE does not try again unless it is told to."""
        status = await self._send(content)
        if self.redelivers and status != OK and content["events"]:
            task = asyncio.create_task(self._redeliver(content))
            self._again.add(task)
            task.add_done_callback(self._again.discard)
        return status

    async def _redeliver(self, content: dict[str, Any]) -> None:
        """LINE tells neither how often nor how soon: here after 1, 2, 4, 8 and 16 seconds."""
        events = [told | {"deliveryContext": {"isRedelivery": True}} for told in content["events"]]
        for pause in REDELIVERIES:
            await asyncio.sleep(pause)
            if await self._send({**content, "events": events}) == OK:
                return

    async def _send(self, content: dict[str, Any]) -> int | str:
        if self.url is None:
            return "no webhook url"
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        try:
            answer = await self._client.post(
                self.url, content=body, headers=headers | {"x-line-signature": signature(self._secret, body)}
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.status_code

    async def close(self) -> None:
        """Give up what was to be sent again, and release the connections."""
        for task in self._again:
            task.cancel()
        await self._client.aclose()
