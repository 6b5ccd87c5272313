"""Background work: repeated until its service stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from aiokafka.errors import KafkaError

from kit.mongo import DatabaseError
from kit.telemetry import log

AWAY = (DatabaseError, KafkaError, OSError)
SOON = 2.0
"""The longest pause, in seconds, after something it needs was away."""

Found = TypeVar("Found")
Act = Callable[[], Awaitable[bool | None]]
"""One turn; True when there is more to do, so that the next turn begins at once."""


async def found(look: Callable[[], Awaitable[Found | None]], looking: asyncio.Lock, *, every: float) -> Found:
    """What `look` finds, asked `every` seconds; of workers that share `looking` one asks, the others wait or work."""
    async with looking:
        while (there := await look()) is None:  # noqa: ASYNC110  other processes cannot set an event of ours
            await asyncio.sleep(every)
        return there


@asynccontextmanager
async def repeating(act: Act, *, name: str, every: float, woken: asyncio.Event | None = None) -> AsyncIterator[None]:
    """Repeat `act` in the background, `every` seconds apart or when `woken`, until the block is left.

    No error ends it: what is away is waited for, any other fault is logged as an error.
    """
    loop = asyncio.create_task(_repeat(act, name, every, woken or asyncio.Event()))
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.wait([loop])


async def _repeat(act: Act, name: str, every: float, woken: asyncio.Event) -> None:
    own = asyncio.current_task()
    assert own
    while not own.cancelling():  # also where an act swallowed it
        woken.clear()
        pause = every
        try:
            if await act():
                continue
        except AWAY as error:
            log.warning("repeating_waits", name=name, error=error)
            pause = min(every, SOON)
        except asyncio.CancelledError as error:
            if own.cancelling():
                raise
            log.error("repeating_failed", name=name, error=error)  # a task was cancelled that it waited for
        except Exception as error:  # noqa: BLE001 - logged; a loop that ends would go unnoticed until the next start
            log.error("repeating_failed", name=name, error=error)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await woken.wait()
