"""Replays in the background: one at a time in each process, seen from every replica, stopped with the service."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from kit.mongo import DatabaseError
from kit.problems import Conflict, Unprocessable
from kit.processes import beside
from kit.telemetry import log

from dispatch.domain.period import Period
from dispatch.domain.report.actor import Actor
from dispatch.publishing.drafts import Draft, Replay
from dispatch.publishing.store import Tables

LONGEST = timedelta(days=366)
PATIENCE = 600.0
"""Seconds after which a replay is given up; a year of a large county takes under a minute."""
SILENT = timedelta(seconds=30)
"""A replay that has been silent for this long died with its replica."""
BEAT = 5.0
_LINE = 4 * 1024 * 1024


class Replays:
    """Starts replays and keeps what they say; `mongo_url` and `database` are where the reports are."""

    def __init__(self, tables: Tables, mongo_url: str, database: str, now: Callable[[], datetime]) -> None:
        self._tables = tables
        self._where = {"mongo_url": mongo_url, "database": database}
        self._now = now
        self._one = asyncio.Semaphore(1)
        self._running: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Stops what still runs at the end."""
        try:
            yield
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def start(self, draft: Draft, period: Period, by: Actor) -> str:
        """Replay a period under a draft's text in the background; the replay's id. Raises Unprocessable or Conflict."""
        if not timedelta() <= period.last - period.first <= LONGEST:
            raise Unprocessable("Choose a period of at most a year, its first day first.", "請選一年以內的期間。")
        if (last := await self._tables.replay_of(draft["_id"])) and is_running(last, self._now()):
            raise Conflict("A replay of this draft is running; wait for it.", "此草案正在重跑，請稍候。")
        now, id = self._now(), uuid4().hex
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        await self._tables.add_replay(
            {"_id": id, "draft": draft["_id"], "revision": draft["revision"], "county": period.county,
             "by": by.username, "name": by.name, "started_at": now, "seen_at": now, "state": "running",
             "done": 0, "of": None, "result": None, "first": days["first"], "last": days["last"]}
        )  # fmt: skip
        job = self._where | days | {"text": draft["text"], "county": period.county}
        task = asyncio.create_task(self._run(id, job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return id

    async def _run(self, id: str, job: dict[str, Any]) -> None:
        beating = asyncio.create_task(self._beat(id))
        try:
            async with self._one, asyncio.timeout(PATIENCE):
                await self._replay(id, job)
        except asyncio.CancelledError:
            await asyncio.shield(self._failed(id, "stopped"))
            raise
        except (TimeoutError, OSError, ValueError, DatabaseError) as error:
            log.error("replay_failed", error=error)
            await self._failed(id, "too_long" if isinstance(error, TimeoutError) else "broken")
        finally:
            beating.cancel()

    async def _failed(self, id: str, why: str) -> None:
        await self._tables.note_replay(id, self._now(), state="failed", why=why)

    async def _beat(self, id: str) -> None:
        """Says that a replay that waits for its turn is alive."""
        while True:
            await asyncio.sleep(BEAT)
            await self._tables.note_replay(id, self._now())

    async def _replay(self, id: str, job: dict[str, Any]) -> None:
        """Raises ValueError when the process ends without a result."""
        async with beside((sys.executable, "-m", "dispatch.publishing.replay_process"), limit=_LINE) as process:
            await process.tell(json.dumps(job).encode())
            process.tell_no_more()
            async for line in process.stdout:
                told = json.loads(line)
                if "result" in told:
                    await self._tables.note_replay(id, self._now(), state="done", result=told["result"])
                else:
                    await self._tables.note_replay(id, self._now(), **told)
            if code := await process.wait():
                raise ValueError(f"the replay's process ended with {code}")


def is_running(replay: Replay, now: datetime) -> bool:
    """Whether something was heard of a replay lately and it has no result."""
    return bool(replay["state"] == "running" and now - replay["seen_at"] < SILENT)
