"""Looks again at enrolments of which something changes by itself, whichever replica is awake."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from network.clock import now
from network.days.store import Kept
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.grammar import Programme
from network.programmes.store import Enrolments
from network.tasks.store import Tasks

EVERY = 1.0
MOST = 100


class Waking:
    """Runs in the background of every replica: what is owed follows from what happened and the time alone, so that a
    repeat, or two at once, change nothing that is done already."""

    def __init__(
        self, enrolments: Enrolments, tasks: Tasks, of: Callable[[Enrolment], Awaitable[Programme]],
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self._enrolments = enrolments
        self._tasks = tasks
        self._of = of
        self._clock = clock

    async def wake(self) -> bool:
        """Those whose time has come. True for more to do."""
        due = await self._enrolments.waking(self._clock(), MOST)
        for id in due:
            await self._enrolments.look_again(id, self._of, at=self._clock())
        return len(due) == MOST

    async def count(self, kept: Kept, at: datetime) -> None:
        """Those of a county that said something of its days."""
        owed = await self._tasks.in_working_days(kept.county, kept.days.told[0].told_at)
        for id in dict.fromkeys(task.because.id for task in owed if task.because.kind == "stage"):
            await self._enrolments.look_again(id, self._of, at=at)
