"""Takes the steps that are due, whichever replica comes first."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from contracts.event import derived_id
from kit.repeating import repeating
from kit.telemetry import log

from notify import events
from notify.domain.escalation import Run, Taken, advance
from notify.domain.notices import window_of
from notify.escalation.reach import Reach
from notify.escalation.store import Advance, Runs
from notify.metrics import ESCALATED, LATE_STEPS, STANDING
from notify.store import Delivery
from notify.writing import Writer

LOOK_EVERY = 1.0
COUNT_EVERY = 15.0
MOST = 50


class Escalations:
    """Advances runs; `wake` tells the pusher that there is something to send."""

    def __init__(self, runs: Runs, reach: Reach, writer: Writer, wake: Callable[[], None]) -> None:
        self._runs = runs
        self._reach = reach
        self._writer = writer
        self._wake = wake

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with (
            repeating(self.take_due, name="escalation", every=LOOK_EVERY),
            repeating(self._count, name="escalations", every=COUNT_EVERY),
        ):
            yield

    async def take_due(self) -> bool:
        """One round; True when there may be more. A run that cannot be advanced holds up no other."""
        due = await self._runs.due(datetime.now(UTC), MOST)
        for message in due:
            try:
                await self._advance(message)
            except Exception as error:  # noqa: BLE001 - due still: the next round tries it again
                log.error("escalation_waits", delivery_id=message.id, error=error)
        return len(due) == MOST

    async def _advance(self, message: Delivery) -> None:
        now = datetime.now(UTC)
        assert message.run
        facts = await self._reach.facts(message, now)
        if (after := advance(message.run, now, facts)) is None:
            return
        new = after.taken[len(message.run.taken) :]
        groups = await self._reach.groups_of_message(message)
        told = list(self._messages(message, after, now, dict(groups))) if new else []
        published = [
            events.escalated(message.id, message.notice, number, taken, message.trace)
            for number, taken in enumerate(new, len(message.run.taken) + 1)
        ]
        if await self._runs.save(Advance(message, message.run, after, told, published), now):
            self._tell(message, new)

    def _messages(self, message: Delivery, after: Run, now: datetime, groups: dict[str, str]) -> Iterator[Delivery]:
        """The messages of the step taken last: each under an id of its own, so that it exists once."""
        number, taken = len(after.taken), after.taken[-1]
        for way in taken.by:
            if way == "standing":
                continue
            unit = window_of(message.notice.county) if way == "window" else message.notice.unit
            id = str(derived_id("notify", message.id, f"step:{number}:{way}:{taken.person or unit}"))
            group = groups.get(unit) if way in ("mention", "window") else None
            yield self._writer.step(id, message, unit, group, at=now, way=way, whom=taken.whom, person=taken.person)

    def _tell(self, message: Delivery, new: tuple[Taken, ...]) -> None:
        self._wake()
        for taken in new:
            found = "somebody" if taken.by else "nobody"
            ESCALATED.labels(taken.whom, found).inc()
            log.warning("escalated", delivery_id=message.id, unit=message.notice.unit, state=found, reason=taken.whom)

    async def _count(self) -> None:
        standing, late = await self._runs.figures(datetime.now(UTC))
        STANDING.set(standing)
        LATE_STEPS.set(late)
