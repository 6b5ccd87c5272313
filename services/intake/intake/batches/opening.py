"""Opens workbooks in a process of their own, with bounds of memory and time: one that is a trap harms nobody else."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from kit.problems import Problem, TooLarge, Unprocessable
from kit.processes import Beside, beside

from intake.batches.headings import Template
from intake.rules import data

SECONDS = 120
PIECE = 256 * 1024
_PROGRAM = (sys.executable, "-m", "intake.batches.sheets")
_PASSED_ON = ("PATH", "PYTHONPATH")
"""No more of the environment: keys are in it, and a workbook comes from outside."""


@dataclass(frozen=True)
class Opened:
    """The sheet of a workbook that holds the rows, the row of its headings, the headings, and the rows as bytes."""

    sheet: int
    line: int
    headings: list[str]
    rows: AsyncIterator[bytes]


class Opener:
    """Opens one workbook at a time: others wait, since each may take all the memory that is allowed."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def opened(self, workbook: AsyncIterator[bytes], template: Template) -> AsyncIterator[Opened]:
        """Raises Unprocessable or TooLarge for a workbook that cannot be used."""
        async with self._turn, _running() as process:
            try:
                async with asyncio.timeout(SECONDS):
                    await _feed(process, workbook, template)
                    first = await process.stdout.readline()
                    if not first:
                        raise await _refusal(process, template)
                    yield Opened(**json.loads(first), rows=_rest(process, template))
            except TimeoutError:
                raise refused("workbook_too_large") from None


def _running() -> AbstractAsyncContextManager[Beside]:
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return beside(_PROGRAM, env=env, limit=PIECE, errors=True)


async def _feed(process: Beside, workbook: AsyncIterator[bytes], template: Template) -> None:
    # It may end before it has read everything: what it says then is the answer.
    with suppress(ConnectionError):
        await process.tell(json.dumps(sorted(template.known)).encode() + b"\n")
        async for piece in workbook:
            await process.tell(piece)
        process.tell_no_more()


async def _rest(process: Beside, template: Template) -> AsyncIterator[bytes]:
    while piece := await process.stdout.read(PIECE):
        yield piece
    if await process.wait():
        raise await _refusal(process, template)


async def _refusal(process: Beside, template: Template) -> Problem:
    """What the process said before it ended; when it was ended, the workbook wanted too much of something."""
    told = (await process.stderr.read()).decode()
    await process.wait()
    said: dict[str, Any] = json.loads(told) if told.startswith("{") else {"code": "workbook_too_large", "where": {}}
    return refused(said["code"], template=template.path, **said["where"])


def refused(code: str, **where: str) -> Problem:
    """The problem of a file that cannot be used at all: what is wrong, where, and how to mend it."""
    words = data("files")[code]
    en, zh = (words[language].format(**where) for language in ("en", "zh"))
    kind = TooLarge if words.get("status") == TooLarge.status else Unprocessable
    return kind(en, zh, errors=[{"at": "", "code": code, "en": en, "zh": zh}])
