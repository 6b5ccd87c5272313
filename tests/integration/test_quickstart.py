"""The quick start is true: each program on the page is taken from it and run against a served intake."""

import asyncio
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from kit import mongo

from tests.integration.intake_process import served
from tests.integration.intake_running import CLOSED

PAGE = Path(__file__).parents[2] / "docs" / "quickstart.md"
SECONDS = 120


@dataclass(frozen=True)
class Snippet:
    language: str
    number: int
    text: str


def snippets() -> list[Snippet]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [Snippet(language, number, text) for number, (language, text) in enumerate(found, 1)]


def saved(name: str, *command: str) -> Callable[[Path, str], list[str]]:
    def save(folder: Path, text: str) -> list[str]:
        (folder / name).write_text(text, "utf-8")
        return [*command, name]

    return save


def a_project(folder: Path, text: str) -> list[str]:
    (folder / "Program.cs").write_text(text, "utf-8")
    (folder / "Quickstart.csproj").write_text(
        '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net8.0'
        "</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup></Project>"
    )
    return ["dotnet", "run"]


TOOLS = {"bash": "curl", "python": sys.executable, "java": "java", "csharp": "dotnet"}
RUN = {
    "bash": saved("run.sh", "bash", "-euo", "pipefail"),
    "python": saved("run.py", sys.executable),
    "java": saved("Quickstart.java", "java", "-Dfile.encoding=UTF-8"),
    "csharp": a_project,
}
MAY_LACK = {"java", "csharp"}
THERE = [each for each in snippets() if each.language not in MAY_LACK or shutil.which(TOOLS[each.language])]


def test_every_program_of_the_page_is_run_but_those_whose_tools_this_machine_lacks() -> None:
    languages = {each.language for each in snippets()}
    assert languages == set(RUN)
    left_out = languages - {each.language for each in THERE}
    assert left_out <= MAY_LACK
    for language in left_out:
        warnings.warn(f"quick start: {language} left out, no {TOOLS[language]} here", stacklevel=1)


@pytest.mark.parametrize("snippet", THERE, ids=lambda each: f"{each.language} {each.number}")
async def test_a_program_of_the_page_does_what_it_says(
    settings_env: dict[str, str], tmp_path: Path, snippet: Snippet
) -> None:
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        command = RUN[snippet.language](tmp_path, snippet.text)
        env = os.environ | {"INTAKE_URL": intake.url, "AGENCY_KEY": "police-key", "PYTHONUTF8": "1"}
        async with asyncio.timeout(SECONDS):
            run = await asyncio.create_subprocess_exec(
                *command, cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            told = (await run.communicate())[0].decode()
        assert run.returncode == 0, told
        if "/v1/batches" in snippet.text:
            assert '"batch_id"' in told
        else:
            (serial,) = re.findall(r"CYI-\d{7}-\d{4}", told)
            assert serial in await serials(settings_env)


async def serials(env: dict[str, str]) -> list[str]:
    client = mongo.connect(env["mongo_url"])
    found = client[env["database_prefix"] + "intake"]["reports"].find({}, {"receipt.serial": 1})
    told = [each["receipt"]["serial"] async for each in found]
    client.close()
    return told
