"""Takes the steps that are due, the gravest first, whichever replica comes first."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from contracts.event import derived_id
from kit.mongo import UNAVAILABLE
from kit.repeating import repeating
from kit.telemetry import log

from notify import events
from notify.domain.escalation import Facts, Run, advance
from notify.domain.notices import window_of
from notify.escalation.reach import Reach, near
from notify.escalation.store import Advance, Runs
from notify.metrics import ESCALATED, LATE_STEPS, STANDING
from notify.store import Delivery
from notify.writing import Writer

LOOK_EVERY = 1.0
COUNT_EVERY = 15.0
AGAIN_AFTER = timedelta(seconds=30)
"""What could not be advanced is tried again by then: until then it is in nobody's way, and after it in its own rank."""
MOST = 200
"""Steps that are taken in one transaction: more save little, and a graver one waits for them."""


class Escalations:
    """Advances runs; `wake` tells the pusher that there is something to send."""

    def __init__(self, runs: Runs, reach: Reach, writer: Writer, wake: Callable[[], None]) -> None:
        self._runs = runs
        self._reach = reach
        self._writer = writer
        self._wake = wake
        self._beyond = 0
        """How many of the gravest that are due are left to another replica, which was faster with those before."""
        self._waits: dict[str, datetime] = {}
        """What could not be advanced, and when it is tried again."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with (
            repeating(self.take_due, name="escalation", every=LOOK_EVERY),
            repeating(self._count, name="escalations", every=COUNT_EVERY),
        ):
            yield

    async def take_due(self) -> bool:
        """One round; True when there may be more. A run that cannot be advanced holds up no other.

        Where another replica has taken all of them meanwhile, the next round begins beyond those that it takes next.
        """
        now = datetime.now(UTC)
        self._waits = {id: again for id, again in self._waits.items() if again > now}
        due = await self._runs.due(now, MOST, beyond=self._beyond, but=self._waits)
        steps = await self._steps(due, now)
        taken = await self._take(steps, now)
        is_more = len(due) == MOST
        self._beyond = self._beyond + MOST if is_more and steps and not taken else 0
        return is_more

    async def _steps(self, due: Sequence[Delivery], now: datetime) -> list[Advance]:
        """The steps of messages; what many of them find alike is looked up once."""
        asked = {unit for each in due for unit in (each.notice.unit, window_of(each.notice.county))}
        groups = await self._reach.groups_of(asked) if asked else {}
        known: dict[object, Facts] = {}
        steps: list[Advance] = []
        for message in due:
            notice, here = message.notice, near(message, groups)
            place = notice.unit, notice.county, here.get(notice.unit)
            try:
                if place not in known:
                    known[place] = await self._reach.facts(notice, here, now)
                steps += self._step(message, known[place], here, now)
            except UNAVAILABLE:
                raise
            except Exception as error:  # noqa: BLE001 - due still: another round tries it again
                self._put_off(message, error, now)
        return steps

    def _step(self, message: Delivery, facts: Facts, here: Mapping[str, str], now: datetime) -> Iterator[Advance]:
        before = message.run
        if before is None or (after := advance(before, now, facts)) is None:
            return
        new = after.taken[len(before.taken) :]
        told = list(self._messages(message, after, now, here)) if new else []
        published = [
            events.escalated(message.id, message.notice, number, taken, message.trace)
            for number, taken in enumerate(new, len(before.taken) + 1)
        ]
        yield Advance(message, before, after, told, published)

    async def _take(self, steps: Sequence[Advance], now: datetime) -> list[Advance]:
        """Those of the steps that were taken: all together, or one by one where they cannot be."""
        if not steps:
            return []
        try:
            taken = await self._runs.save(steps, now)
        except UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 - one of them cannot be saved, and the others can
            if len(steps) == 1:
                self._put_off(steps[0].message, error, now)
                return []
            return [each for step in steps for each in await self._take([step], now)]
        for each in taken:
            self._tell(each)
        return taken

    def _put_off(self, message: Delivery, error: Exception, now: datetime) -> None:
        self._waits[message.id] = now + AGAIN_AFTER
        log.error("escalation_waits", delivery_id=message.id, error=error)

    def _messages(self, message: Delivery, after: Run, now: datetime, groups: Mapping[str, str]) -> Iterator[Delivery]:
        """The messages of the step taken last: each under an id of its own, so that it exists once."""
        number, taken = len(after.taken), after.taken[-1]
        for way in taken.by:
            if way == "standing":
                continue
            unit = window_of(message.notice.county) if way == "window" else message.notice.unit
            id = str(derived_id("notify", message.id, f"step:{number}:{way}:{taken.person or unit}"))
            group = groups.get(unit) if way in ("mention", "window") else None
            yield self._writer.step(id, message, unit, group, at=now, way=way, whom=taken.whom, person=taken.person)

    def _tell(self, step: Advance) -> None:
        self._wake()
        message = step.message
        for taken in step.after.taken[len(step.before.taken) :]:
            found = "somebody" if taken.by else "nobody"
            ESCALATED.labels(taken.whom, found).inc()
            log.warning("escalated", delivery_id=message.id, unit=message.notice.unit, state=found, reason=taken.whom)

    async def _count(self) -> None:
        standing, late = await self._runs.figures(datetime.now(UTC))
        STANDING.set(standing)
        LATE_STEPS.set(late)
