"""Sending notices to agencies: signed, to a checked address, again and again until it is acknowledged."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import httpx
from contracts.event import Sealed
from kit.mongo import Document
from kit.repeating import repeating
from kit.sealed import KeyVault
from kit.telemetry import log
from kit.tls import authorities
from prometheus_client import Counter

from intake.clock import now
from intake.domain.signing import pause, signature
from intake.webhooks.addresses import Addresses, Target, Unreachable
from intake.webhooks.store import Pace, Webhooks

SCOPE = "webhook"
STATUS = "report.status"
WELL_AT_ONCE, SLOW_AT_ONCE = 6, 2
"""How many receivers are told at once; the slow have a lane of their own, where they hold up one another alone."""
EVERY = 0.5
SECONDS = 10.0
"""What one delivery may take from the look-up of its name to the answer, however its bytes trickle."""
SLOW_SECONDS = 2.0
MOST_A_TURN, TURN_SECONDS = 20, 5.0
"""A receiver with much to be told comes back into line after so many notices or seconds."""
LONGEST_REST = timedelta(minutes=10)
_AWAY = ("timeout", "connection", "not_reachable")
_SENT = Counter("safetynet_webhook_attempts_total", "Notices sent to agencies.", ["result"])


class Delivering:
    """Empties the queue of notices, receiver by receiver."""

    def __init__(self, webhooks: Webhooks, vault: KeyVault, addresses: Addresses) -> None:
        self._webhooks = webhooks
        self._vault = vault
        self._addresses = addresses

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        # No proxy of the environment: the address was checked, not the proxy's idea of it. No connection is kept: one
        # that was proven to be an agency's would be taken for another agency at the same address.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            timeout=SECONDS, follow_redirects=False, trust_env=False, limits=limits, verify=authorities()
        ) as http:
            lanes = [False] * WELL_AT_ONCE + [True] * SLOW_AT_ONCE
            async with AsyncExitStack() as stack:
                for slow in lanes:
                    turn = partial(self.take_turn, http, slow=slow)
                    await stack.enter_async_context(repeating(turn, name="webhooks", every=EVERY))
                yield

    async def take_turn(self, http: httpx.AsyncClient, *, slow: bool) -> bool:
        """Tell the receiver that has waited longest; False when none is due."""
        turn = await self._webhooks.claim(now(), slow=slow)
        if turn is None:
            return False
        pace = Pace(turn.get("slow", False), turn.get("failures", 0))
        until = monotonic() + TURN_SECONDS
        for _ in range(MOST_A_TURN):
            notice = await self._webhooks.due(turn["_id"], now())
            if notice is None:
                break
            pace = await self._tell(http, turn, notice, pace.failures)
            if pace.failures or monotonic() > until:
                break
        rest = min(pause(pace.failures), LONGEST_REST) if pace.failures else None
        await self._webhooks.finish(turn, pace, now(), rest)
        return True

    async def _tell(self, http: httpx.AsyncClient, webhook: Document, notice: Document, failures: int) -> Pace:
        """Send one notice. What a receiver answers concerns this notice, its silence concerns all that wait for it."""
        began = monotonic()
        failed = await self._attempt(http, webhook, notice)
        away = failed in _AWAY
        _SENT.labels(failed or "acknowledged").inc()
        if failed is None:
            await self._webhooks.acknowledged(notice["_id"])
        else:
            log.warning("webhook_failed", agency_id=notice["agency_id"], reason=failed, attempts=notice["attempts"])
            at = notice["next_at"] if away else now() + pause(notice["attempts"])
            await self._webhooks.again(notice["_id"], at, failed)
        return Pace(slow=away or monotonic() - began > SLOW_SECONDS, failures=failures + 1 if away else 0)

    async def _attempt(self, http: httpx.AsyncClient, webhook: Document, notice: Document) -> str | None:
        """None once the receiver has acknowledged; otherwise why not, as a code."""
        at = now()
        told = {"type": notice.get("type", STATUS), "timestamp": at.isoformat(), "data": notice["data"]}
        body = json.dumps(told).encode()
        headers = await self._headers(webhook, notice["_id"], at, body)
        try:
            async with asyncio.timeout(SECONDS):
                target = await self._addresses.target(webhook["url"])
                return await _post(http, target, body, headers)
        except Unreachable:
            return "not_reachable"
        except (httpx.TimeoutException, TimeoutError):
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


async def _post(http: httpx.AsyncClient, target: Target, body: bytes, headers: Mapping[str, str]) -> str | None:
    """What the receiver answers is read no further than its status."""
    async with http.stream("POST", target.pinned, content=body, headers={"host": target.host, **headers},
                           extensions={"sni_hostname": target.name}) as answer:  # fmt: skip
        return None if answer.is_success else f"status_{answer.status_code}"
