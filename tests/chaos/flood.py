"""Every limit at once: what an adversary may send, by a program of its own that gives way to those who are measured.

`python -m tests.chaos.flood RUN_DIR SECONDS` attacks the stack of RUN_DIR on loopback, and stops by itself. Each kind
of attack keeps to a rate, for a machine that computes without a pause says how much of it there is and nothing of the
services: what is asked here is whether one client's excess is another client's wait.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.awkward_files import grid, workbook
from tests.e2e.county import read_stack

PEOPLE, NARRATIVE = 50, 20_000
HALF_OPEN, SLOW_BODIES, STREAMS = 400, 50, 100
MEGABYTE = b"x" * 2**20
PATIENCE = 20
Attack = Callable[[], Awaitable[str]]
"""One try; what it was answered, by its status, or how it ended."""


@dataclass
class Adversary:
    """One who has a key to send reports with, and a place on a board, and means ill; and one who has neither."""

    intake: str
    dispatch: str
    key: str
    officer: dict[str, str]
    http: httpx.AsyncClient
    done: dict[str, Counter[str]]

    def attacks(self) -> dict[str, tuple[float, Attack]]:
        """Each by its name: how often a second, and what."""
        return {
            "a head without an end": (4, lambda: self._pour(b"GET / HTTP/1.1\r\n", b"x: y\r\n" * 10_000, 40)),
            "an address without an end": (4, lambda: self._pour(b"GET /", MEGABYTE, 10)),
            "a body nobody reads": (1, lambda: self._pour(self._post(16 * 2**20), MEGABYTE, 16)),
            "requests sent ahead": (
                2,
                lambda: self._pour(b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 5_000, 10),
            ),
            "half a head": (HALF_OPEN / PATIENCE, lambda: self._hold(b"GET /healthz HTTP/1.1\r\nHost")),
            "a slow body": (SLOW_BODIES / PATIENCE, lambda: self._hold(self._post(200_000) + b"{", b" ")),
            "reports at their limit": (1, self._large_report),
            "a report too many": (4, self._wrong_report),
            "a workbook that unfolds": (0.5, self._workbook),
            "guesses at a password": (4, self._guess),
            "boards": (STREAMS / PATIENCE, self._board),
            "a page of fifty people": (1, self._page),
        }

    # --- without a key ---

    async def _pour(self, first: bytes, piece: bytes, pieces: int) -> str:
        reader, writer = await self._connect()
        # Read while it is sent: an answer that has come is lost with the connection, which ends under what follows.
        answer = asyncio.create_task(reader.read(2**16))
        try:
            with suppress(ConnectionError):
                for each in (first, *[piece] * pieces):
                    writer.write(each)
                    await writer.drain()
            return _status(await answer)
        finally:
            answer.cancel()
            writer.close()

    async def _hold(self, first: bytes, then: bytes = b"") -> str:
        reader, writer = await self._connect()
        try:
            writer.write(first)
            async with asyncio.timeout(2 * PATIENCE):
                answer = asyncio.create_task(reader.read())
                while then and not answer.done():
                    writer.write(then)
                    await asyncio.sleep(1)
                return _status(await answer)
        finally:
            writer.close()

    def _post(self, length: int) -> bytes:
        return b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        url = urlsplit(self.intake)
        return await asyncio.open_connection(url.hostname, url.port)

    async def _guess(self) -> str:
        form = {"username": self.officer["username"], "password": f"guess-{random.random()}"}
        return str((await self.http.post(f"{self.dispatch}/sign-in", data=form)).status_code)

    # --- with a key, or a place ---

    async def _large_report(self) -> str:
        return await self._send(large_report())

    async def _wrong_report(self) -> str:
        body = large_report()
        body["people"] *= 2
        return await self._send(body)

    async def _send(self, body: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid4())}
        return str((await self.http.post(f"{self.intake}/v1/reports", json=body, headers=headers)).status_code)

    async def _workbook(self) -> str:
        wide = workbook(grid(("a",)) | {"XFD1048576": "b"})
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid4()), "Content-Type": kind}
        return str((await self.http.post(f"{self.intake}/v1/batches", content=wide, headers=headers)).status_code)

    async def _board(self) -> str:
        async with self.http.stream("GET", f"{self.dispatch}/board/events") as told:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    async for _ in told.aiter_raw():
                        pass
            return str(told.status_code)

    async def _page(self) -> str:
        """The panel of a report with many people, by a reader who leaves before it is drawn, every other time."""
        rows = (await self.http.get(f"{self.dispatch}/board/rows")).text
        ids = [part.split('"', 1)[0] for part in rows.split('data-id="')[1:]]
        path = f"{self.dispatch}/board/reports/{random.choice(ids)}" if ids else self.dispatch
        return str((await self.http.get(path, timeout=random.choice((0.3, PATIENCE)))).status_code)


MEANT = {
    "a head without an end": {"431"}, "an address without an end": {"414"}, "a body nobody reads": {"401"},
    "requests sent ahead": {"200", "closed"}, "half a head": {"408", "closed"}, "a slow body": {"401", "408"},
    "reports at their limit": {"202", "429"}, "a report too many": {"422", "429"},
    "a workbook that unfolds": {"422", "413", "429"},
    "guesses at a password": {"401", "429"}, "boards": {"200"}, "a page of fifty people": {"200", "303", "ReadTimeout"},
}  # fmt: skip
"""How each may be answered; whoever goes on sending when the answer is there may lose it, and the connection."""
LOST = {"ConnectionResetError", "BrokenPipeError", "ReadError", "RemoteProtocolError"}


def unexpected(tries: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What was answered otherwise than it is meant to be, by attack; nothing where every limit held.

    An attack that never got its answer is told too: a service that drops everybody holds no limit.
    """
    odd = {
        name: {said: times for said, times in answers.items() if said not in MEANT[name] | LOST}
        for name, answers in tries.items()
    }
    silent = {name for name in MEANT if name != "requests sent ahead" and not MEANT[name] & {*tries.get(name, {})}}
    return {name: answers for name, answers in odd.items() if answers} | {name: {"never": 0} for name in silent}


def _status(answer: bytes) -> str:
    return answer[9:12].decode() if answer else "closed"


def large_report() -> dict[str, Any]:
    """As many people, and as much told of them, as the contract allows; all made up, and all of one name but a sign."""
    house = {"county": "chiayi-county", "township": "民雄鄉"}
    people = [
        {"role": "household_member" if number else "subject", "name": f"林{chr(0x4E00 + number)}", "residence": house,
         "phones": [f"09{random.randint(0, 10**8 - 1):08d}" for _ in range(10)]}
        for number in range(PEOPLE)
    ]  # fmt: skip
    event = {"narrative": ("持刀威脅，林小美在場。" * NARRATIVE)[:NARRATIVE], "place": house, "kinds": ["violence"]}
    return {"case_type": "adult_protection", "county": "chiayi-county", "known_at": datetime.now(UTC).isoformat(),
            "people": people, "event": event}  # fmt: skip


async def attack(stack: dict[str, Any], seconds: float) -> dict[str, Counter[str]]:
    """How each was answered, and how often."""
    key, officer = next(iter(stack["agencies"].values()))["key"], stack["officers"]["supervisor"]
    many = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=many, trust_env=False) as http:
        await http.post(f"{stack['dispatch']}/sign-in", data=officer)
        by = Adversary(stack["intake"], stack["dispatch"], key, officer, http, {})
        async with asyncio.TaskGroup() as tried:
            for name, (rate, act) in by.attacks().items():
                tried.create_task(_at_a_rate(by, name, act, rate, seconds))
    return by.done


async def _at_a_rate(by: Adversary, name: str, act: Attack, rate: float, seconds: float) -> None:
    ends = time.monotonic() + seconds
    async with asyncio.TaskGroup() as acts:
        while time.monotonic() < ends:
            acts.create_task(_once(act, by.done.setdefault(name, Counter())))
            await asyncio.sleep(1 / rate)


async def _once(act: Attack, done: Counter[str]) -> None:
    try:
        done[await act()] += 1
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        done[type(error).__name__] += 1


def give_way() -> None:
    """Take what others leave. Linux weighs sessions against each other (sched_autogroup), and niceness within one."""
    os.nice(19)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("19", "ascii")


if __name__ == "__main__":
    give_way()
    print(json.dumps(asyncio.run(attack(read_stack(Path(sys.argv[1])), float(sys.argv[2])))))
