"""The image: what the Dockerfile copies runs with the runtime lock alone, and holds nothing else."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.tools.sbom import bill
from tests.chart.charts import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SERVICES = ("intake", "dispatch", "network", "notify")
OURS = {"contracts", "kit", "rules", "web", "safetynet", *SERVICES}


def pins(path: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)", (ROOT / path).read_text(), re.MULTILINE)
    return dict(found)


def test_the_runtime_lock_is_a_part_of_the_lock_with_hashes() -> None:
    runtime, everything = pins("requirements.runtime.lock"), pins("requirements.lock")
    assert runtime
    assert runtime.items() <= everything.items(), "run: make lock"
    assert (ROOT / "requirements.runtime.lock").read_text().count("--hash=sha256:") >= len(runtime)


def test_nothing_for_tests_is_in_the_image() -> None:
    assert (
        not {"pytest", "mypy", "ruff", "playwright", "hypothesis", "hatchling", "uv"}
        & pins("requirements.runtime.lock").keys()
    )


def test_the_bill_of_materials_names_every_package_with_a_hash() -> None:
    parts = bill((ROOT / "requirements.runtime.lock").read_text())["components"]
    assert {each["name"]: each["version"] for each in parts} == pins("requirements.runtime.lock")
    assert all(each["hashes"] for each in parts)
    assert "> /app/sbom.json" in DOCKERFILE


def imported(package: Path) -> set[str]:
    """Top-level names that a package imports, wherever in a file."""
    names = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    "package",
    [
        "contracts/contracts",
        "deploy/cli/safetynet",
        *(f"services/{each}/{each}" for each in ("kit", "rules", "web", *SERVICES)),
    ],
)
def test_whatever_is_imported_is_in_the_runtime_lock(package: str) -> None:
    providers = packages_distributions()
    locked = pins("requirements.runtime.lock").keys()
    missing = {
        name: providers.get(name, [])
        for name in imported(ROOT / package) - OURS - set(sys.stdlib_module_names)
        if not {re.sub(r"[-_.]+", "-", each).lower() for each in providers.get(name, [])} & locked
    }
    assert not missing, "add to requirements.runtime.in and run make lock"


def test_the_image_runs_as_nobody_in_particular_and_says_what_it_is() -> None:
    final = DOCKERFILE.rsplit("FROM ", 1)[1]
    assert "USER 10001:10001" in final
    assert "RUN " not in final
    for label in ("title", "description", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in final
    assert "latest" not in DOCKERFILE


def test_our_code_comes_after_the_packages_so_that_their_layer_is_kept() -> None:
    assert DOCKERFILE.index("--require-hashes") < DOCKERFILE.index("ARG SERVICE") < DOCKERFILE.index("COPY contracts/")


def copied(service: str) -> list[tuple[Path, str]]:
    """What the build stage copies of our code, as the Dockerfile says it."""
    lines = re.findall(r"^COPY (\S+) /srv/(\S+)$", DOCKERFILE, re.MULTILINE)
    return [
        (ROOT / source.replace("${SERVICE}", service), target.replace("${SERVICE}", service))
        for source, target in lines
    ]


REMOVED = re.findall(r"site-packages/(\S+)", DOCKERFILE)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what the image has, from wheels alone."""
    home = tmp_path_factory.mktemp("image") / "app"
    uv = ROOT / ".venv" / "bin" / "uv"
    install = (
        "pip",
        "install",
        "-q",
        "--python",
        home / "bin" / "python",
        "--require-hashes",
        "--only-binary",
        ":all:",
    )
    for argv in (
        ("venv", "-q", "--python", sys.executable, home),
        (*install, "-r", ROOT / "requirements.runtime.lock"),
    ):
        subprocess.run((uv, *argv), check=True, capture_output=True, text=True, timeout=240)
    for folder in REMOVED:
        shutil.rmtree(next(home.glob("lib/python*")) / "site-packages" / folder)
    return home


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_on_what_the_image_holds(runtime: Path, service: str, tmp_path: Path) -> None:
    for source, target in copied(service):
        shutil.copytree(source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        (runtime / "bin" / "python", "-m", service, "openapi"),
        cwd=tmp_path, env={"PATH": os.defpath}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert '"openapi": "3.1' in done.stdout


def test_an_operator_finds_the_command_in_every_image(runtime: Path, tmp_path: Path) -> None:
    for source, target in copied("notify"):
        shutil.copytree(source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        (runtime / "bin" / "python", "-m", "safetynet", "--help"),
        cwd=tmp_path, env={"PATH": os.defpath}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "dead-letters" in done.stdout


def test_the_builder_is_sent_what_the_image_copies_and_nothing_else() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == {
        "requirements.runtime.lock",
        "deploy/tools/sbom.py",
        *(str(source.relative_to(ROOT)) for service in SERVICES for source, _ in copied(service)),
    }
