"""A thousand open streams on one process: others are answered, memory is bounded and comes back."""

import asyncio
import json
from functools import partial

import pytest
from kit import mongo

from tests.integration.dispatch_reports import COUNTY
from tests.integration.dispatch_stage import make_window, people
from tests.integration.intake_process import Process, served
from tests.load.boards import Board, opened, sign_in
from tests.passwords import PASSWORD
from tests.serving import caller
from tests.waiting import until

STREAMS = 1_000
EACH = 96
"""KiB that an open stream may take, with its connection and its session's look-up."""


@pytest.mark.real
async def test_a_thousand_streams_hold_up_nobody_and_give_their_memory_back(settings_env: dict[str, str]) -> None:
    client = mongo.connect(settings_env["mongo_url"])
    window = make_window(client, settings_env)
    async with served(settings_env | people(), module="dispatch", reads=False) as process, caller(process.url) as http:
        cookie = await sign_in(process.url, "supervisor", PASSWORD)
        async with opened(process.url, cookie, 20) as boards:
            await _hear(boards, window.decided(1))
        before = process.memory("VmRSS")
        grown = []
        for turn in range(3):
            async with opened(process.url, cookie, STREAMS) as boards:
                assert (await http.get("/healthz")).status_code == 200
                assert (await http.get("/", params={"county": COUNTY}, headers={"cookie": cookie})).status_code == 200
                await _hear(boards, window.decided(turn + 2))
                grown.append(process.memory("VmRSS") - before)
            await until(partial(_closed, process))
        after = process.memory("VmRSS") - before
    client.close()
    print(json.dumps({"before": before, "grown": grown, "after": after}))
    assert max(grown) * 1024 < STREAMS * EACH
    assert grown[2] < grown[0] * 1.3 + 8, "what the first thousand took serves the next"


async def _hear(boards: list[Board], report: object) -> None:
    """A report is decided, and every board hears of it."""
    [id] = await report  # type: ignore[misc]
    async with asyncio.timeout(60):
        while not all(id in board.heard for board in boards):
            await asyncio.sleep(0.05)


async def _closed(process: Process) -> bool:
    assert process.running
    with open(f"/proc/{process.running.pid}/net/tcp", encoding="ascii") as lines:
        port = f":{process.port:04X}"
        return sum(port in line.split()[1] and line.split()[3] == "01" for line in list(lines)[1:]) < 20
