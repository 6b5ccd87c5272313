"""Sends what groups hear that are webhooks: signed, to a checked address, again until it is acknowledged."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from kit import webhooks
from kit.addresses import Addresses
from kit.repeating import repeating
from kit.telemetry import carried

from notify import events
from notify.domain.attempts import Failed, Later, Verdict, is_too_late, pause
from notify.domain.hook import body_of, verdict_of
from notify.escalation.store import Runs
from notify.handlers import failure
from notify.hooks.store import Hooks
from notify.metrics import DELIVERIES
from notify.states import ACKNOWLEDGED, NEEDLESS, SENT
from notify.store import Deliveries, Delivery, Settlement
from notify.writing import Writer

LOOK_EVERY = 0.5
MOST = 20
BASE_PAUSE = 5.0


class HookSender:
    """Takes due messages whose group is a webhook, under a lease. LINE's quota and silence do not hold them up."""

    def __init__(
        self, deliveries: Deliveries, runs: Runs, hooks: Hooks, addresses: Addresses, writer: Writer, *, holder: str
    ) -> None:
        self._deliveries = deliveries
        self._runs = runs
        self.hooks = hooks
        self.addresses = addresses
        self._writer = writer
        self._holder = f"{holder} webhook"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with (
            webhooks.client() as http,
            repeating(lambda: self.send_due(http), name="group_webhooks", every=LOOK_EVERY),
        ):
            yield

    async def send_due(self, http: httpx.AsyncClient) -> None:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=(webhooks.SECONDS + 5) * MOST)
        for delivery in await self._deliveries.claim(MOST, now=now, until=until, holder=self._holder, by="webhook"):
            await self._deliveries.settle([await self._attempt(http, delivery)])

    async def _attempt(self, http: httpx.AsyncClient, delivery: Delivery) -> Settlement:
        now = datetime.now(UTC)
        message = await self._deliveries.of(delivery.step_of) if delivery.step_of else None
        if message and message.run and not message.run.is_open:
            by = message.acknowledged_by or message.run.answered_by
            fields = {"state": ACKNOWLEDGED, "reason": NEEDLESS, "acknowledged_by": by}
            return Settlement(delivery.id, now, NEEDLESS, fields)
        match await self._send(http, delivery, now):
            case Later(cause):
                wait = pause(delivery.attempts, BASE_PAUSE, random.random())  # noqa: S311 - jitter
                return Settlement(delivery.id, now, f"again after {cause}", {"next_attempt_at": now + wait})
            case Failed(reason):
                DELIVERIES.labels("failed", reason).inc()
                if message:
                    await self._runs.hasten(message.id, delivery, now)
                return failure(delivery, reason, now)
            case _:
                DELIVERIES.labels(SENT, "").inc()
                event = events.sent(delivery.id, delivery.notice, now, carried())
                return Settlement(delivery.id, now, SENT, {"state": SENT, "sent_at": now, "reason": None}, event)

    async def _send(self, http: httpx.AsyncClient, delivery: Delivery, now: datetime) -> Verdict:
        if delivery.first_tried_at and is_too_late(delivery.first_tried_at, now):
            return Failed("expired")
        hook = await self.hooks.of(delivery.group_id or "")
        if hook is None or not delivery.card:
            return Failed("unknown_group")
        body = body_of(delivery.card, hook.style, delivery.queued_at, self._writer.instead(delivery.notice))
        headers = webhooks.headers(delivery.id, now, body, [hook.key])
        return verdict_of(await webhooks.post(http, self.addresses, hook.url, body, headers))
