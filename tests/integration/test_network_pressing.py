"""Half, most and all of a task's time are told once each: by three replicas at once, and again after each restart."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kit import mongo
from kit.outbox import Outgoing
from network.book import Book
from network.days.store import Calendars
from network.tasks.pressing import Pressing
from network.tasks.store import Tasks

from tests.integration.network_life import taken
from tests.integration.network_stage import PROTECTION, Stage, stage
from tests.waiting import until

pytestmark = pytest.mark.real

DAYS = 10
REPLICAS = 3


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


class County:
    """Three replicas at a time that someone sets; what they publish, in order."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self.told: list[dict[str, Any]] = []
        self.published: list[str] = []

    async def wakes(self, at: datetime, replicas: int = REPLICAS) -> None:
        """So many replicas start, and tell what is to be told at once."""
        clients = [mongo.connect(self._env["mongo_url"]) for _ in range(replicas)]
        await asyncio.gather(*(self._tell(client, at) for client in clients))
        for client in clients:
            client.close()

    async def _tell(self, client: mongo.Client, at: datetime) -> None:
        book = Book(client, self._publish)
        database = mongo.database(client, self._env["database_prefix"] + "network")
        await Pressing(book, Tasks(book, database), Calendars(database), lambda: at).tell()
        await until(lambda: self._all_published(database["tasks"]))

    async def _publish(self, event: Outgoing) -> None:
        self.published.append(event.id)
        self.told.append(json.loads(event.data))

    async def _all_published(self, tasks: mongo.Collection) -> bool:
        waiting = [each["id"] async for task in tasks.find() for each in task.get("outbox", ())]
        return set(waiting) <= set(self.published)

    def steps(self, task: str) -> list[int]:
        return [event["step"] for event in self.told if event["task_id"] == task]


async def given(net: Stage, begins: datetime) -> str:
    id = await taken(net, clocks=())
    due_at = (begins + timedelta(days=DAYS)).isoformat()
    body = {"unit": PROTECTION, "what": "visit", "due_at": due_at}
    return str((await net.did(f"/v1/cases/{id}/tasks", body, PROTECTION))["id"])


async def test_each_step_is_told_once_whoever_is_awake_and_whoever_starts_again(
    net: Stage, settings_env: dict[str, str]
) -> None:
    begins, county = datetime.now(UTC), County(settings_env)
    task = await given(net, begins)
    all_of_it = [50, 80, 100]
    for days, told in ((4.9, []), (5.1, [50]), (7.9, [50]), (8.1, [50, 80]), (10.1, all_of_it), (400, all_of_it)):
        for _ in range(2):
            await county.wakes(begins + timedelta(days=days))
            assert county.steps(task) == told, days


async def test_after_a_pause_the_latest_step_alone_is_told(net: Stage, settings_env: dict[str, str]) -> None:
    begins, county = datetime.now(UTC), County(settings_env)
    task = await given(net, begins)
    for replicas in (REPLICAS, 1):
        await county.wakes(begins + timedelta(days=9), replicas)
        assert county.steps(task) == [80]
