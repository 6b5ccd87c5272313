"""Group commit: one write at a time, everyone answered, nobody left waiting."""

import asyncio
from collections.abc import Sequence

import pytest
from kit.group_commit import Full, GroupCommit


class Writes:
    def __init__(self, *, fail_on: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.running = 0
        self.fail_on = fail_on

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.running += 1
        assert self.running == 1, "two writes at once"
        await asyncio.sleep(0.01)
        self.running -= 1
        self.batches.append(list(items))
        if self.fail_on in items:
            raise OSError
        return [item * 10 for item in items]


async def test_what_arrives_during_a_write_shares_the_next_one_and_each_gets_its_own_answer() -> None:
    writes = Writes()
    commit = GroupCommit(writes)
    assert await asyncio.gather(*(commit.add(n) for n in range(50))) == [n * 10 for n in range(50)]
    assert sorted(n for batch in writes.batches for n in batch) == list(range(50))
    assert len(writes.batches) <= 2


async def test_a_batch_is_never_larger_than_it_may_be() -> None:
    writes = Writes()
    commit = GroupCommit(writes, most=8)
    await asyncio.gather(*(commit.add(n) for n in range(50)))
    assert max(map(len, writes.batches)) <= 8


async def test_a_failed_write_is_told_to_its_callers_and_the_next_write_goes_on() -> None:
    writes = Writes(fail_on=3)
    commit = GroupCommit(writes, most=5)
    answers = await asyncio.gather(*(commit.add(n) for n in range(10)), return_exceptions=True)
    assert all(isinstance(answer, OSError) for answer in answers[:5])
    assert answers[5:] == [n * 10 for n in range(5, 10)]


async def test_too_much_waiting_is_refused_at_once() -> None:
    commit = GroupCommit(Writes(), waiting=2)
    waiting = [asyncio.create_task(commit.add(n)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Full):
        await commit.add(3)
    assert await asyncio.gather(*waiting) == [0, 10]


async def test_a_caller_who_leaves_does_not_stop_the_write_of_the_others() -> None:
    writes = Writes()
    commit = GroupCommit(writes)
    first = asyncio.create_task(commit.add(1))
    second = asyncio.create_task(commit.add(2))
    await asyncio.sleep(0.001)
    first.cancel()
    assert await second == 20
    assert await commit.add(3) == 30
