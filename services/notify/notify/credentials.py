"""The channel access token: where it comes from, and a new one when LINE refuses the old, without a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Protocol

EARLY = 120.0
"""A stateless token is renewed so many seconds before it ends: LINE gives it 15 minutes."""


class NoToken(Exception):
    """There is no token to send with; `status` is LINE's answer when it refused to give one, 0 without an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"no token ({status})")
        self.status = status


class Credentials(Protocol):
    """The token to send with; another one than LINE has just `refused`, if there is another."""

    async def token(self, refused: str | None = None) -> str: ...


class Fixed:
    """A token from the environment: a new one needs a restart."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, refused: str | None = None) -> str:
        return self._token


class FromFile:
    """A token in a file, such as a mounted secret: read at the start, and again when LINE refuses what it held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = ""

    async def token(self, refused: str | None = None) -> str:
        if refused is not None or not self._token:
            self._token = (await asyncio.to_thread(self._path.read_text, "utf-8")).strip()
        return self._token


Ask = Callable[[], Awaitable[tuple[str, float]]]
"""Asks LINE for a token; it and its life in seconds. Raises NoToken."""


class Stateless:
    """LINE's stateless tokens: 15 minutes, as many as one likes, for the channel's id and secret."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._asking = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def token(self, refused: str | None = None) -> str:
        async with self._asking:
            if self._token in ("", refused) or self._clock() >= self._ends - EARLY:
                began = self._clock()
                self._token, life = await self._ask()
                self._ends = began + life
        return self._token
