"""Open boards on one replica: how late a report is on each, and what a board costs, from a few boards to 500.

Part of `make bench`; a client of raw sockets, so that what is measured is the server.
"""

import asyncio
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table
from simulator.load import singles

from tests.e2e.county import COUNTY, County, read_stack
from tests.load.floors import cpu_seconds

RATE = 20
"""Reports a second."""
COUNTS = (50, 200, 500)
SETTLES = 30.0
"""Seconds after which a report that a board has not heard of counts as missed."""
_ROW = re.compile(rb'data-id="([0-9a-f-]{36})"')

Post = Callable[[], Awaitable[str]]
"""Posts one report and gives its id."""
Decided = Callable[[Sequence[str]], Awaitable[Mapping[str, float]]]
"""When each report was decided (Unix time)."""


@dataclass
class Board:
    """One open board: when it first heard of each report, on this process's clock."""

    heard: dict[str, float] = field(default_factory=dict)
    bytes: int = 0

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Read until the stream ends. A row that lies across two reads is found in the second."""
        rest = b""
        while part := await reader.read(1 << 16):
            now, self.bytes, text = time.time(), self.bytes + len(part), rest + part
            for found in _ROW.findall(text):
                self.heard.setdefault(found.decode(), now)
            rest = text[-64:]


@dataclass(frozen=True)
class Cost:
    """What so many open boards cost the replica: CPU in percent of one core, memory in MiB, lags in ms.

    Lags are from posting to the open board; `board_p99_ms` is from the decision on: the part that is the board's own.
    """

    boards: int
    reports: int
    missed: int
    lag_p50_ms: float
    lag_p99_ms: float
    board_p99_ms: float
    cpu_percent: float
    memory_mib: float
    bytes_each: float


async def sign_in(url: str, username: str, password: str) -> str:
    """The Cookie header of someone who has just signed in."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        answer = await http.post("/sign-in", data={"username": username, "password": password})
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        return "; ".join(f"{name}={value}" for name, value in http.cookies.items())


@asynccontextmanager
async def opened(url: str, cookie: str, count: int, county: str = COUNTY) -> AsyncIterator[list[Board]]:
    """So many boards that listen: each was told to look, and hears of all that changes from then on."""
    where, boards = urlsplit(url), [Board() for _ in range(count)]
    head = f"GET /board/events?county={county} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookie}\r\n\r\n"
    streams = [await asyncio.open_connection(where.hostname, where.port, limit=1 << 20) for _ in boards]
    for _, writer in streams:
        writer.write(head.encode())
    for reader, _ in streams:
        status = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in status.split(b"\r\n", 1)[0], status
        await reader.readuntil(b"event: reset")
    following = [asyncio.create_task(board.follow(reader)) for board, (reader, _) in zip(boards, streams, strict=True)]
    try:
        yield boards
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for _, writer in streams:
            writer.close()


async def at_rate(post: Post, seconds: float, rate: float = RATE) -> dict[str, float]:
    """Post at a steady rate; when each report was posted, by id."""
    posted: dict[str, float] = {}

    async def one() -> None:
        began = time.time()
        posted[await post()] = began

    began, posts = time.perf_counter(), []
    for number in range(round(seconds * rate)):
        posts.append(asyncio.create_task(one()))
        await asyncio.sleep(max(0, began + (number + 1) / rate - time.perf_counter()))
    await asyncio.gather(*posts)
    return posted


async def cost(url: str, cookie: str, pid: int, post: Post, decided: Decided, *, boards: int, seconds: float) -> Cost:
    """Open the boards, post, and compare what each heard with what was posted."""
    async with opened(url, cookie, boards) as listening:
        await asyncio.sleep(1)
        before, began, bytes = cpu_seconds(pid), time.perf_counter(), sum(each.bytes for each in listening)
        posted = await at_rate(post, seconds)
        spent, elapsed = cpu_seconds(pid) - before, time.perf_counter() - began
        received = sum(each.bytes for each in listening) - bytes
        await _all_heard(listening, posted)
        lags, own = [_lags(listening, since) for since in (posted, await decided(list(posted)) if boards else {})]
        missed = sum(id not in each.heard for each in listening for id in posted)
    return Cost(
        boards, len(posted), missed, _at(lags, 0.5), _at(lags, 0.99), _at(own, 0.99),
        spent / elapsed * 100, _resident_mib(pid),
        received / max(1, boards),
    )  # fmt: skip


async def _all_heard(boards: Sequence[Board], posted: Mapping[str, float]) -> None:
    ends = time.perf_counter() + SETTLES
    while any(posted.keys() - board.heard.keys() for board in boards) and time.perf_counter() < ends:
        await asyncio.sleep(0.1)


def _lags(boards: Sequence[Board], since: Mapping[str, float]) -> list[float]:
    return sorted(each.heard[id] - at for each in boards for id, at in since.items() if id in each.heard)


def _at(lags: Sequence[float], share: float) -> float:
    return lags[min(len(lags) - 1, int(len(lags) * share))] * 1e3 if lags else 0.0


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def measured(
    stack: dict[str, Any], post: Post, decided: Decided, *, counts: Sequence[int], seconds: float
) -> list[dict[str, Any]]:
    """The cost at each number of boards; `per_board` is CPU beyond that of no board, a board, in percent of a core."""
    officer = stack["officers"]["supervisor"]
    cookie = await sign_in(stack["dispatch"], officer["username"], officer["password"])
    rows: list[dict[str, Any]] = []
    for boards in (0, *counts):
        pid = stack["pids"]["dispatch"]
        found = await cost(stack["dispatch"], cookie, pid, post, decided, boards=boards, seconds=seconds)
        base = rows[0]["cpu_percent"] if rows else found.cpu_percent
        rows.append(asdict(found) | {"per_board": (found.cpu_percent - base) / max(1, boards)})
    return rows


def poster(stack: dict[str, Any], http: httpx.AsyncClient) -> Post:
    """Posts reports to intake as the county's agencies do."""
    drafts = cycle(singles(2_000, datetime.now(UTC), secrets.randbelow(1 << 30)))

    async def post() -> str:
        source, body = next(drafts)
        fresh = body | {"sender_ref": secrets.token_hex(12)}
        headers = {"Authorization": f"Bearer {stack['agencies'][source]['key']}", "Connection": "close"}
        answer = await http.post(stack["intake"] + "/v1/reports", json=fresh, headers=headers)
        answer.raise_for_status()
        return str(answer.json()["report_id"])

    return post


async def bench(run_dir: Path, *, counts: Sequence[int], seconds: float) -> list[dict[str, Any]]:
    """On a running stack: reports go the whole way, from intake to every open board."""
    stack = read_stack(run_dir)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http, County(stack) as county:

        async def decided(ids: Sequence[str]) -> dict[str, float]:
            found = await county.settled(ids)
            told = [each for each in found if each.get("decided_at")]
            return {each["report_id"]: datetime.fromisoformat(each["decided_at"]).timestamp() for each in told}

        return await measured(stack, poster(stack, http), decided, counts=counts, seconds=seconds)


def show(rows: Sequence[dict[str, Any]], console: Console) -> None:
    title = f"open boards on one replica, {RATE} reports a second"
    table = Table(
        "boards",
        "lag p50 ms",
        "p99 ms",
        "from decision p99 ms",
        "CPU % of a core",
        "CPU % a board",
        "MiB",
        "missed",
        title=title,
    )
    for row in rows:
        figures = (f"{row[name]:.0f}" for name in ("lag_p50_ms", "lag_p99_ms", "board_p99_ms", "cpu_percent"))
        rest = f"{row['per_board']:.3f}", f"{row['memory_mib']:.0f}", str(row["missed"])
        table.add_row(str(row["boards"]), *figures, *rest)
    console.print(table)


def main() -> None:
    """`python -m tests.load.boards RUN_DIR [SECONDS]`, beside a stack that runs."""
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15
    show(asyncio.run(bench(Path(sys.argv[1]), counts=COUNTS, seconds=seconds)), Console())


if __name__ == "__main__":
    main()
