"""Group commit: what arrives while one write is in flight makes up the next one; no timer, so no wait when idle."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Full(Exception):
    """More is waiting than can be written soon: nothing durable can be promised now."""


class GroupCommit(Generic[Item, Answer]):
    """Callers of `add` share one durable write; each gets its own answer, or the error of the write."""

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, most: int = 500, waiting: int = 5_000
    ) -> None:
        self._write = write
        self._most = most
        self._waiting = waiting
        self._queue: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer:
        """The answer to `item` once its write is durable. Raises Full at once when too much waits."""
        if len(self._queue) >= self._waiting:
            raise Full
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((item, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        # The write goes on for the others when one caller leaves.
        return await asyncio.shield(answer)

    async def _drain(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[: self._most], self._queue[self._most :]
                await self._commit(batch)
        finally:
            self._writing = None

    async def _commit(self, batch: list[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._write([item for item, _ in batch])
        except Exception as error:  # every waiting caller is told
            for _, future in batch:
                future.set_exception(error)
                future.exception()
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
