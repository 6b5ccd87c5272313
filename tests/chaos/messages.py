"""Many events to a LINE that takes and says nothing, breaks in bursts and refuses, while notify is killed.

`python -m tests.chaos.messages [--events 10000] [--kills 5]` writes `.run/messages.json`; exit code 1 when an event has
not exactly one message in its group, or a recorded reason and its second channel.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import stack
from contracts.cases import CaseOpened
from contracts.topics import CASES
from kit import mongo
from stack.ports import free_port

from tests.integration.notify_stage import COUNTY, LEAD, SECRET, UNITS, FakeLine, Wire, group_of, opened
from tests.parts import Names, Parts, env_of
from tests.waiting import until

LARGE = f"{COUNTY}/police"
"""Its group is larger than what is left of the month."""
SIZES = {group_of(unit): 5 for unit in UNITS} | {group_of(LARGE): 60}
CHUNK = 500
BURST_SECONDS = 2.0


@dataclass(frozen=True)
class Outcome:
    """What became of the events: each is in one of the first two, or in what should be 0."""

    events: int
    kills: int
    told_once: int
    held_and_taken_on: int
    dropped: int
    doubled: int
    asked_line: int
    lost_in_the_sum: int
    seconds: float

    @property
    def is_whole(self) -> bool:
        wrong = self.dropped or self.doubled or self.lost_in_the_sum
        return not wrong and self.told_once + self.held_and_taken_on == self.events


class Faults:
    """Takes and says nothing 20 times in 100, refuses for the rate, and answers 500 thirty times in a row.

    No longer than for two seconds: one message alone, the last, would meet all thirty, and wait for each twice as long.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._burst, self._until = 0, 0.0

    def __call__(self, _: str) -> str | None:
        if self._burst == 0 and self._chance.random() < 0.004:
            self._burst, self._until = 30, time.monotonic() + BURST_SECONDS
        if self._burst and time.monotonic() < self._until:
            self._burst -= 1
            return "500"
        self._burst = 0
        fault = self._chance.random()
        return "accepted_then_lost" if fault < 0.2 else "rate" if fault < 0.23 else "busy" if fault < 0.26 else None


async def one_run(parts: Parts, *, events: int, kills: int, seed: int = 7) -> Outcome:
    """Send events, kill notify as messages arrive, wait until nothing moves, and count both ends."""
    began, id = time.monotonic(), secrets.token_hex(4)
    names = Names(f"t{id}.", f"t{id}_")
    line = FakeLine(Faults(seed), sizes=SIZES, left=30)
    cases = [opened(number, lead=LARGE if number % 10 == 0 else LEAD) for number in range(events)]
    client = mongo.connect(parts.mongo)
    documents = mongo.database(client, f"{names.databases}notify")["deliveries"]
    said = Path(tempfile.gettempdir()) / f"notify.{id}.log"
    try:
        async with line.serving() as address, _notify(_env(parts, names, address), said, line, kills, events):
            wire = Wire(parts.kafka, names.topics)
            for first in range(0, events, CHUNK):
                await wire.send(CASES, *cases[first : first + CHUNK])
            try:
                await until(lambda: _nothing_moves(documents, cases), 60 + events / 10, every=0.2)
            except TimeoutError as late:
                late.add_note(await _standing(documents, line, said))
                raise
        kept = [each async for each in documents.find({"step_of": None})]
        noted = await documents.database["asks"].count_documents({})
    finally:
        await client.drop_database(f"{names.databases}notify")
        client.close()
        said.unlink(missing_ok=True)
    return _outcome(cases, kept, line, kills=kills, lost=events - noted, seconds=time.monotonic() - began)


def _outcome(
    cases: list[CaseOpened], kept: list[dict[str, Any]], line: FakeLine, *, kills: int, lost: int, seconds: float
) -> Outcome:
    by_report = {each["report_id"]: each for each in kept}
    cards = Counter((to, card["altText"].split()[-1]) for to, card in line.seen)
    told = Counter(cards[group_of(case.lead), case.case_id.replace("-", "")[:8].upper()] for case in cases)
    held = sum(_is_held_and_taken_on(by_report.get(case.report_id)) for case in cases)
    gone = sum(case.report_id not in by_report for case in cases)
    return Outcome(
        len(cases), kills, told[1], held, gone, sum(number for times, number in told.items() if times > 1),
        len(line.asked), lost, round(seconds, 1),
    )  # fmt: skip


def _is_held_and_taken_on(document: Mapping[str, Any] | None) -> bool:
    """Whether LINE took it not, for a reason that is kept, and somebody else was asked."""
    held = document and document["state"] == "queued" and document["reason"] == "quota"
    return bool(held and document and any(taken["by"] for taken in document["run"]["taken"]))


async def _nothing_moves(documents: mongo.Collection, cases: list[CaseOpened]) -> bool:
    """Whether each event is told, or was refused and taken to the next one."""
    told = await documents.count_documents({"step_of": None, "state": "sent"})
    went_on = {"step_of": None, "state": "queued", "reason": "quota", "run.taken.by.0": {"$exists": True}}
    return told + await documents.count_documents(went_on) >= len(cases)


async def _standing(documents: mongo.Collection, line: FakeLine, log: Path) -> str:
    """How far it came, for whoever must find out why it did not come to its end."""
    groups = documents.aggregate([{"$group": {"_id": ["$state", "$reason"], "count": {"$sum": 1}}}])
    states = {str(each["_id"]): each["count"] async for each in groups}
    told = f"deliveries {states}, accepted by LINE {len(line.accepted)}; notify said last:"
    return "\n".join([told, *log.read_text("utf-8", "replace").splitlines()[-20:]])


@asynccontextmanager
async def _notify(env: Mapping[str, str], said: Path, line: FakeLine, kills: int, events: int) -> AsyncIterator[None]:
    """A notify that is killed, and started again, each time so many more messages have arrived."""
    process = await _started(env, said)
    killing = asyncio.create_task(_killing(env, said, line, kills, events, process))
    try:
        yield
    finally:
        killing.cancel()
        [last] = await asyncio.gather(killing, return_exceptions=True)
        for each in (process, *_RUNNING):
            if each.returncode is None:
                each.kill()
                await each.wait()
        _RUNNING.clear()
        if isinstance(last, Exception):
            raise last


_RUNNING: list[asyncio.subprocess.Process] = []


async def _killing(
    env: Mapping[str, str], said: Path, line: FakeLine, kills: int, events: int, process: asyncio.subprocess.Process
) -> None:
    for number in range(1, kills + 1):
        wanted = events * 9 // 10 * number // (kills + 1)
        await until(partial(_has_taken, line, wanted), 600)
        process.kill()
        await process.wait()
        process = await _started(env, said)
        _RUNNING.append(process)


def _has_taken(line: FakeLine, number: int) -> bool:
    return len(line.accepted) >= number


async def _started(env: Mapping[str, str], said: Path) -> asyncio.subprocess.Process:
    with said.open("ab") as log:
        command = (sys.executable, "-m", "notify")
        return await asyncio.create_subprocess_exec(*command, env={**os.environ, **env}, stdout=log, stderr=log)


def _env(parts: Parts, names: Names, address: str) -> dict[str, str]:
    own = {
        "line_api_base": address,
        "line_channel_token": "t",
        "line_channel_secret": SECRET,
        "line_groups": json.dumps({unit: group_of(unit) for unit in UNITS}),
        "line_backoff_seconds": "0.05",
        "line_timeout_seconds": "2",
        "callers": "[]",
        "port": str(free_port()),
    }
    return {name.upper(): value for name, value in {**env_of(parts, names), **own}.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=10_000)
    arguments.add_argument("--kills", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, stack.parts(Path(folder)) as addresses:
        parts = Parts(addresses.kafka, addresses.mongo)
        outcome = asyncio.run(one_run(parts, events=given.events, kills=given.kills, seed=given.seed))
    told = json.dumps(asdict(outcome) | {"whole": outcome.is_whole, "seed": given.seed}, indent=2)
    Path(".run").mkdir(exist_ok=True)
    Path(".run/messages.json").write_text(told)
    print(told)
    sys.exit(not outcome.is_whole)


if __name__ == "__main__":
    main()
