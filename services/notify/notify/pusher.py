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
from notify.domain.attempts import Cause, Failed, Held, Later, Needless, Sent, Verdict, is_too_late, judge, pause
from notify.domain.message import PERSON
from notify.domain.notices import GRAVEST, rank_of
from notify.escalation.store import Runs
from notify.groups.store import Groups
from notify.handlers import failure
from notify.holding import Gate, Quota
from notify.line import LineApi
from notify.metrics import DELIVERIES, HELD, UNTIL_SENT, WAITING
from notify.people.store import LinePeople
from notify.states import ACKNOWLEDGED, NEEDLESS, SENT
from notify.store import Deliveries, Delivery, Settlement

POLL_SECONDS = 0.5
QUOTA_EVERY = 60.0
COUNT_EVERY = 15.0
TURNS = 5
"""Deliveries in hand for each push under way; the lease outlasts them even when every push times out."""

Compose = Callable[[Delivery], str]
"""The card of a delivery that an earlier release has queued without one."""


class Pusher:
    """Takes due deliveries under a lease and gives them to LINE, `concurrency` at a time.

    Replicas share the work through the lease. Where they overlap LINE answers 409 to the second, since the retry key
    is the delivery's id.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        groups: Groups,
        line: LineApi,
        people: LinePeople,
        *,
        runs: Runs,
        compose: Compose,
        holder: str,
        concurrency: int,
        timeout: float,
        backoff: float,
        doubt: float,
        reserve_percent: int,
        has_mail: bool,
    ) -> None:
        self._deliveries = deliveries
        self._groups = groups
        self._line = line
        self._people = people
        self._runs = runs
        self._compose = compose
        self._holder = holder
        self._most = concurrency * TURNS
        self._slots = asyncio.Semaphore(concurrency)
        self._lease = timedelta(seconds=timeout * (TURNS + 1))
        self._backoff = backoff
        self._has_mail = has_mail
        self._settling = GroupCommit(deliveries.settle)
        self._woken = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._left: frozenset[str] = frozenset()
        self.quota = Quota(line, self._release, reserve_percent)
        self._gate = Gate(self._release, timedelta(seconds=doubt))
        self._is_leaving = False
        self._is_more = False
        """Whether more may be due than our hands could take."""

    def wake(self) -> None:
        """There are new durable deliveries: look now."""
        self._woken.set()

    async def line_takes(self) -> bool:
        """Whether LINE takes what this channel sends; what it refused last says so until it takes something."""
        return not self._gate.is_shut

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Resume what a crash left, then push until leaving; on leaving, finish the pushes under way."""
        self._is_leaving = False
        await self._deliveries.release(self._holder, datetime.now(UTC))
        try:
            async with (
                repeating(self._start_due, name="pusher", every=POLL_SECONDS, woken=self._woken),
                repeating(self.quota.look, name="quota", every=QUOTA_EVERY),
                repeating(self._count, name="waiting", every=COUNT_EVERY),
            ):
                yield
        finally:
            self._is_leaving = True
            await asyncio.gather(*self._in_hand, return_exceptions=True)
            await self._deliveries.release(self._holder, datetime.now(UTC))

    async def _start_due(self) -> bool:
        """Lease due deliveries when at least half of our hands are free, so that one query serves many pushes.

        True when there may be more than these.
        """
        if self._gate.is_shut:
            await self._runs.hasten_gravest(datetime.now(UTC))
        free = self._gate.admits(self._most - len(self._in_hand))
        if free < (1 if self._gate.is_shut else self._most // 2):
            self._is_more = True
            return False
        now = datetime.now(UTC)
        claimed = await self._deliveries.claim(free, now=now, until=now + self._lease, holder=self._holder)
        if claimed and self._gate.is_shut:
            self._gate.ask_with(claimed[0].id)
        if claimed:
            self._left = await self._groups.left()
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._in_hand.add(task)
            task.add_done_callback(self._put_down)
        self._is_more = len(claimed) == free
        return self._is_more

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        if error := task.exception():
            # Its lease runs out and it is tried again; after GIVE_UP it fails visibly.
            log.error("push_broke_off", error=error)
        if self._is_more and len(self._in_hand) <= self._most // 2:
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
            verdict = await self._spared(delivery) or await self._push(delivery)
            if delivery.step_of and self._goes_on(delivery, verdict):
                await self._runs.hasten(delivery.step_of, delivery, datetime.now(UTC))
            span.set_attribute("verdict", type(verdict).__name__.lower())
            cost = await self.quota.spent(delivery.group_id) if isinstance(verdict, Sent) else None
            return self._settlement(delivery, verdict, datetime.now(UTC), cost)

    async def _spared(self, delivery: Delivery) -> Verdict | None:
        """Why there is no point in asking LINE, if there is none."""
        if delivery.step_of and (answered := await self._answered(delivery.step_of)):
            return answered
        if delivery.first_tried_at and is_too_late(delivery.first_tried_at, datetime.now(UTC)):
            return Failed("expired")
        if not (delivery.group_id or delivery.way == "line") or delivery.group_id in self._left:
            return Failed("unknown_group")
        if self._gate.stops(delivery.id):
            return Held(self._gate.cause)
        rank = rank_of(delivery.notice)
        return Held("quota") if await self.quota.forbids(delivery.group_id, rank) else None

    async def _answered(self, message_id: str) -> Verdict | None:
        """That nobody needs to be asked any more, if so: looked up at the last moment before a step's message."""
        message = await self._deliveries.of(message_id)
        if message is None or message.run is None or message.run.is_open:
            return None
        return Needless(message.acknowledged_by or message.run.answered_by)

    async def _push(self, delivery: Delivery) -> Verdict:
        group, card = delivery.group_id, delivery.card or self._compose(delivery)
        person = await self._people.line_id(delivery.person) if delivery.person else None
        if (to := group or person) is None or (delivery.way == "mention" and not person):
            return Failed("unknown_group")
        card = card.replace(PERSON, person or "")
        verdict = judge(await self._line.push(to, card, retry_key=delivery.id))
        await self._heard(verdict)
        if verdict == Held("quota"):
            await self.quota.refused(group)
        return verdict

    async def _heard(self, verdict: Verdict) -> None:
        """What an answer says of LINE itself: it refuses the channel, tells nothing, or is there."""
        if verdict == Held("channel"):
            self._gate.shut("channel")
        elif isinstance(verdict, Later) and verdict.is_silence:
            self._gate.doubt()
        elif await self._gate.heard():
            self.wake()

    def _goes_on(self, delivery: Delivery, verdict: Verdict) -> bool:
        """Whether a step's message does not arrive, or not soon enough for an emergency."""
        is_stuck = isinstance(verdict, Held) or (isinstance(verdict, Later) and self._gate.is_shut)
        return isinstance(verdict, Failed) or (is_stuck and rank_of(delivery.notice) == GRAVEST)

    def _settlement(self, delivery: Delivery, verdict: Verdict, now: datetime, cost: int | None = None) -> Settlement:
        match verdict:
            case Sent(request_id):
                return self._sent(delivery, request_id, now, cost)
            case Failed(reason) if self._has_mail and delivery.is_told_to_one:
                fields = {"way": "mail", "next_attempt_at": now, "reason": None}
                return Settlement(delivery.id, now, f"by mail after {reason}", fields, uncounted="wholly")
            case Failed(reason):
                DELIVERIES.labels("failed", reason).inc()
                log.error("delivery_failed", delivery_id=delivery.id, unit=delivery.notice.unit, reason=reason)
                return failure(delivery, reason, now)
            case Later(cause, after):
                wait = max(pause(delivery.attempts, self._backoff, random.random()), timedelta(seconds=after))  # noqa: S311 - jitter
                fields = {"next_attempt_at": now + wait, "reason": "silence" if verdict.is_silence else None}
                more = hastened(delivery, now) if self._gate.is_shut and rank_of(delivery.notice) == GRAVEST else {}
                return Settlement(delivery.id, now, f"again after {cause}", fields | more)
            case Held(cause):
                until = self.quota.asked_again_at if cause == "quota" else self._gate.until
                return held(delivery, cause, now, until)
            case Needless(by):
                return Settlement(
                    delivery.id, now, NEEDLESS, {"state": ACKNOWLEDGED, "reason": NEEDLESS, "acknowledged_by": by}
                )

    def _sent(self, delivery: Delivery, request_id: str | None, now: datetime, cost: int | None) -> Settlement:
        DELIVERIES.labels(SENT, "").inc()
        if delivery.notice.received_at:
            UNTIL_SENT.observe(max((now - delivery.notice.received_at).total_seconds(), 0))
        event = events.sent(delivery.id, delivery.notice, now, carried())
        fields = {"state": SENT, "sent_at": now, "line_request_id": request_id, "reason": None, "cost": cost}
        return Settlement(delivery.id, now, SENT, fields, event)

    async def _release(self, cause: str) -> None:
        await self._deliveries.release_held(cause, datetime.now(UTC))
        self.wake()

    async def _count(self) -> None:
        await self._deliveries.rank_earlier()
        WAITING.set(await self._deliveries.waiting())
        for (cause, urgent), number in (await self._deliveries.held()).items():
            HELD.labels(cause, urgent).set(number)


def hastened(delivery: Delivery, now: datetime) -> dict[str, object]:
    """The first step of a message is due now, if it asks for somebody."""
    run = delivery.run
    return {"run.next_at": now} if run and run.state == "open" and not run.taken else {}


def held(delivery: Delivery, cause: Cause, now: datetime, until: datetime) -> Settlement:
    """A delivery that waits for a cause to go: its attempt does not count, and its history tells the cause once.

    What is most urgent does not wait with it, and nothing that asks for somebody waits for a quota: whoever is next is
    asked now, by a way that is open.
    """
    what = f"held {cause}" if delivery.reason != cause else ""
    fields: dict[str, object] = {"reason": cause, "next_attempt_at": max(until, now)}
    if cause == "quota" or rank_of(delivery.notice) == GRAVEST:
        fields |= hastened(delivery, now)
    first = delivery.first_tried_at == delivery.claimed_at
    return Settlement(delivery.id, now, what, fields, uncounted="wholly" if first else "partly")
