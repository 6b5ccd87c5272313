"""What was taken on by name and then forgotten is asked again, as a message of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contracts.event import derived_id
from kit.repeating import repeating
from kit.telemetry import log

from notify.domain.escalation import is_forgotten
from notify.escalation.store import Runs
from notify.handlers import failure_of
from notify.store import Deliveries, Delivery
from notify.writing import Writer

LOOK_EVERY = 15.0
MOST = 200


@dataclass(frozen=True)
class Forgetting:
    """`wake` tells the pusher that there is something to send."""

    runs: Runs
    deliveries: Deliveries
    writer: Writer
    wake: Callable[[], None]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.ask_again, name="forgotten", every=LOOK_EVERY):
            yield

    async def ask_again(self) -> None:
        """Ask the unit again about what somebody there took on and did not work on. Once, however many replicas look.

        The message's id is derived, so that a crash before it is noted asks no second time.
        """
        now = datetime.now(UTC)
        for message in await self.runs.forgotten(now, MOST):
            if message.run and is_forgotten(message.run, now):
                await self._ask(message, now)

    async def _ask(self, message: Delivery, now: datetime) -> None:
        assert message.run
        notice = replace(message.notice, template="forgotten", received_at=None)
        id = str(derived_id("notify", message.id, "forgotten"))
        group = (await self.writer.groups_of({notice.unit})).get(notice.unit) or message.group_id
        asked = self.writer.write(id, notice, group, now, message.trace, asked=(now, message.run.version))
        asked = replace(asked, rule=message.rule, because=f"{message.id} was taken on, and no work was seen")
        await self.deliveries.add([(asked, failure_of(asked, now))])
        await self.runs.asked_again(message.id)
        log.warning("asked_again", delivery_id=message.id, unit=notice.unit)
        self.wake()
