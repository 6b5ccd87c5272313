"""A part from the public image that `deploy/compose.yaml` names, run through testcontainers."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
import yaml
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer

from stack.cache import ROOT
from stack.errors import Unavailable
from stack.processes import Program, stop_on_signals
from stack.providers import Part, Say

_COMPOSE = ROOT / "deploy" / "compose.yaml"
_PORT = re.compile(r"\$\{[A-Z]+_PORT:-[^}]*\}")
_VARIABLE = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")
_ENGINE_SECONDS = 3
_PULL_SECONDS = 300


@dataclass(frozen=True)
class Docker:
    """Service `name` of compose.yaml on a port of our choice; `ready` is called with that port."""

    name: str
    ready: Callable[[int], bool]
    address: Callable[[int], str] = "127.0.0.1:{}".format
    origin = "Docker"
    install = "install Docker and let it pull the images that deploy/compose.yaml names"

    def missing(self) -> str | None:
        try:
            docker.from_env(timeout=_ENGINE_SECONDS).ping()
        except DockerException as error:
            return f"no Docker engine answers ({type(error).__name__})"
        return None

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        image = service(self.name, port)["image"]
        _pull(image, say)
        program = Program(
            name=self.name,
            argv=(sys.executable, "-m", "stack.containers", self.name, str(port)),
            ready=lambda: self.ready(port),
            death_signal=signal.SIGTERM,
        )
        return Part(self.name, f"Docker image {image}", self.address(port), program)


def serve(name: str, port: int) -> None:
    """Run the container until a signal comes; testcontainers' reaper removes it should we be killed."""
    stop_on_signals()
    described = service(name, port)
    container = DockerContainer(described["image"]).with_bind_ports(port, port)
    container.with_envs(**described.get("environment", {}))
    if "command" in described:
        container.with_command(described["command"])
    with container:
        while True:
            time.sleep(1)


def service(name: str, port: int) -> dict[str, Any]:
    """A service of compose.yaml with its variables filled in: ports with this one, others as they are set here."""
    text = _PORT.sub(str(port), _COMPOSE.read_text())
    text = _VARIABLE.sub(lambda found: os.environ.get(found[1], found[2]), text)
    described: dict[str, Any] = yaml.safe_load(text)["services"][name]
    return described


def _pull(image: str, say: Say) -> None:
    try:
        docker.from_env(timeout=_ENGINE_SECONDS).images.get(image)
    except ImageNotFound:
        say(f"pulling {image} (once)")
        try:
            docker.from_env(timeout=_PULL_SECONDS).images.pull(image)
        except DockerException as error:
            raise Unavailable(f"cannot pull {image}: {error}") from error
    except DockerException as error:
        raise Unavailable(f"Docker does not answer: {error}") from error


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
