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

    async def ask_again(self) -> bool:
        """Ask the units again about what somebody there took on and did not work on; True when there may be more.

        Once, however many replicas look: a message's id is derived, so that a crash before it is noted asks no second
        time.
        """
        now = datetime.now(UTC)
        found = [each for each in await self.runs.forgotten(now, MOST) if each.run and is_forgotten(each.run, now)]
        if not found:
            return False
        groups = await self.writer.groups_of({each.notice.unit for each in found})
        asked: dict[str, Delivery] = {}
        for each in found:
            try:
                asked[each.id] = self._asked(each, groups.get(each.notice.unit) or each.group_id, now)
            except Exception as error:  # noqa: BLE001 - forgotten still: it holds up no other
                log.error("asking_again_waits", delivery_id=each.id, error=error)
        await self.deliveries.add([(each, failure_of(each, now)) for each in asked.values()])
        await self.runs.asked_again([*asked])
        for id, message in asked.items():
            log.warning("asked_again", delivery_id=id, unit=message.notice.unit)
        self.wake()
        return len(asked) == MOST

    def _asked(self, message: Delivery, group: str | None, now: datetime) -> Delivery:
        assert message.run
        notice = replace(message.notice, template="forgotten", received_at=None)
        id = str(derived_id("notify", message.id, "forgotten"))
        asked = self.writer.write(id, notice, group, now, message.trace, asked=(now, message.run.version))
        return replace(asked, rule=message.rule, because=f"{message.id} was taken on, and no work was seen")
