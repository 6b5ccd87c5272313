"""Fixtures for the chart: pinned tools made once, and what Helm renders of a values file."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.tools.fetch import Unavailable, tool

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "chart"
VALUES = {
    "one county": (),
    "a country": ("values-country.yaml",),
    "a lab": ("values-lab.yaml",),
}
Object = dict[str, Any]


def made(name: str) -> Path:
    """The tool, or a skip that says why not; with REQUIRE_REAL=1 a failure."""
    try:
        return tool(name)
    except Unavailable as error:
        (pytest.fail if os.environ.get("REQUIRE_REAL") == "1" else pytest.skip)(f"{name}: {error}")


@dataclass(frozen=True)
class Helm:
    """Helm, told of a Kubernetes version that no cluster need confirm."""

    path: Path

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run((self.path, *argv), capture_output=True, text=True, timeout=60, cwd=CHART, check=False)

    def template(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return self.run("template", "safetynet", ".", "--namespace", "county", "--kube-version", "1.34.4", *argv)


@dataclass(frozen=True)
class Rendered:
    """What a values file makes."""

    objects: tuple[Object, ...]

    def of(self, *kinds: str) -> Iterator[Object]:
        return (each for each in self.objects if each["kind"] in kinds)

    def one(self, kind: str, name: str) -> Object:
        return next(each for each in self.of(kind) if each["metadata"]["name"] == name)


@pytest.fixture(scope="session")
def helm() -> Helm:
    return Helm(made("helm"))


@pytest.fixture(scope="session")
def promtool() -> Path:
    return made("promtool")


@pytest.fixture(scope="session")
def render(helm: Helm) -> Callable[..., Rendered]:
    """`render("values-country.yaml", "kafka.replication=5")`: files of the chart and values to set."""

    @cache
    def rendered(*given: str) -> Rendered:
        argv = [part for each in given for part in (("--set" if "=" in each else "--values"), each)]
        done = helm.template(*argv)
        assert done.returncode == 0, done.stderr
        return Rendered(tuple(each for each in yaml.safe_load_all(done.stdout) if each))

    return rendered


@pytest.fixture(params=VALUES.values(), ids=VALUES.keys(), scope="session")
def rendered(request: pytest.FixtureRequest, render: Callable[..., Rendered]) -> Rendered:
    """The chart with each of its values files in turn."""
    return render(*request.param)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that asks for Helm may wait until it is built."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200))
