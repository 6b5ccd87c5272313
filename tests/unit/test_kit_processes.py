"""A program beside a service: told, heard, ended, and started without a copy of the service's memory."""

import asyncio
import os
import sys

import pytest
import uvloop
from kit.processes import beside

ECHO = (sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1]); sys.stderr.write('said'); sys.exit(3)")
FOR_EVER = (sys.executable, "-c", "import time; time.sleep(1000)")
FORKED: list[int] = []
os.register_at_fork(before=lambda: FORKED.append(os.getpid()))


async def echoed() -> tuple[bytes, bytes, int]:
    async with beside(ECHO, limit=1000, errors=True) as program:
        await program.tell(b"told")
        program.tell_no_more()
        return await program.stdout.read(), await program.stderr.read(), await program.wait()


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def test_a_program_is_told_and_heard_and_nothing_is_forked(run: object) -> None:
    FORKED.clear()
    assert callable(run)
    assert run(echoed()) == (b"dlot\n", b"said", 3)
    assert FORKED == [], "a fork copies the tables of all the service's memory, and its loop stands still"


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def test_a_program_ends_with_who_leaves_it(run: object) -> None:
    async def left() -> int:
        async with beside(FOR_EVER, limit=1000) as program:
            waiting = asyncio.create_task(program.wait())
            await asyncio.sleep(0)
        return await waiting

    assert callable(run)
    assert run(left()) == -9


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def test_who_tells_a_program_that_has_ended_hears_so(run: object) -> None:
    async def told() -> None:
        async with beside((sys.executable, "-c", "pass"), limit=1000) as program:
            await program.wait()
            for _ in range(1_000):
                await program.tell(b"x" * 65_536)

    assert callable(run)
    with pytest.raises(ConnectionError):
        run(told())
