"""Waiting for something to come true, instead of for a time to pass."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any


async def until(look: Callable[[], Any | Awaitable[Any]], seconds: float = 60, *, every: float = 0.02) -> Any:
    """What `look` finds, once it finds something. Raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (found := await answer if isawaitable(answer := look()) else answer):
            await asyncio.sleep(every)
        return found
