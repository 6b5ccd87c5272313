"""LINE's Messaging API: the few calls that notify makes, and the webhook events it reads."""

import asyncio
import json
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import httpx
from contracts.event import Model
from kit.telemetry import log
from pydantic import Field

from notify.domain.attempts import Answer
from notify.domain.message import Json
from notify.metrics import PUSHES

MOST_WAIT = 3_600.0
"""The longest Retry-After that is honoured, in seconds: a gateway before LINE may send anything."""


class Source(Model):
    group_id: str | None = Field(default=None, alias="groupId")
    user_id: str | None = Field(default=None, alias="userId")


class Postback(Model):
    data: str = Field(default="", max_length=300)


class WebhookEvent(Model):
    """The part of a LINE webhook event that notify reads; what people write in a group is never read."""

    id: str = Field(alias="webhookEventId", min_length=1, max_length=100)
    type: str
    timestamp: int
    source: Source = Source()
    postback: Postback | None = None
    reply_token: str | None = Field(default=None, alias="replyToken")


class LineApi:
    """A channel of the Messaging API. `transport` replaces the network in tests."""

    def __init__(
        self,
        base: str,
        token: str,
        *,
        seconds: float,
        connections: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._seconds = seconds
        self._http = httpx.AsyncClient(
            base_url=base,
            headers={"Authorization": f"Bearer {token}"},
            timeout=seconds,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def push(self, group_id: str, message: Json, *, retry_key: str) -> Answer:
        """One push. Never raises for failures of LINE or the network: no answer is an Answer of status 0."""
        began = perf_counter()
        body = {"to": group_id, "messages": [message]}
        answer = await self._post("/v2/bot/message/push", body, {"X-Line-Retry-Key": retry_key})
        PUSHES.labels(str(answer.status)).observe(perf_counter() - began)
        return answer

    async def reply(self, reply_token: str, text: str) -> Answer:
        """A reply to what someone just did in a group; it costs no quota, and its token lives about a minute."""
        body = {"replyToken": reply_token, "messages": [{"type": "text", "text": text}]}
        return await self._post("/v2/bot/message/reply", body, {})

    async def member_name(self, group_id: str, user_id: str) -> str | None:
        """The display name of a group's member, or None when LINE does not give it."""
        name = (await self._get(f"/v2/bot/group/{group_id}/member/{user_id}")).get("displayName")
        return name if isinstance(name, str) and name.strip() else None

    async def quota_left(self) -> float | None:
        """Messages left this month, infinite without a limit; None when LINE does not say."""
        quota = await self._get("/v2/bot/message/quota")
        if quota.get("type") == "none":
            return float("inf")
        used = (await self._get("/v2/bot/message/quota/consumption")).get("totalUsage")
        limit = quota.get("value")
        return limit - used if isinstance(limit, int) and isinstance(used, int) else None

    async def _post(self, path: str, body: Json, headers: Mapping[str, str]) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._http.post(path, json=body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("line_silent", path=path, error=error)
            return Answer(0)
        return _answer(response)

    async def _get(self, path: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._http.get(path)
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("line_silent", error=error)
            return {}
        return _json(response) if response.is_success else {}


def _answer(response: httpx.Response) -> Answer:
    message = _json(response).get("message")
    headers = response.headers
    wait = headers.get("retry-after", "")
    return Answer(
        response.status_code,
        message if isinstance(message, str) else "",
        headers.get("x-line-accepted-request-id") or headers.get("x-line-request-id"),
        min(float(wait), MOST_WAIT) if wait.isdecimal() else None,
    )


def _json(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of a response; empty for any other body, such as a gateway's page."""
    try:
        found = json.loads(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
