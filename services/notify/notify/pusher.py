"""Pushes queued deliveries to LINE: at once when woken, again after doubt, never a second message."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from kit.group_commit import GroupCommit
from kit.mongo import DatabaseError
from kit.repeating import repeating
from kit.telemetry import carried, log, spanning
from opentelemetry.trace import SpanKind

from notify import events
from notify.domain.attempts import Failed, Later, Sent, Verdict, is_too_late, judge, pause
from notify.domain.message import Json
from notify.handlers import failure
from notify.line import LineApi
from notify.metrics import DELIVERIES, QUOTA_LEFT, UNTIL_SENT, WAITING
from notify.store import SENT, Deliveries, Delivery, LineEvents, Settlement

POLL_SECONDS = 0.5
QUOTA_EVERY = 60.0
COUNT_EVERY = 15.0
CIRCUIT = timedelta(seconds=60)
"""How long nothing is tried once LINE has said that the month's quota is used up."""
TURNS = 5
"""Deliveries in hand for each push under way; the lease outlasts them even when every push times out."""

Compose = Callable[[Delivery], Json]


class Pusher:
    """Takes due deliveries under a lease and gives them to LINE, `concurrency` at a time.

    Replicas share the work through the lease. Where they overlap LINE answers 409 to the second, since the retry key
    is the delivery's id.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        webhooks: LineEvents,
        line: LineApi,
        compose: Compose,
        *,
        holder: str,
        concurrency: int,
        timeout: float,
        backoff: float,
    ) -> None:
        self._deliveries = deliveries
        self._webhooks = webhooks
        self._line = line
        self._compose = compose
        self._holder = holder
        self._most = concurrency * TURNS
        self._slots = asyncio.Semaphore(concurrency)
        self._lease = timedelta(seconds=timeout * (TURNS + 1))
        self._backoff = backoff
        self._settling = GroupCommit(deliveries.settle)
        self._woken = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._left: frozenset[str] = frozenset()
        self._no_quota_until = datetime.min.replace(tzinfo=UTC)
        self._is_leaving = False

    def wake(self) -> None:
        """There are new durable deliveries: look now."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Resume what a crash left, then push until leaving; on leaving, finish the pushes under way."""
        self._is_leaving = False
        await self._deliveries.release(self._holder, datetime.now(UTC))
        try:
            async with (
                repeating(self._start_due, name="pusher", every=POLL_SECONDS, woken=self._woken),
                repeating(self._watch_quota, name="quota", every=QUOTA_EVERY),
                repeating(self._count, name="waiting", every=COUNT_EVERY),
            ):
                yield
        finally:
            self._is_leaving = True
            await asyncio.gather(*self._in_hand, return_exceptions=True)
            await self._deliveries.release(self._holder, datetime.now(UTC))

    async def _start_due(self) -> bool:
        """Lease due deliveries when at least half of our hands are free, so that one query serves many pushes.

        False when there was none to start.
        """
        free = self._most - len(self._in_hand)
        if free < self._most // 2:
            return False
        now = datetime.now(UTC)
        claimed = await self._deliveries.claim(free, now=now, until=now + self._lease, holder=self._holder)
        if claimed:
            self._left = await self._webhooks.left_groups()
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._in_hand.add(task)
            task.add_done_callback(self._put_down)
        return bool(claimed)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        if error := task.exception():
            # Its lease runs out and it is tried again; after GIVE_UP it fails visibly.
            log.error("push_broke_off", error=error)
        if len(self._in_hand) <= self._most // 2:
            self._woken.set()

    async def _deliver(self, delivery: Delivery) -> None:
        async with self._slots:
            if self._is_leaving or (delivery.leased_until and datetime.now(UTC) >= delivery.leased_until):
                return
            settlement = await self._attempt(delivery)
        try:
            await self._settling.add(settlement)
        except DatabaseError as error:
            # LINE has it and the lease runs out: the next attempt is answered 409, which is success.
            log.warning("outcome_not_stored", delivery_id=delivery.id, error=error)

    async def _attempt(self, delivery: Delivery) -> Settlement:
        facts = {
            "delivery_id": delivery.id,
            "report_id": delivery.notice.report_id or "",
            "template": delivery.notice.template,
        }
        with spanning("LINE push", delivery.trace, kind=SpanKind.CLIENT, **facts) as span:
            verdict = self._hopeless(delivery) or await self._push(delivery)
            span.set_attribute("verdict", type(verdict).__name__.lower())
            return self._settlement(delivery, verdict, datetime.now(UTC))

    def _hopeless(self, delivery: Delivery) -> Failed | None:
        """Why there is no point in asking LINE."""
        now = datetime.now(UTC)
        if delivery.first_tried_at and is_too_late(delivery.first_tried_at, now):
            return Failed("expired")
        if not delivery.group_id or delivery.group_id in self._left:
            return Failed("unknown_group")
        return Failed("quota") if now < self._no_quota_until else None

    async def _push(self, delivery: Delivery) -> Verdict:
        verdict = judge(await self._line.push(delivery.group_id or "", self._compose(delivery), retry_key=delivery.id))
        if verdict == Failed("quota"):
            self._no_quota_until = datetime.now(UTC) + CIRCUIT
        return verdict

    def _settlement(self, delivery: Delivery, verdict: Verdict, now: datetime) -> Settlement:
        match verdict:
            case Sent(request_id):
                return self._sent(delivery, request_id, now)
            case Failed(reason):
                DELIVERIES.labels("failed", reason).inc()
                log.error("delivery_failed", delivery_id=delivery.id, unit=delivery.notice.unit, reason=reason)
                return failure(delivery, reason, now)
            case Later(cause, after):
                wait = max(pause(delivery.attempts, self._backoff, random.random()), timedelta(seconds=after))  # noqa: S311 - jitter
                return Settlement(delivery.id, now, f"again after {cause}", {"next_attempt_at": now + wait})

    def _sent(self, delivery: Delivery, request_id: str | None, now: datetime) -> Settlement:
        DELIVERIES.labels(SENT, "").inc()
        if delivery.notice.received_at:
            UNTIL_SENT.observe(max((now - delivery.notice.received_at).total_seconds(), 0))
        event = events.sent(delivery.id, delivery.notice, now, carried())
        return Settlement(delivery.id, now, SENT, {"state": SENT, "sent_at": now, "line_request_id": request_id}, event)

    async def _watch_quota(self) -> None:
        if (left := await self._line.quota_left()) is not None:
            QUOTA_LEFT.set(left)

    async def _count(self) -> None:
        WAITING.set(await self._deliveries.waiting())
