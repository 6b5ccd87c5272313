"""Intake without group commit, only to measure what that is worth: each report in durable writes of its own.

`python -m tests.load.alone` serves it as `python -m intake` does.
"""

from typing import TypeVar

from intake import handlers
from intake.cli import cli
from kit.group_commit import GroupCommit

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Alone(GroupCommit[Item, Answer]):
    """Nobody waits for anybody, and nobody shares."""

    async def add(self, item: Item) -> Answer:
        (answer,) = await self._write([item])
        return answer


if __name__ == "__main__":
    vars(handlers)["GroupCommit"] = Alone
    cli()
