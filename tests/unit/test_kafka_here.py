"""The Kafka that stages use keeps what services rely on: a batch comes until it is handled, and no more."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from contracts.calendar import CalendarChanged
from contracts.event import Envelope, Event
from contracts.topics import CALENDAR
from kit.inbox import Received
from pymongo.errors import ConnectionFailure

from tests.kafka_here import LOGS, KafkaHere, Producer, has_taken

PREFIX = "here."


@pytest.fixture
def taken() -> Iterator[list[int]]:
    yield []
    LOGS.pop(PREFIX, None)


def reader(taken: list[int], *, away: int = 0) -> KafkaHere:
    """One that notes which versions it was given; the first `away` times its database does not answer."""
    failing = [ConnectionFailure("away")] * away

    async def note(batch: Sequence[Received[Event]]) -> None:
        if failing:
            raise failing.pop()
        taken.extend(each.event.version for each in batch if isinstance(each.event, CalendarChanged))

    made = KafkaHere("dispatch", PREFIX)
    made.read({CALENDAR: note})
    return made


async def tell(*versions: int) -> None:
    for version in versions:
        event = CalendarChanged(county="chiayi-county", version=version, days=())
        one = Envelope.of(event, id=str(uuid4()), source="/test", time=datetime.now(UTC), trace={})
        headers = [(name, value.encode()) for name, value in one.headers().items()]
        await Producer(PREFIX).send(PREFIX + CALENDAR.name, one.data, one.subject.encode(), headers)


async def test_a_batch_comes_until_it_is_handled(taken: list[int]) -> None:
    await tell(1, 2)
    async with reader(taken, away=2).running([], []):
        await has_taken(PREFIX, "dispatch", [CALENDAR])
    assert taken == [1, 2]


async def test_a_reader_that_comes_back_goes_on_where_it_was(taken: list[int]) -> None:
    async with reader(taken).running([], []):
        await tell(1)
        await has_taken(PREFIX, "dispatch", [CALENDAR])
    await tell(2)
    async with reader(taken).running([], []):
        await tell(3)
        await has_taken(PREFIX, "dispatch", [CALENDAR])
    assert taken == [1, 2, 3]


async def test_what_nobody_can_read_is_set_aside_and_its_neighbours_are_not(taken: list[int]) -> None:
    await Producer(PREFIX).send(PREFIX + CALENDAR.name, b"{", None, [("ce_type", b"calendar.changed"), ("ce_id", b"1")])
    await tell(2)
    async with reader(taken).running([], []):
        await has_taken(PREFIX, "dispatch", [CALENDAR])
    assert taken == [2]
    assert len(LOGS[PREFIX].records[PREFIX + CALENDAR.dead_letters("dispatch")]) == 1
