"""Someone in a group accepts a task, by name: the first one counts, and everyone in the group sees who."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from kit.repeating import repeating
from kit.telemetry import carried, log, spanning

from notify import events
from notify.domain.message import Wording, roc_time
from notify.domain.tokens import AcceptTokens
from notify.line import LineApi
from notify.metrics import DELIVERIES, LEFT_GROUPS
from notify.store import ACKNOWLEDGED, SENT, Deliveries, Delivery, Happening, LineEvents, Settlement

SWEEP_SECONDS = 5.0
SWEEP_AFTER = timedelta(seconds=20)
MOST = 200
NAME_SECONDS = 3.0
KNOWN = ("postback", "join", "leave")


class Acceptances:
    """Keeps each webhook event before it is answered, then handles it; a sweeper handles what a crash left."""

    def __init__(
        self, deliveries: Deliveries, webhooks: LineEvents, line: LineApi, tokens: AcceptTokens, wording: Wording
    ) -> None:
        self._deliveries = deliveries
        self._webhooks = webhooks
        self._line = line
        self._tokens = tokens
        self._replies = wording.replies
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, happenings: Sequence[Happening]) -> None:
        """Return once the events are durable; their effects follow."""
        fresh = await self._webhooks.add([one for one in happenings if one.type in KNOWN])
        if fresh:
            self._start(fresh)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with repeating(self._sweep, name="webhook_sweep", every=SWEEP_SECONDS):
                yield
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, happenings: Sequence[Happening]) -> None:
        task = asyncio.create_task(self._handle_all(happenings))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        await self._handle_all(await self._webhooks.waiting(datetime.now(UTC) - SWEEP_AFTER, MOST))

    async def _handle_all(self, happenings: Sequence[Happening]) -> None:
        for happening in happenings:
            try:
                await self._handle(happening)
                await self._webhooks.handled(happening.id)
            except Exception as error:  # noqa: BLE001 - kept: the sweeper tries it again
                log.error("webhook_event_waits", event_id=happening.id, error=error)

    async def _handle(self, happening: Happening) -> None:
        if happening.type == "postback":
            await self._on_press(happening)
        elif happening.group_id:
            await self._on_group(happening, happening.group_id)

    async def _on_group(self, happening: Happening, group_id: str) -> None:
        state = "left" if happening.type == "leave" else "joined"
        await self._webhooks.note_group(group_id, state, happening.at)
        log.warning("group_changed", group=group_id, state=state)
        if state == "left":
            LEFT_GROUPS.inc()

    async def _on_press(self, press: Happening) -> None:
        id = self._tokens.read(press.data or "", press.at)
        delivery = await self._deliveries.of(id) if id else None
        if delivery is None or delivery.group_id != press.group_id:
            log.warning("press_refused", event_id=press.id)
            await self._reply(press, self._replies.void)
        elif delivery.acknowledged_at:
            await self._on_later_press(press, delivery)
        else:
            await self._accept(press, delivery)

    async def _on_later_press(self, press: Happening, delivery: Delivery) -> None:
        if delivery.acknowledged_event != press.id:
            await self._deliveries.change(delivery, [Settlement(delivery.id, press.at, "pressed again")])
            await self._reply_about(press, delivery, self._replies.already)

    async def _accept(self, press: Happening, delivery: Delivery) -> None:
        name = await self._name(press)
        with spanning("accept", delivery.trace, delivery_id=delivery.id, report_id=delivery.notice.report_id or ""):
            won = await self._deliveries.change(delivery, _acceptance(press, delivery, name))
        if not won:
            # Pushed, settled or accepted in the meantime: look again.
            await self._on_press(press)
            return
        DELIVERIES.labels(ACKNOWLEDGED, "").inc()
        accepted = await self._deliveries.of(delivery.id)
        assert accepted
        await self._reply_about(press, accepted, self._replies.accepted)

    async def _name(self, press: Happening) -> str:
        """The name that LINE has for whoever pressed; an acceptance holds even when LINE does not answer."""
        if not (press.group_id and press.user_id):
            return self._replies.someone
        try:
            async with asyncio.timeout(NAME_SECONDS):
                return await self._line.member_name(press.group_id, press.user_id) or self._replies.someone
        except TimeoutError:
            return self._replies.someone

    async def _reply_about(self, press: Happening, delivery: Delivery, text: str) -> None:
        at = roc_time(delivery.acknowledged_at or press.at)
        await self._reply(press, text.format(code=delivery.notice.code, name=delivery.acknowledged_by, at=at))

    async def _reply(self, press: Happening, text: str) -> None:
        if press.reply_token:
            answer = await self._line.reply(press.reply_token, text)
            log.info("replied", event_id=press.id, status=answer.status)


def _acceptance(press: Happening, delivery: Delivery, name: str) -> list[Settlement]:
    """The acceptance, preceded by the sending if that was in doubt: whoever pressed has seen the message."""
    trace = carried()
    by = {"acknowledged_by": name, "acknowledged_at": press.at, "acknowledged_event": press.id}
    event = events.acknowledged(delivery.id, delivery.notice, name, press.at, trace)
    accepted = Settlement(delivery.id, press.at, ACKNOWLEDGED, {"state": ACKNOWLEDGED, **by}, event)
    if delivery.state == SENT:
        return [accepted]
    seen = events.sent(delivery.id, delivery.notice, press.at, trace)
    return [Settlement(delivery.id, press.at, SENT, {"sent_at": press.at}, seen), accepted]
