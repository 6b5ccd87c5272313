"""Takes what LINE tells: durable before it is answered, handled after, by a sweeper if a crash came between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from kit.repeating import repeating
from kit.telemetry import log

from notify.acceptances import Acceptances
from notify.happenings.membership import Membership
from notify.happenings.store import Happening, LineEvents

SWEEP_SECONDS = 5.0
SWEEP_AFTER = timedelta(seconds=20)
MOST = 200
KNOWN = ("postback", "join", "leave", "memberJoined", "memberLeft", "follow", "unfollow")


class Happenings:
    """Presses go to the acceptances, comings and goings to the membership."""

    def __init__(self, webhooks: LineEvents, acceptances: Acceptances, membership: Membership) -> None:
        self._webhooks = webhooks
        self._acceptances = acceptances
        self._membership = membership
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
            await self._acceptances.on_press(happening)
        elif happening.group_id:
            await self._membership.on_group(happening, happening.group_id)
        elif happening.user_id:
            await self._membership.on_person(happening, happening.user_id)
