"""Moves what is owed in working days when a county says something of its days, whichever replica is awake."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from network.clock import now
from network.days.store import Calendars, Kept

EVERY = 1.0
SETTLED = timedelta(minutes=1)
"""For so long after a calendar came what it moves is looked at again: a batch may be at work with the one before."""


class Moving:
    """Looks at what a county owes when its calendar changed, and once when the process starts.

    `count` counts anew what may have moved. When something is due follows from the calendar alone, so that a repeat,
    another replica or a crash half way changes nothing that is done already.
    """

    def __init__(
        self, calendars: Calendars, count: Callable[[Kept, datetime], Awaitable[None]],
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self._calendars = calendars
        self._count = count
        self._clock = clock
        self._done: dict[str, int] = {}

    async def move(self) -> None:
        """Count anew whatever may have moved since this was called last."""
        for kept in await self._calendars.kept():
            fresh = self._clock() - kept.at < SETTLED
            if fresh or self._done.get(kept.county) != kept.days.version:
                await self._count(kept, self._clock())
                self._done[kept.county] = kept.days.version
