"""Tells one colleague something that no event of a case causes: by LINE, one-to-one, else by e-mail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contracts.event import derived_id
from kit.telemetry import log

from notify.domain.escalation import Way
from notify.domain.notices import Notice, window_of
from notify.escalation.reach import Reach
from notify.store import Deliveries, Delivery
from notify.writing import Writer


@dataclass(frozen=True)
class Telling:
    """`wake` tells the pusher that there is something to send."""

    deliveries: Deliveries
    reach: Reach
    writer: Writer
    wake: Callable[[], None]

    async def tell(self, person: str, notice: Notice, key: str, because: str) -> bool:
        """False where no way leads to them. The same key tells once, however many replicas try."""
        ways = await self.reach.ways(person, None)
        way: Way | None = "line" if "line" in ways else "mail" if "mail" in ways else None
        if way:
            message = self._message(notice, None, f"{key}:{person}", because)
            await self._add(replace(message, way=way, person=person))
        return way is not None

    async def tell_window(self, notice: Notice, key: str, because: str) -> bool:
        """Tell the group of the county's window; False where it has none that hears us."""
        window = window_of(notice.county)
        group = (await self.reach.groups_of({window})).get(window)
        if group:
            told = replace(notice, unit=window, lead=notice.unit)
            await self._add(self._message(told, group, f"{key}:window", because))
        return group is not None

    async def _add(self, message: Delivery) -> None:
        if await self.deliveries.add([(message, None)]):
            log.info("told", template=message.notice.template, unit=message.notice.unit)
            self.wake()

    def _message(self, notice: Notice, group: str | None, key: str, because: str) -> Delivery:
        id = str(derived_id("notify", f"{notice.template}:{notice.about}", key))
        return replace(self.writer.write(id, notice, group, datetime.now(UTC), {}), rule="rota", because=because)
