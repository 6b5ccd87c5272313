"""Sends the messages of steps that go by e-mail. A server that took one may bounce it later: taken is not read."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from kit.repeating import repeating
from kit.telemetry import carried

from notify import events
from notify.domain.attempts import Failed, Later, Sent, is_too_late, pause
from notify.domain.mail import compose_mail, return_address
from notify.escalation.store import Runs
from notify.handlers import failure
from notify.mail.server import SECONDS, Server
from notify.mail.store import MailAddresses
from notify.metrics import DELIVERIES
from notify.states import ACKNOWLEDGED, NEEDLESS, SENT
from notify.store import Deliveries, Delivery, Settlement
from notify.writing import Writer

LOOK_EVERY = 1.0
MOST = 20
BASE_PAUSE = 5.0


class Mailer:
    """Takes due messages that go by e-mail, under a lease, and gives each to the server."""

    def __init__(
        self,
        deliveries: Deliveries,
        runs: Runs,
        addresses: MailAddresses,
        *,
        writer: Writer,
        server: Server,
        holder: str,
    ) -> None:
        self._deliveries = deliveries
        self._runs = runs
        self._addresses = addresses
        self._writer = writer
        self._server = server
        self._holder = f"{holder} mail"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._server.host:
            yield
            return
        async with repeating(self.send_due, name="mailer", every=LOOK_EVERY):
            yield

    async def send_due(self) -> None:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=(SECONDS + 5) * MOST)
        for delivery in await self._deliveries.claim(MOST, now=now, until=until, holder=self._holder, by="mail"):
            await self._deliveries.settle([await self._attempt(delivery)])

    async def _attempt(self, delivery: Delivery) -> Settlement:
        now = datetime.now(UTC)
        message = await self._deliveries.of(delivery.step_of) if delivery.step_of else delivery
        if message is None or (delivery.step_of and not (message.run and message.run.is_open)):
            by = message and (message.acknowledged_by or (message.run and message.run.answered_by))
            fields = {"state": ACKNOWLEDGED, "reason": NEEDLESS, "acknowledged_by": by}
            return Settlement(delivery.id, now, NEEDLESS, fields)
        verdict = await self._send(delivery, message)
        match verdict:
            case Sent():
                DELIVERIES.labels(SENT, "").inc()
                event = events.sent(delivery.id, delivery.notice, now, carried())
                return Settlement(delivery.id, now, SENT, {"state": SENT, "sent_at": now, "reason": None}, event)
            case Later(cause):
                wait = pause(delivery.attempts, BASE_PAUSE, random.random())  # noqa: S311 - jitter
                return Settlement(delivery.id, now, f"again after {cause}", {"next_attempt_at": now + wait})
            case Failed(reason):
                DELIVERIES.labels("failed", reason).inc()
                await self._runs.hasten(message.id, delivery, now)
                return failure(delivery, reason, now)

    async def _send(self, delivery: Delivery, message: Delivery) -> Sent | Failed | Later:
        now, person = datetime.now(UTC), delivery.person or ""
        if delivery.first_tried_at and is_too_late(delivery.first_tried_at, now):
            return Failed("expired")
        if (to := await self._addresses.of(person)) is None:
            return Failed("unknown_group")
        sender, run = self._server.sender, message.run
        asked = [each.whom for each in run.taken if each.person == person and "mail" in each.by] if run else []
        mail = compose_mail(
            delivery.notice,
            self._writer.wording,
            (asked[-1] if asked else "on_call") if delivery.step_of else None,
            sender=sender,
            to=to,
            id=delivery.id,
            sites=self._writer.sites,
        )
        verdict = await self._server.send(mail, return_address(sender, delivery.id), to)
        if verdict == Failed("refused"):
            await self._addresses.is_dead(person, now)
        return verdict
