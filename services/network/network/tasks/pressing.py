"""Tells 50, 80 and 100 hundredths of every open task's time, once each, whichever replica is awake."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.cases import CaseId
from contracts.event import Envelope, derived_id
from contracts.tasks import TaskPressing
from kit.mongo import Session
from kit.telemetry import carried
from rules.calendars import NATIONAL, Calendar

from network.book import Book, Saved
from network.clock import SOURCE, now
from network.days.store import Calendars
from network.tasks.domain.task import STEPS, Task, following, pressed
from network.tasks.store import Tasks

EVERY = 1.0
MOST = 200


class Pressing:
    """Runs in the background of every replica: two that tell the same step conflict, and one of them tells it."""

    def __init__(self, book: Book, tasks: Tasks, calendars: Calendars, clock: Callable[[], datetime] = now) -> None:
        self._book = book
        self._tasks = tasks
        self._calendars = calendars
        self._clock = clock

    async def tell(self) -> None:
        """Tell every step that is due, and make the next of each recurring task that was missed."""
        while await self._tell_some(self._clock()) == MOST:
            pass

    async def _tell_some(self, at: datetime) -> int:
        told: list[Task] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            told[:] = [pressed(task, at) for task in await self._tasks.pressing(at, MOST, session)]
            if not told:
                return ()
            events = [_pressing(task, at) for task in told]
            days = await self._calendars.by_county(session)
            changed = [each for task in told for each in _with_next(task, days.get(task.county, NATIONAL))]
            return [await self._tasks.write(changed, events, at=at, session=session)]

        await self._book.change(attempt)
        return len(told)


def _with_next(task: Task, days: Calendar) -> Iterator[Task]:
    more = following(task, days) if task.pressed == STEPS[-1] else None
    yield replace(task, followed=True) if more else task
    if more:
        yield more


def _pressing(task: Task, at: datetime) -> Envelope:
    assert task.due_at, "only what is due presses"
    event = TaskPressing(
        task_id=task.id, county=task.county, case_id=CaseId(task.case_id) if task.case_id else None, what=task.what,
        unit=task.unit, about=task.because.id, step=task.pressed, due_at=task.due_at, pressing_at=at,
    )  # fmt: skip
    id = derived_id("network", task.id, f"{task.pressed}:{task.due_at.isoformat()}")
    return Envelope.of(event, id=id, source=SOURCE, time=at, trace=carried())
