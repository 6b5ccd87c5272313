"""Waiting for something to come true, instead of for a time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

SELDOM = 0.25
"""Seconds between two looks, however long it takes."""


async def until(look: Callable[[], Any | Awaitable[Any]], seconds: float = 120, *, every: float = 0.02) -> Any:
    """What `look` finds, once it finds something. Raises TimeoutError after `seconds`.

    The longer it takes, the more seldom it looks, and is at most an eighth late: a look takes from what is waited for.
    """
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not (found := await answer if isawaitable(answer := look()) else answer):
            await asyncio.sleep(max(every, min((time.monotonic() - began) / 8, SELDOM)))
        return found
