"""Sending notices to agencies: signed, to a checked address, again and again until it is acknowledged."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import httpx
from contracts.event import Sealed
from kit import webhooks
from kit.addresses import Addresses
from kit.mongo import Document
from kit.repeating import found, repeating
from kit.sealed import KeyVault
from kit.signing import pause
from kit.telemetry import log
from prometheus_client import Counter

from intake.clock import now
from intake.webhooks.store import Pace, Webhooks

SCOPE = "webhook"
STATUS = "report.status"
WELL_AT_ONCE, SLOW_AT_ONCE = 6, 2
"""How many receivers are told at once; the slow have a lane of their own, where they hold up one another alone."""
EVERY = 0.5
SLOW_SECONDS = 2.0
MOST_A_TURN, TURN_SECONDS = 20, 5.0
"""A receiver with much to be told comes back into line after so many notices or seconds."""
LONGEST_REST = timedelta(minutes=10)
_SENT = Counter("safetynet_webhook_attempts_total", "Notices sent to agencies.", ["result"])


class Delivering:
    """Empties the queue of notices, receiver by receiver."""

    def __init__(self, registered: Webhooks, vault: KeyVault, addresses: Addresses) -> None:
        self._webhooks = registered
        self._vault = vault
        self._addresses = addresses

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with webhooks.client() as http, AsyncExitStack() as stack:
            for slow, at_once in ((False, WELL_AT_ONCE), (True, SLOW_AT_ONCE)):
                turn = partial(self._take_turn, http, asyncio.Lock(), slow=slow)
                for _ in range(at_once):
                    await stack.enter_async_context(repeating(turn, name="webhooks", every=EVERY))
            yield

    async def _take_turn(self, http: httpx.AsyncClient, looking: asyncio.Lock, *, slow: bool) -> bool:
        """Tell the receiver that has waited longest, as soon as one is due."""
        turn = await found(lambda: self._webhooks.claim(now(), slow=slow), looking, every=EVERY)
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
        away = failed in webhooks.AWAY
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
        headers = webhooks.headers(notice["_id"], at, body, await self._keys(webhook, at))
        return await webhooks.post(http, self._addresses, webhook["url"], body, headers)

    async def _keys(self, webhook: Document, at: datetime) -> Sequence[bytes]:
        tokens: list[Sealed] = [each["sealed"] for each in webhook["secrets"] if each.get("until", at) >= at]
        opened = await self._vault.open(tokens, SCOPE)
        return [base64.b64decode(values["key"]) for values in opened if values]
