"""Background work: repeated until its service leaves, at once when there is more, whatever happens in between."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from aiokafka.errors import KafkaConnectionError
from kit.mongo import DatabaseError
from kit.repeating import found, repeating
from structlog.testing import capture_logs

HOUR = 3600.0


class Turns:
    """Acts as it is told, turn by turn, and then sets `over`; further turns do nothing."""

    def __init__(self, *turns: bool | Exception | None) -> None:
        self._turns: Iterator[bool | Exception | None] = iter(turns)
        self.taken = 0
        self.over = asyncio.Event()

    async def __call__(self) -> bool | None:
        turn = next(self._turns, self)
        if turn is self:
            self.over.set()
            return None
        self.taken += 1
        if isinstance(turn, Exception):
            raise turn
        assert not isinstance(turn, Turns)
        return turn


async def test_an_act_is_repeated_while_its_service_runs() -> None:
    turns = Turns(None, None, False)
    async with repeating(turns, name="turns", every=0.001):
        await turns.over.wait()
    assert turns.taken == 3


async def test_while_there_is_more_to_do_nothing_is_waited_for() -> None:
    turns = Turns(True, True)
    async with repeating(turns, name="turns", every=HOUR):
        await turns.over.wait()
    assert turns.taken == 2


async def test_woken_it_begins_at_once() -> None:
    turns, woken, waiting = Turns(None), asyncio.Event(), asyncio.Event()

    async def act() -> None:
        await turns()
        waiting.set()

    async with repeating(act, name="turns", every=HOUR, woken=woken):
        await waiting.wait()
        assert not turns.over.is_set()
        woken.set()
        await turns.over.wait()


@pytest.mark.parametrize("away", [DatabaseError(), KafkaConnectionError(), OSError(), TimeoutError()])
async def test_what_is_away_is_waited_for(away: Exception) -> None:
    turns = Turns(away, None)
    with capture_logs() as logged:
        async with repeating(turns, name="turns", every=0.001):
            await turns.over.wait()
    assert logged == [{"event": "repeating_waits", "log_level": "warning", "name": "turns", "error": away}]


async def test_a_fault_is_logged_as_one_and_does_not_end_the_work() -> None:
    turns = Turns(KeyError("at"), None)
    with capture_logs() as logged:
        async with repeating(turns, name="turns", every=0.001):
            await turns.over.wait()
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("repeating_failed", "error")]


async def test_a_service_that_leaves_takes_its_work_along() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def act() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with repeating(act, name="endless", every=HOUR):
        await begun.wait()
    assert cancelled.is_set()


async def test_of_workers_that_share_a_lock_one_looks_and_each_find_is_one_workers() -> None:
    at_once, most, looks = 0, 0, 0
    there: list[str] = []
    looked = asyncio.Event()

    async def look() -> str | None:
        nonlocal at_once, most, looks
        at_once, looks = at_once + 1, looks + 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        if looks >= 20:
            looked.set()
        return there.pop() if there else None

    looking = asyncio.Lock()
    workers = [asyncio.create_task(found(look, looking, every=0)) for _ in range(5)]
    await looked.wait()
    assert (most, [each.done() for each in workers]) == (1, [False] * 5)
    there += ["one", "two", "three", "four", "five"]
    async with asyncio.timeout(30):
        assert sorted(await asyncio.gather(*workers)) == ["five", "four", "one", "three", "two"]


async def test_a_task_that_was_cancelled_elsewhere_ends_no_repeating() -> None:
    turns = Turns(None)

    async def act() -> None:
        await turns()
        if turns.taken == 1 and not turns.over.is_set():
            other = asyncio.create_task(asyncio.sleep(HOUR))
            other.cancel()
            await other

    with capture_logs() as logs:
        async with repeating(act, name="turns", every=0.001):
            await turns.over.wait()
    assert [each["event"] for each in logs] == ["repeating_failed"]


async def test_an_act_that_swallows_its_cancellation_holds_no_leaving_up() -> None:
    begun = asyncio.Event()

    async def act() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(HOUR)

    async with asyncio.timeout(20), repeating(act, name="turns", every=0):
        await begun.wait()
