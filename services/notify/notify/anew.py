"""What failed is sent again when a person says so: a delivery of its own, under a retry key of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from contracts.event import derived_id

from notify.handlers import failure_of
from notify.states import FAILED
from notify.store import Deliveries, Delivery
from notify.writing import Writer


class NotFailed(Exception):
    """Only what failed is sent anew: the rest is on its way or there."""


class Anew:
    """Writes failed deliveries anew, to the group that their unit has now."""

    def __init__(self, deliveries: Deliveries, writer: Writer, wake: Callable[[], None] = lambda: None) -> None:
        self._deliveries = deliveries
        self._writer = writer
        self._wake = wake

    async def send(self, failed: Delivery, by: str) -> Delivery:
        """The delivery that takes the place of one that failed; the same one when it is asked for twice.

        Raises NotFailed.
        """
        if failed.state != FAILED or failed.notice.template not in self._writer.wording.templates:
            # What a digest told of failed with it, and is sent again by itself.
            raise NotFailed
        now = datetime.now(UTC)
        id = str(derived_id("notify", failed.id, "anew"))
        unit = failed.notice.unit
        group = (await self._writer.groups_of({unit})).get(unit)
        delivery = self._writer.write(id, failed.notice, group, now, failed.trace)
        delivery = replace(delivery, anew_of=failed.id, requested_by=by)
        fresh = await self._deliveries.add([(delivery, failure_of(delivery, now))])
        await self._deliveries.sent_anew(failed, id, by, now)
        if fresh:
            self._wake()
        return await self._deliveries.of(id) or delivery
