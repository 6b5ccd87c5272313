"""A test that measures time is marked `alone`: no other worker runs a test meanwhile."""

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / ".cache"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around all that belongs to a test, the making of what modules share too."""
    with place(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def place(*, alone: bool) -> Iterator[None]:
    """A place in the room where tests run. Who waits to be alone holds the door, so that nobody comes in before."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "tests.room").open("w") as room:
        with (CACHE / "tests.door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
