"""Gathering the rows of lists into households: rows a second, memory, and the screening page among few and many.

`python -m stack exec -- python -m tests.load.gathering [ROWS]` (200,000 unless told), or with MONGO_URL given. One row
in three names somebody who is on another list. What is measured is the whole of `Handlers.on_entries`, a batch at a
time: those known read, gathered, written with what is owed.
"""

import asyncio
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any
from uuid import uuid4

from contracts.roles import Caller
from kit import mongo
from kit.inbox import Received, Record
from network.access import Scope
from network.book import Book
from network.clock import now
from network.rosters.handlers import Handlers
from network.rosters.store import Households, Sought
from network.tasks.store import Tasks

from tests.integration.network_rosters import COUNTY, listed

ROWS = 200_000
AT_ONCE = 500
LISTS = ("social_assistance", "disability_needs", "psychiatric_care", "under_six")
LOOKS = 30


def rows(count: int) -> Iterator[Received[Any]]:
    """So many rows, of two people in three as many: every third is somebody who was on the list before."""
    for number in range(count):
        person = number if number % 3 else number // 3
        event = listed(f"e{number}", f"id:{person}", roster=LISTS[number % 4], entry={"village": f"村{number % 300}"})
        yield Received(event.entry_id, event, {}, Record("rosters", 0, number, None, None, {}))


def megabytes() -> float:
    """The most memory that this process ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


async def bench(url: str, count: int = ROWS) -> dict[str, Any]:
    """Figures of one run in a database of its own, which is dropped."""
    client = mongo.connect(url)
    name = f"gathering{uuid4().hex[:8]}"
    database = mongo.database(client, name)
    try:
        book = Book(client, _nothing)
        tasks = Tasks(book, database)
        households = Households(book, database, tasks)
        for each in (tasks, households):
            await each.prepare()
        return await _measured(Handlers(households), households, count)
    finally:
        await client.drop_database(name)
        client.close()


async def _measured(handlers: Handlers, households: Households, count: int) -> dict[str, Any]:
    tenth = max(count // 10, 1)
    found: dict[str, float] = {"rows": count}
    began, done = time.perf_counter(), 0
    coming = rows(count)
    while batch := list(islice(coming, AT_ONCE)):
        await handlers.on_entries(batch)
        done += len(batch)
        if done >= tenth and "mb_at_a_tenth" not in found:
            found |= {"mb_at_a_tenth": megabytes(), "page_ms_at_a_tenth": await _page(households)}
            slow = time.perf_counter() - began
            found["rows_a_second_first_tenth"] = round(done / slow)
    found["rows_a_second"] = round(count / (time.perf_counter() - began))
    found |= {"mb": megabytes(), "page_ms": await _page(households)}
    found["households"] = await households.count(_everyone(), Sought(now()))
    return found


async def _page(households: Households) -> float:
    """The median of a page of a hundred that are overdue in one township, in milliseconds."""
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await households.find(_everyone(), Sought(now(), COUNTY, state="overdue", township="民雄鄉"), None, 100)
        times.append(time.perf_counter() - began)
    return round(median(times) * 1000, 1)


def _everyone() -> Scope:
    return Scope.of(Caller("a", "supervisor", frozenset({COUNTY})))


async def _nothing(*_: Any) -> None:
    """Nobody hears of it here."""


if __name__ == "__main__":
    told = asyncio.run(bench(os.environ["MONGO_URL"], int(sys.argv[1]) if sys.argv[1:] else ROWS))
    for what, figure in told.items():
        print(f"{what:28} {figure}")
