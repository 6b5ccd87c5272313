"""Sending notices to agencies: signed, to a checked address, again and again until it is acknowledged."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
from contracts.event import Sealed
from kit.mongo import DatabaseError, Document
from kit.sealed import KeyVault
from kit.telemetry import log
from prometheus_client import Counter

from intake.clock import now
from intake.domain.signing import pause, signature
from intake.webhooks.addresses import Addresses, Target, Unreachable
from intake.webhooks.store import Webhooks

SCOPE = "webhook"
STATUS = "report.status"
AT_ONCE = 4
EVERY = 0.5
SECONDS = 10.0
_SENT = Counter("safetynet_webhook_attempts_total", "Notices sent to agencies.", ["result"])


class Delivering:
    """Empties the queue of notices."""

    def __init__(self, webhooks: Webhooks, vault: KeyVault, addresses: Addresses) -> None:
        self._webhooks = webhooks
        self._vault = vault
        self._addresses = addresses

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        # No proxy of the environment: the address was checked, not the proxy's idea of it.
        async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as http:
            loops = [asyncio.create_task(self._repeat(http)) for _ in range(AT_ONCE)]
            try:
                yield
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)

    async def _repeat(self, http: httpx.AsyncClient) -> None:
        while True:
            sent = False
            try:
                sent = await self.send_one(http)
            except (DatabaseError, OSError, TimeoutError) as error:
                log.warning("webhooks_wait", error=error)
            if not sent:
                await asyncio.sleep(EVERY)

    async def send_one(self, http: httpx.AsyncClient) -> bool:
        """Send the notice that waits longest; False when none is due."""
        notice = await self._webhooks.due(now())
        if notice is None:
            return False
        webhook = await self._webhooks.of(notice["agency_id"])
        if webhook is None:
            await self._webhooks.acknowledged(notice["_id"])
            return True
        failed = await self._attempt(http, webhook, notice)
        _SENT.labels(failed or "acknowledged").inc()
        if failed is None:
            await self._webhooks.acknowledged(notice["_id"])
        else:
            log.warning("webhook_failed", agency_id=notice["agency_id"], reason=failed, attempts=notice["attempts"])
            await self._webhooks.again(notice["_id"], now() + pause(notice["attempts"]), failed)
        return True

    async def _attempt(self, http: httpx.AsyncClient, webhook: Document, notice: Document) -> str | None:
        """None once the receiver has acknowledged; otherwise why not, as a code."""
        at = now()
        told = {"type": notice.get("type", STATUS), "timestamp": at.isoformat(), "data": notice["data"]}
        body = json.dumps(told).encode()
        try:
            target = await self._addresses.target(webhook["url"])
            headers = await self._headers(webhook, notice["_id"], at, body)
            async with http.stream("POST", _pinned(target), content=body, headers={"host": target.host} | headers,
                                   extensions={"sni_hostname": httpx.URL(target.url).host}) as answer:  # fmt: skip
                return None if answer.is_success else f"status_{answer.status_code}"
        except Unreachable:
            return "not_reachable"
        except httpx.TimeoutException:
            return "timeout"
        except httpx.HTTPError:
            return "connection"

    async def _headers(self, webhook: Document, id: str, at: datetime, body: bytes) -> dict[str, str]:
        keys = await self._keys(webhook, at)
        seconds = int(at.timestamp())
        return {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(id, seconds, body, keys),
        }

    async def _keys(self, webhook: Document, at: datetime) -> Sequence[bytes]:
        tokens: list[Sealed] = [each["sealed"] for each in webhook["secrets"] if each.get("until", at) >= at]
        opened = await self._vault.open(tokens, SCOPE)
        return [base64.b64decode(values["key"]) for values in opened if values]


def _pinned(target: Target) -> httpx.URL:
    """The address with the checked IP in place of its name."""
    return httpx.URL(target.url).copy_with(host=target.ip)
