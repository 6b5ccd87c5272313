"""Tells somebody outside that escalations run: the ping that stays away is the alarm, whatever else is dead here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from kit.repeating import repeating
from kit.telemetry import log
from kit.tls import authorities

from notify.escalation.store import Runs

EVERY = 60.0
SECONDS = 10.0


@dataclass(frozen=True)
class Heartbeat:
    """`url` is asked (GET) after each look that found no step late; without one nobody watches from outside."""

    runs: Runs
    url: str

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self.url:
            yield
            return
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(ssl=authorities())) as http:

            async def beat() -> None:
                await self.beat(http)

            async with repeating(beat, name="heartbeat", every=EVERY):
                yield

    async def beat(self, http: aiohttp.ClientSession) -> None:
        _, late = await self.runs.figures(datetime.now(UTC))
        if late:
            log.error("no_heartbeat", number=late)
            return
        async with http.get(self.url, allow_redirects=False) as answer:
            if answer.status >= 300:
                log.warning("heartbeat_not_taken", status=answer.status)
