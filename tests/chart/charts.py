"""Helm and what it renders of the chart's values files."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "chart"
VALUES = {
    "one county": (),
    "a country": ("values-country.yaml",),
    "a lab": ("values-lab.yaml",),
}
Object = dict[str, Any]


@dataclass(frozen=True)
class Helm:
    """Helm, told of a Kubernetes version that no cluster need confirm."""

    path: str

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
