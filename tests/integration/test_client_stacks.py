"""Every client stack that agencies have gets the same answers, to good, bad, too large, slow and broken-off bodies."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.integration.intake_process import served
from tests.integration.intake_running import CLOSED, a_report

STACKS = Path(__file__).parents[1] / "data" / "stacks"
PYTHON = [sys.executable, str(STACKS / "client.py")]
COMMANDS = {
    **{name: [*PYTHON, name] for name in ("urllib", "http.client", "requests", "httpx", "aiohttp")},
    "curl": ["bash", str(STACKS / "client.sh")],
    "Node's fetch": ["node", str(STACKS / "client.mjs")],
    "Java's HttpClient": ["java", "-XX:TieredStopAtLevel=1", str(STACKS / "Client.java")],
    "Go's net/http": ["go", "run", str(STACKS / "client.go")],
}
HERE = {name: command for name, command in COMMANDS.items() if shutil.which(command[0])}
ANSWERS = {"good": 202, "bad": 422, "large": 413, "slow": 202, "broken": None}


def bodies(folder: Path) -> None:
    good = json.dumps(a_report(), ensure_ascii=False).encode()
    told = {"good": good, "slow": good, "broken": good, "bad": json.dumps(a_report(county="atlantis")).encode()}
    for what, body in (told | {"large": b" " * 5_000_000 + good}).items():
        (folder / f"{what}.json").write_bytes(body)


async def answers(command: list[str]) -> dict[str, int | None]:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    told: dict[str, int | None] = json.loads(out)
    return told


@pytest.mark.real
async def test_every_client_stack_is_answered_alike(settings_env: dict[str, str], tmp_path: Path) -> None:
    bodies(tmp_path)
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        url = f"{intake.url}/v1/reports"
        told = await asyncio.gather(*(answers([*command, url, str(tmp_path)]) for command in HERE.values()))
    assert dict(zip(HERE, told, strict=True)) == dict.fromkeys(HERE, ANSWERS)
    assert {"urllib", "requests", "httpx", "aiohttp"} <= HERE.keys()
